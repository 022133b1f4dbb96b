"""The journal's lines: one exchange each, as JSON that a person can read and a program can append to.

    {"v":1,"sent":"2026-08-05T10:00:00.000000Z","answered":"2026-08-05T10:00:00.120000Z","seq":[1,2],
     "request":{"method":"GET","path":"/v1/videos/v1","query":"","headers":{"host":"api.example"},"body":""},
     "response":{"status":200,"headers":[["Content-Type","application/json"]],"body":"{}"}}

(in one line). `v` is the format's version, `seq` the order of sending and answering. `answered` and `response` are
null where no answer was seen. A body is text, or `{"base64": ...}` where its bytes are no UTF-8. What is read is
what was written, to the byte. Lines stand for themselves: one that is broken is counted, and the others are read.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant, parse_instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.errors import Location, refuse
from mockserver.recordings.read_stats import ReadStats
from mockserver.recordings.source import ByteStream

VERSION: Final = 1
MAX_LINE_BYTES: Final = 64_000_000
"""Bytes of one line; a longer one is left out. Two bodies of 10 MB that are no text make 27 MB."""
_CHUNK: Final = 1 << 18


def encode_line(exchange: Exchange) -> bytes:
    """One exchange as a line, its newline included. Nothing is redacted here: see `redact`."""
    request, response = exchange.request, exchange.response
    written = {
        "v": VERSION,
        "sent": rfc3339(exchange.sent_at, digits=6),
        "answered": None if exchange.answered_at is None else rfc3339(exchange.answered_at, digits=6),
        "seq": [exchange.sent_seq, exchange.answered_seq],
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": dict(request.headers),
            "body": _body_json(request.body),
        },
        "response": None if response is None else _response_json(response),
    }
    try:
        return orjson.dumps(written) + b"\n"
    except TypeError:  # half a surrogate pair in a header
        return json.dumps(written, separators=(",", ":")).encode() + b"\n"


def _response_json(response: Response) -> dict[str, Any]:
    return {"status": response.status, "headers": response.headers, "body": _body_json(response.body)}


def _body_json(body: bytes) -> str | dict[str, str]:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def read_lines(stream: ByteStream, stats: ReadStats) -> Iterator[Exchange]:
    """The exchanges of a journal, in the order of its lines. Raises `MockError`: REC006 for another version."""
    for number, text, ended in _split_lines(stream):
        if text is None:
            stats.skip("line over 64 MB")
        elif text.strip():
            found = _parse_line(text, SourcePosition(number, 1))
            if isinstance(found, Exchange):
                yield found
                continue
            if isinstance(found, int):
                what = f"the line is of version {found} of the format, and {VERSION} is the one that can be read"
                raise refuse("REC006", what, "Update this package.", Location(stream.name, number, 1))
            stats.skip(found if ended else "line cut off at the end of the file")


def _split_lines(stream: ByteStream) -> Iterator[tuple[int, bytes | None, bool]]:
    """(number, line, whether a newline ended it); None for a line that is too long, of which nothing is held."""
    number, size = 1, 0
    held: list[bytes] = []
    while data := stream.read(_CHUNK):
        *whole, rest = data.split(b"\n")
        for text in whole:
            fits = size + len(text) <= MAX_LINE_BYTES
            yield number, (b"".join([*held, text]) if held else text) if fits else None, True
            number, held, size = number + 1, [], 0
        size += len(rest)
        held = [*held, rest] if size <= MAX_LINE_BYTES else []
    yield number, b"".join(held) if size <= MAX_LINE_BYTES else None, False


def _parse_line(text: bytes, position: SourcePosition) -> Exchange | int | str:
    """The exchange of a line, the version of a line we cannot read, or why it is none."""
    try:
        value = _load_json(text)
    except (ValueError, RecursionError):
        return "line that is no JSON"
    version = value.get("v") if isinstance(value, dict) else None
    if version != VERSION:
        return version if isinstance(version, int) else "line that is no exchange"
    try:
        return _parse_exchange(value, position)
    except (LookupError, TypeError, ValueError, AttributeError):
        return "line that is no exchange"


def _load_json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:  # half a surrogate pair: orjson wants none
        return json.loads(text)


def _parse_exchange(value: dict[str, Any], position: SourcePosition) -> Exchange:
    sent_seq, answered_seq = value["seq"]
    response = value["response"]
    answered = value["answered"]
    return Exchange(
        _parse_journal_request(value["request"]),
        None if response is None else _parse_journal_response(response),
        _require_instant(value["sent"]),
        None if answered is None else _require_instant(answered),
        _require_int(sent_seq),
        _require_int(answered_seq),
        position,
    )


def _parse_journal_request(value: dict[str, Any]) -> Request:
    headers = {_require_str(name): _require_str(text) for name, text in value["headers"].items()}
    return Request(
        _require_str(value["method"]),
        _require_str(value["path"]),
        _require_str(value["query"]),
        headers,
        _body_bytes(value["body"]),
    )


def _parse_journal_response(value: dict[str, Any]) -> Response:
    headers = tuple((_require_str(name), _require_str(text)) for name, text in value["headers"])
    return Response(_require_int(value["status"]), headers, _body_bytes(value["body"]))


def _body_bytes(value: Any) -> bytes:
    return b64decode(value["base64"], validate=True) if isinstance(value, dict) else _require_str(value).encode("utf-8")


def _require_str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _require_int(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _require_instant(value: Any) -> Instant:
    instant = parse_instant(value)
    if instant is None:
        raise ValueError
    return instant
