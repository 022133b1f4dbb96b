"""One history in every format of a recording, and strategies that put odd values into it."""

import json
from base64 import b64encode
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import strategies as st

from mockserver.cli.app import run
from mockserver.core.instants import rfc3339
from mockserver.core.wire import Exchange
from mockserver.recordings.journal import encode_line
from tests.support.mutated_documents import as_json, mutations
from tests.support.recorded_traffic import batch_exchanges

EXCHANGES = batch_exchanges()
_URL = "https://api.twelvelabs.io"


def _headers(exchange: Exchange) -> list[dict[str, str]]:
    assert exchange.response is not None
    return [{"name": name, "value": value} for name, value in exchange.response.headers]


def _har_entry(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    assert response is not None
    return {
        "startedDateTime": rfc3339(exchange.sent_at),
        "time": 120.5,
        "_fetchType": "Network Load",
        "request": {
            "method": request.method,
            "url": f"{_URL}{request.path}?{request.query}",
            "headers": [{"name": name, "value": value} for name, value in request.headers.items()],
            "bodySize": len(request.body),
            "postData": {"mimeType": "application/json", "text": request.body.decode(), "params": []},
        },
        "response": {
            "status": response.status,
            "statusText": "OK",
            "headers": _headers(exchange),
            "redirectURL": "",
            "content": {
                "size": len(response.body),
                "mimeType": "application/json",
                "text": b64encode(response.body).decode(),
                "encoding": "base64",
            },
            "bodySize": len(response.body),
        },
        "timings": {"send": 1, "wait": 100, "receive": 19.5},
    }


def _interaction(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    assert response is not None
    return {
        "request": {
            "method": request.method,
            "uri": f"{_URL}{request.path}?{request.query}",
            "headers": {name: [value] for name, value in request.headers.items()},
            "body": {"encoding": "utf-8", "string": request.body.decode()},
        },
        "response": {
            "status": {"code": response.status, "message": "OK"},
            "headers": {each["name"]: [each["value"]] for each in _headers(exchange)},
            "body": {"string": response.body.decode()},
        },
        "recorded_at": rfc3339(exchange.sent_at),
    }


def _go_interaction(exchange: Exchange) -> dict[str, Any]:
    call = _interaction(exchange)
    request, response = call["request"], call["response"]
    return {
        "request": {**request, "url": request.pop("uri"), "body": request["body"]["string"]},
        "response": {
            "parsed_body": json.loads(response["body"]["string"]),
            "headers": response["headers"],
            "status": "200 OK",
            "code": response["status"]["code"],
            "duration": "2.1s",
        },
    }


def _nock_call(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    assert response is not None
    return {
        "scope": f"{_URL}:443",
        "method": request.method,
        "path": f"{request.path}?{request.query}",
        "body": request.body.decode(),
        "status": response.status,
        "response": json.loads(response.body),
        "rawHeaders": [text for each in _headers(exchange) for text in each.values()],
        "reqheaders": dict(request.headers),
    }


DOCUMENTS: dict[str, Any] = {
    "har": {"log": {"version": "1.2", "entries": [_har_entry(each) for each in EXCHANGES]}},
    "vcr": {"interactions": [_interaction(each) for each in EXCHANGES], "version": 1},
    "ruby": {"http_interactions": [_interaction(each) for each in EXCHANGES], "recorded_with": "VCR 6"},
    "go-vcr": {"version": 2, "interactions": [_go_interaction(each) for each in EXCHANGES]},
    "nock": [_nock_call(each) for each in EXCHANGES],
}
"""By format."""
JOURNAL = [json.loads(encode_line(each)) for each in EXCHANGES]


@st.composite
def hostile_recordings(draw: st.DrawFn) -> bytes:
    """Draw the bytes of a recording with odd values, in any format, sometimes cut off."""
    form = draw(st.sampled_from([*DOCUMENTS, "journal"]))
    document = draw(mutations(JOURNAL if form == "journal" else DOCUMENTS[form]))
    if form == "journal":
        data = b"\n".join(as_json(line) for line in document)
    elif form != "nock" and draw(st.booleans()):
        data = _as_yaml(document)
    else:
        data = as_json(document)
    if draw(st.integers(0, 9)) == 0:
        data = data[: draw(st.integers(0, len(data)))]
    return data


def _as_yaml(document: Any) -> bytes:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return text.encode("utf-8", "surrogatepass")


def run_commands(data: bytes) -> list[str]:
    """Run every command that reads a recording on these bytes; return the errors of those that ended with a bug."""
    bugs = []
    with TemporaryDirectory() as folder:
        path = Path(folder, "calls")
        path.write_bytes(data)
        reports = [f"{option}={folder}/report{option}" for option in ("--junit", "--sarif", "--html")]
        for arguments in (["check", *reports], ["check", "--vendor", "twelvelabs", "--json"], ["diff", "twelvelabs"]):
            out, err = StringIO(), StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                code = run([*arguments, str(path)])
            if code not in (0, 1, 2, 3):
                bugs.append(f"{arguments[0]}: exit {code}\n{err.getvalue()}")
    return bugs
