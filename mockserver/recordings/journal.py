"""The lines of a journal: one exchange each, as JSON that a person can read and a program can append to.

    {"v":1,"sent":"2026-08-05T10:00:00.000000Z","answered":"2026-08-05T10:00:00.120000Z","seq":[1,2],
     "request":{"method":"GET","path":"/v1/videos/v1","query":"","headers":{"host":"api.example"},"body":""},
     "response":{"status":200,"headers":[["Content-Type","application/json"]],"body":"{}"}}

(in one line). `v` is the format's version, `seq` the order of sending and answering. `answered` and `response` are
null if no answer was seen. A body is text, or `{"base64": ...}` if its bytes are no UTF-8. Reading returns what was
written, to the byte. Each line stands for itself: a broken one is counted, and the others are read.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import orjson

from mockserver.core.instants import Instant, parse_instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.errors import Location, refuse
from mockserver.recordings.read_stats import CUT_OFF, ReadStats
from mockserver.recordings.source import ByteStream

VERSION: Final = 1
MAX_LINE_BYTES: Final = 64_000_000
"""Bytes of one line; a longer one is left out. Two bodies of 10 MB that are no text make 27 MB."""
_CHUNK: Final = 1 << 18

T = TypeVar("T")


def encode_line(exchange: Exchange) -> bytes:
    """Encode one exchange as a line with its newline. Nothing is redacted here: see `redaction`."""
    request, response = exchange.request, exchange.response
    answered = None
    if exchange.answered_at is not None:
        answered = rfc3339(exchange.answered_at, digits=6)
    response_row = None
    if response is not None:
        body = _body_json(response.body)
        response_row = {"status": response.status, "headers": response.headers, "body": body}
    row = {
        "v": VERSION,
        "sent": rfc3339(exchange.sent_at, digits=6),
        "answered": answered,
        "seq": [exchange.sent_seq, exchange.answered_seq],
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": dict(request.headers),
            "body": _body_json(request.body),
        },
        "response": response_row,
    }
    try:
        return orjson.dumps(row) + b"\n"
    except TypeError:  # half a surrogate pair in a header, which orjson refuses
        return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def _body_json(body: bytes) -> str | dict[str, str]:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def read_lines(
    stream: ByteStream, stats: ReadStats, parse: Callable[[bytes, int], Exchange | str]
) -> Iterator[Exchange]:
    """Yield the exchanges of the lines, in their order.

    `parse` gets the text of a line and its number, and returns the reason if it is no exchange, which `stats` counts.
    """
    for number, text, is_ended in read_texts(stream, stats):
        parsed = parse(text, number)
        if isinstance(parsed, Exchange):
            yield parsed
        else:
            stats.leave_unread(parsed if is_ended else f"line {CUT_OFF}", SourcePosition(number, 1))


def read_texts(stream: ByteStream, stats: ReadStats) -> Iterator[tuple[int, bytes, bool]]:
    """Yield the number of each line that is not blank, its text, and False if the file ends before its newline.

    A line over `MAX_LINE_BYTES` is left out, and counted.
    """
    for number, text, is_ended in _split_lines(stream):
        if text is None:
            stats.leave_unread("line over 64 MB", SourcePosition(number, 1))
        elif text.strip():
            yield number, text, is_ended


def _split_lines(stream: ByteStream) -> Iterator[tuple[int, bytes | None, bool]]:
    """Yield the number of each line, its text, and False if the file ends before its newline.

    Holds at most one line of `MAX_LINE_BYTES` and one chunk; the text of a longer line is None.
    """
    number = 1
    size = 0  # of the present line, also of the part that is not held
    held: list[bytes] = []
    while data := stream.read(_CHUNK):
        *ended, rest = data.split(b"\n")
        for text in ended:
            line: bytes | None = None
            if size + len(text) <= MAX_LINE_BYTES:
                line = b"".join([*held, text])
            yield number, line, True
            number += 1
            held = []
            size = 0
        size += len(rest)
        held.append(rest)
        if size > MAX_LINE_BYTES:
            held.clear()
    last = None if size > MAX_LINE_BYTES else b"".join(held)
    yield number, last, False


def parse_line(file: str, text: bytes, line: int) -> Exchange | str:
    """Return the exchange of the line with this number, or the reason why it is none. Raises `MockError` REC006."""
    try:
        try:
            value = orjson.loads(text)
        except ValueError:  # half a surrogate pair, which orjson refuses
            value = json.loads(text)
    except (ValueError, RecursionError):
        return "line that is no JSON"
    if not isinstance(value, dict) or not isinstance(value.get("v"), int):
        return "line that is no exchange"
    if value["v"] != VERSION:
        message = f"the line has version {value['v']:d} of the format; only version {VERSION} can be read"
        raise refuse("REC006", message, "Update this package.", Location(file, line, 1))
    try:
        return parse_exchange(value, SourcePosition(line, 1))
    except (LookupError, TypeError, ValueError, AttributeError):
        return "line that is no exchange"


def parse_exchange(value: dict[str, Any], position: SourcePosition) -> Exchange:
    """Parse a line of this version. Raises LookupError, TypeError, ValueError or AttributeError for any flaw."""
    sent_seq, answered_seq = value["seq"]
    request = value["request"]
    response = None
    if value["response"] is not None:
        recorded = value["response"]
        headers = tuple((require(str, name), require(str, text)) for name, text in recorded["headers"])
        response = Response(require(int, recorded["status"]), headers, _body_bytes(recorded["body"]))
    answered_at = None
    if value["answered"] is not None:
        answered_at = require_instant(value["answered"])
    return Exchange(
        Request(
            method=require(str, request["method"]),
            path=require(str, request["path"]),
            query=require(str, request["query"]),
            headers={require(str, name).lower(): require(str, text) for name, text in request["headers"].items()},
            body=_body_bytes(request["body"]),
        ),
        response,
        sent_at=require_instant(value["sent"]),
        answered_at=answered_at,
        sent_seq=require(int, sent_seq),
        answered_seq=require(int, answered_seq),
        position=position,
    )


def _body_bytes(value: Any) -> bytes:
    if isinstance(value, dict):
        return b64decode(value["base64"], validate=True)
    return require(str, value).encode("utf-8")


def require(kind: type[T], value: Any) -> T:
    """Return a value of a type. Raises TypeError for any other."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value


def require_instant(value: Any) -> Instant:
    """Return the instant in a text. Raises ValueError, TypeError or AttributeError for anything else."""
    instant = parse_instant(value)
    if instant is None:
        raise ValueError
    return instant
