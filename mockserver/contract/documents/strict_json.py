"""Reads JSON as a careful client would: what was meant, and everything a less careful client would stumble over.

Python's own reader takes NaN, keeps the last of two equal keys, and swallows half a surrogate pair; each of those has
broken a client in another language. It knows no schema.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn

MAX_BODY_BYTES: Final = 64_000_000
"""Bytes of one body that is still judged."""
MAX_BODY_DEPTH: Final = 100
"""Levels of nesting; a deeper body is reported, not walked."""

_BOM: Final = b"\xef\xbb\xbf"
_MAX_DIGITS: Final = 400
"""Digits of one number: more is an attack, and no client reads it."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class ParsedJson(NamedTuple):
    """A body as read."""

    value: Any
    is_readable: bool
    """Whether `value` is what the bytes say; otherwise there is nothing to judge."""
    problems: tuple[str, ...]
    """What is unclean, one sentence each."""
    line: int | None = None
    """The line of a JSON Lines body, from 1; None for a body that is one JSON text."""


class _InvalidJsonError(ValueError):
    """The text is not JSON a client could read; the argument says why."""


def read_json(data: bytes, line: int | None = None) -> ParsedJson:
    """One JSON text with its problems; never raises, whatever the bytes."""
    problems: list[str] = []
    if len(data) > MAX_BODY_BYTES:
        return ParsedJson(
            None, False, (f"the body has {len(data)} bytes, more than {MAX_BODY_BYTES} are not judged",), line
        )
    if data.startswith(_BOM):
        problems.append("the body starts with a byte order mark")
        data = data[len(_BOM) :]
    try:
        value = _parse_json(data.decode("utf-8"), problems)
    except UnicodeDecodeError as error:
        return ParsedJson(None, False, (*problems, f"the body is not UTF-8 (byte {error.start})"), line)
    except RecursionError:
        return ParsedJson(None, False, (*problems, f"the body is nested deeper than {MAX_BODY_DEPTH} levels"), line)
    except ValueError as error:
        return ParsedJson(None, False, (*problems, f"the body is not JSON: {error}"), line)
    return ParsedJson(value, True, tuple(dict.fromkeys(problems)), line)


def read_json_lines(data: bytes) -> Iterator[ParsedJson]:
    """Each line of a JSON Lines body; the newline after the last line is not a line of its own."""
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return (read_json(text, number) for number, text in enumerate(lines, start=1))


def _parse_json(text: str, problems: list[str]) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(items)
        if len(built) < len(items):
            names = [name for name, _ in items]
            twice = sorted({name for name in built if names.count(name) > 1})
            problems.append(f"an object has a key twice: {', '.join(twice)}"[:200])
        return built

    value = json.loads(
        text, object_pairs_hook=pairs, parse_constant=_reject_constant, parse_int=_parse_int, parse_float=_parse_float
    )
    if ("\\ud" in text or "\\uD" in text) and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise _InvalidJsonError("a text holds half a surrogate pair")
    if _exceeds_depth(value, MAX_BODY_DEPTH):
        raise RecursionError
    return value


def _reject_constant(name: str) -> NoReturn:
    raise _InvalidJsonError(f"{name} is no JSON number")


def _parse_int(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise _InvalidJsonError(f"a number has {len(text)} digits")
    return int(text)


def _parse_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _InvalidJsonError(f"the number {text[:40]} is too large")
    return value


def _exceeds_depth(value: Any, levels: int) -> bool:
    """Whether containers are nested deeper than `levels`; level by level, so depth itself costs no stack."""
    row = [value]
    for _ in range(levels):
        row = [inner for outer in row for inner in _inner_containers(outer)]
        if not row:
            return False
    return True


def _inner_containers(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, (dict, list))]
