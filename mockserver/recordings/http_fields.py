"""Parses the parts of a recorded call: address, headers, times, numbers.

Recorders differ in all of them. The parsers accept their habits and never guess: a part that cannot be read is None,
and the caller counts it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from mockserver.core.instants import MAX_DURATION, MILLISECOND, SECOND, Duration, Instant, parse_instant
from mockserver.recordings.bodies import RecordedBody, decode_content
from mockserver.recordings.read_stats import ReadStats

HeaderPairs = tuple[tuple[str, str], ...]
JsonObject = Mapping[str, Any]

_URL = re.compile(r"(?is)(https?|wss?)://(?:[^/?#@]*@)?([^/?#@\s]+)((?:/[^?#]*)?)(?:\?([^#]*))?(?:#.*)?")
_PORTS: Final = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=\-._~%?\[\]]*")
_SAFE_CHARACTERS: Final = "/:@!$&'()*+,;=-._~%?[]"
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:[.,](\d{1,12}))?\s*([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
BODILESS_STATUSES: Final = (204, 205, 304)
"""Statuses whose answers never have a body."""
ONLY_INTERIM: Final = "answer not recorded, only what came before it"
_FORBIDDEN_CHARACTERS = re.compile(r"[\r\n\0]")
_LINE_BREAKS = re.compile(r"[\r\n]+")


class RequestAddress(NamedTuple):
    """The address of a request."""

    host: str
    """Lower case; with the port, unless it is the scheme's own."""
    path: str
    """Percent-encoded, begins with a slash."""
    query: str
    """Percent-encoded, without the question mark."""


def as_object(value: Any) -> JsonObject:
    """Return a JSON object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def parse_address(url: Any) -> RequestAddress | None:
    """Parse an absolute http or ws URL without its user, password and fragment; None for anything else."""
    match = isinstance(url, str) and _URL.fullmatch(url)
    if not match:
        return None
    scheme, host, path, query = match.groups()
    host = host.lower().removesuffix(_PORTS[scheme.lower()])
    return RequestAddress(host, _percent_encode(path) or "/", _percent_encode(query or ""))


def _percent_encode(text: str) -> str:
    if _URL_CHARACTERS.fullmatch(text):
        return text
    return quote(text, safe=_SAFE_CHARACTERS, errors="surrogatepass")


def parse_headers(recorded: Any) -> HeaderPairs:
    """Parse headers from `[{name, value}]` or `{name: value or [values]}`, in order, without pseudo-headers (`:path`).

    Some browsers join repeated headers with a newline: those become several.
    """
    pairs: list[tuple[str, Any]] = []
    if isinstance(recorded, dict):
        for name, value in recorded.items():
            values = value if isinstance(value, list) else [value]
            pairs += [(str(name), each) for each in values]
    elif isinstance(recorded, list):
        for each in recorded:
            if isinstance(each, dict) and isinstance(each.get("name"), str):
                pairs.append((each["name"], each.get("value")))
    headers: list[tuple[str, str]] = []
    for name, value in pairs:
        key = name.strip()
        if not key or key[0] == ":":
            continue
        text = _header_text(value)
        if _FORBIDDEN_CHARACTERS.search(text):
            headers += [(key, line.strip()) for line in _LINE_BREAKS.split(text.replace("\0", ""))]
        else:
            headers.append((key, text.strip()))
    return tuple(headers)


def _header_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, (str, int, float)):
        return str(value)
    return ""


def request_headers(pairs: HeaderPairs, host: str) -> dict[str, str]:
    """Return a request's headers by lower-case name: `host` of the URL first, repeated ones joined as HTTP allows."""
    headers = {"host": host}
    for name, value in pairs:
        key = name.lower()
        if key == "host":
            continue
        if key in headers:
            separator = "; " if key == "cookie" else ", "
            headers[key] += separator + value
        else:
            headers[key] = value
    return headers


def decode_request_body(body: RecordedBody, headers: dict[str, str], stats: ReadStats) -> bytes:
    """Undo a request's `content-encoding` and drop that header; a lost body is counted and empty."""
    body = decode_content(body, headers.get("content-encoding"))
    if body.loss is not None:
        stats.note_missing(f"request {body.loss}")
    elif body.data:
        headers.pop("content-encoding", None)
    return body.data


def without_headers(pairs: HeaderPairs, *names: str) -> HeaderPairs:
    """Return the headers without those of some lower-case names."""
    return tuple(pair for pair in pairs if pair[0].lower() not in names)


def first_header(pairs: Iterable[tuple[str, str]], header_name: str) -> str | None:
    """Return the first value of a header by its lower-case name, or None."""
    return next((value for name, value in pairs if name.lower() == header_name), None)


def content_length(pairs: HeaderPairs) -> int | None:
    """Return the value of `Content-Length`, or None."""
    return parse_int((first_header(pairs, "content-length") or "").strip())


def is_interim(status: int) -> bool:
    """Return True for a status that comes before an answer: 100, 102, 103; not 101, after which HTTP ends."""
    return 100 <= status < 200 and status != 101


def parse_timestamp(text: Any) -> tuple[Instant, Duration] | None:
    """Parse an ISO 8601 date and time; return it with the step of the clock it was read from (1 ms for three decimals).

    Without an offset it is taken as UTC: only differences matter within a recording.
    """
    match = isinstance(text, str) and _TIMESTAMP.fullmatch(text.strip())
    if not match:
        return None
    timestamp, decimals, offset = match.groups()
    digits = (decimals or "")[:6]
    if digits:
        timestamp += f".{digits}"
    offset = (offset or "Z").upper()
    if ":" not in offset and offset != "Z":
        offset = f"{offset[:3]}:{offset[3:]}"
    instant = parse_instant(timestamp + offset)
    if instant is None:
        return None
    return instant, SECOND // 10 ** len(digits)


def parse_milliseconds(value: Any) -> Duration | None:
    """Parse a number of milliseconds; None for anything else, a negative (*unknown* in a HAR) or an absurd number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_DURATION // MILLISECOND:
        return None
    return round(value * MILLISECOND)


def parse_int(value: Any) -> int | None:
    """Parse a whole number, also from text or a float; None for anything else."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    # `value != value` is true of NaN only.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e15:
        return None
    return int(value)
