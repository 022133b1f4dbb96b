"""Reads JSON strictly: the value, and everything that a stricter client would reject.

Python's own reader accepts NaN, keeps the last of two equal keys, and half a surrogate pair; each of those has broken
a client in another language. No schema is known here.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn

MAX_BODY_BYTES: Final = 64_000_000
"""Bytes of the longest body that is judged."""
MAX_BODY_DEPTH: Final = 100
"""Levels of nesting; a deeper body is reported and not judged."""

_BOM: Final = b"\xef\xbb\xbf"
_MAX_DIGITS: Final = 400
"""Digits of one number: more is an attack."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class ParsedJson(NamedTuple):
    """A parsed JSON text."""

    value: Any
    is_readable: bool
    """False if the bytes are not JSON: then `value` is None and there is nothing to judge."""
    problems: tuple[str, ...]
    """The defects, one sentence each."""
    line: int | None = None
    """The line of a JSON Lines body, from 1; None for a body that is one JSON text."""


class _InvalidJsonError(ValueError):
    """The text is not JSON that every client could read; the argument is the reason."""


def read_json(data: bytes, line: int | None = None) -> ParsedJson:
    """Parse one JSON text. Never raises: whatever is wrong with the bytes is in `problems`."""
    problems: list[str] = []
    if len(data) > MAX_BODY_BYTES:
        too_long = f"the body has {len(data)} bytes, more than {MAX_BODY_BYTES} are not judged"
        return ParsedJson(None, False, (too_long,), line)
    if data.startswith(_BOM):
        problems.append("the body starts with a byte order mark")
        data = data[len(_BOM) :]
    try:
        value = _parse_json(data.decode("utf-8"), problems)
    except UnicodeDecodeError as error:
        problems.append(f"the body is not UTF-8 (byte {error.start})")
    except RecursionError:
        problems.append(f"the body is nested deeper than {MAX_BODY_DEPTH} levels")
    except ValueError as error:
        problems.append(f"the body is not JSON: {error}")
    else:
        return ParsedJson(value, True, tuple(dict.fromkeys(problems)), line)
    return ParsedJson(None, False, tuple(problems), line)


def read_json_lines(data: bytes) -> Iterator[ParsedJson]:
    """Parse each line of a JSON Lines body; the newline after the last line does not start another one."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return (read_json(text, number) for number, text in enumerate(lines, start=1))


def _parse_json(text: str, problems: list[str]) -> Any:
    """Parse a JSON text, and add what is wrong with a value that can be read to `problems`.

    Raises ValueError for what is no JSON, RecursionError for more than `MAX_BODY_DEPTH` levels.
    """

    def to_object(items: list[tuple[str, Any]]) -> dict[str, Any]:
        """Build an object. Python keeps the last of equal keys; others keep the first, or refuse the object."""
        built = dict(items)
        if len(built) < len(items):
            names = [name for name, _ in items]
            duplicates = sorted({name for name in built if names.count(name) > 1})
            problems.append(f"an object has a key twice: {', '.join(duplicates)}"[:200])
        return built

    value = json.loads(
        text, object_pairs_hook=to_object, parse_constant=_reject_constant, parse_int=_to_int, parse_float=_to_float
    )
    # Half a surrogate pair can only come from an escape: the text itself is UTF-8.
    if ("\\ud" in text or "\\uD" in text) and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise _InvalidJsonError("a string has half a surrogate pair")
    _check_depth(value)
    return value


def _to_int(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise _InvalidJsonError(f"a number has {len(digits)} digits")
    return int(digits)


def _to_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _InvalidJsonError(f"the number {digits[:40]} is too large")
    return number


def _reject_constant(name: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`, which Python's reader would take."""
    raise _InvalidJsonError(f"{name} is not a JSON number")


def _check_depth(value: Any) -> None:
    """Raise RecursionError for a value that is too deep; level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(MAX_BODY_DEPTH + 1):
        level = [each for each in level if isinstance(each, (dict, list))]
        if not level:
            return
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    raise RecursionError
