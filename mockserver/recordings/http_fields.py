"""The parts of a recorded call in the forms that exchanges have: address, headers, moment.

Recorders differ in all three; what is read here is tolerant of their habits and never guesses: a part that cannot be
read is None, and whoever asked counts it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from mockserver.core.instants import MAX_DURATION, MILLISECOND, SECOND, Duration, Instant, parse_instant

HeaderPairs = tuple[tuple[str, str], ...]

_URL = re.compile(
    r"(https?|wss?)://(?:[^/?#@]*@)?([^/?#@\s]+)((?:/[^?#]*)?)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
_PORTS: Final = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=\-._~%?\[\]]*")
_SAFE_CHARACTERS: Final = "/:@!$&'()*+,;=-._~%?[]"
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:[.,](\d{1,12}))?\s*([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_FORBIDDEN_CHARACTERS = re.compile(r"[\r\n\0]")
_LINE_BREAKS = re.compile(r"[\r\n]+")
_HTTP_DATE = re.compile(r"(?:\w{3}, )?(\d\d) (\w{3}) (\d{4}) (\d\d:\d\d:\d\d) GMT", re.ASCII)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class RequestAddress(NamedTuple):
    """Where a request went."""

    host: str
    """With its port, unless that is the scheme's own; lower case."""
    path: str
    """Percent-encoded, begins with a slash."""
    query: str
    """Percent-encoded, without its question mark."""


def parse_address(url: Any) -> RequestAddress | None:
    """An absolute http or ws URL; its user, password and fragment are dropped. None for anything else."""
    found = _URL.fullmatch(url) if isinstance(url, str) else None
    if not found:
        return None
    host = found[2].lower().removesuffix(_PORTS[found[1].lower()])
    return RequestAddress(host, _percent_encode(found[3]) or "/", _percent_encode(found[4] or ""))


def _percent_encode(text: str) -> str:
    return text if _URL_CHARACTERS.fullmatch(text) else quote(text, safe=_SAFE_CHARACTERS, errors="surrogatepass")


def parse_headers(recorded: Any) -> HeaderPairs:
    """Headers from `[{name, value}]` or `{name: value or [values]}`, in order, pseudo-headers (`:path`) left out.

    Some browsers join repeated headers with a newline: those become several.
    """
    pairs = _pairs_of_mapping(recorded) if isinstance(recorded, dict) else _pairs_of_list(recorded)
    found: list[tuple[str, str]] = []
    for name, value in pairs:
        key = name.strip()
        if key and key[0] != ":":
            text = value if isinstance(value, str) else _header_text(value)
            if _FORBIDDEN_CHARACTERS.search(text):
                found += [(key, line.strip()) for line in _LINE_BREAKS.split(text.replace("\0", ""))]
            else:
                found.append((key, text.strip()))
    return tuple(found)


def _pairs_of_mapping(recorded: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in recorded.items():
        yield from ((str(name), each) for each in (value if isinstance(value, list) else [value]))


def _pairs_of_list(recorded: Any) -> Iterator[tuple[str, Any]]:
    for each in recorded if isinstance(recorded, list) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            yield each["name"], each.get("value")


def _header_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value) if isinstance(value, (str, int, float)) else ""


def request_headers(pairs: HeaderPairs, host: str) -> dict[str, str]:
    """A request's headers by lower-case name: `host` first, as in the URL; repeated ones joined as HTTP allows."""
    found = {"host": host}
    for name, value in pairs:
        key = name.lower()
        if key != "host":
            found[key] = (found[key] + ("; " if key == "cookie" else ", ") + value) if key in found else value
    return found


def without_headers(pairs: HeaderPairs, *names: str) -> HeaderPairs:
    """The headers but those of some lower-case names."""
    return tuple(pair for pair in pairs if pair[0].lower() not in names)


def first_header(pairs: Iterable[tuple[str, str]], header_name: str) -> str:
    """The first value of a header by its lower-case name, or nothing."""
    return next((value for name, value in pairs if name.lower() == header_name), "")


def parse_timestamp(text: Any) -> tuple[Instant, Duration] | None:
    """An ISO 8601 date and time, and the step of the clock it was read from (1 ms for three decimals).

    Without an offset it is taken as UTC: only differences matter within a recording.
    """
    found = _TIMESTAMP.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        return None
    digits = (found[2] or "")[:6]
    offset = (found[3] or "Z").upper()
    offset = offset if ":" in offset or offset == "Z" else f"{offset[:3]}:{offset[3:]}"
    instant = parse_instant(found[1] + (f".{digits}" if digits else "") + offset)
    return None if instant is None else (instant, SECOND // 10 ** len(digits))


def parse_http_date(text: Any) -> Instant | None:
    """What a `Date` header says (`Wed, 05 Aug 2026 10:00:00 GMT`)."""
    found = _HTTP_DATE.fullmatch(text) if isinstance(text, str) else None
    if not found or found[2] not in _MONTHS:
        return None
    return parse_instant(f"{found[3]}-{_MONTHS.index(found[2]) + 1:02d}-{found[1]}T{found[4]}Z")


def parse_milliseconds(value: Any) -> Duration | None:
    """A number of milliseconds as a duration; None where it is none, negative (`not known` in a HAR) or absurd."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_DURATION // MILLISECOND:
        return None
    return round(value * MILLISECOND)


def parse_int(value: Any) -> int | None:
    """A whole number, also from text or from a float; None for anything else."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e15:
        return None
    return int(value)
