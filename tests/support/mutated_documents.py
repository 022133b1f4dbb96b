"""Documents of the right structure in which some values are of a type, a size or a spelling that readers do not expect.

@given(st.data())
def test_it(data):
    document = data.draw(mutations(ORIGINAL))
"""

import json
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    "", " ", "\0", "\ud800", "\udcff\ud83d", "\x1b]0;x\x07", "é" * 3, "NaN", "null", "-1", "1e999", "9" * 5_000, "%",
    "%zz", "%00", "[", "{", '{"a":', "://", "https://", "https://[::1", "http://a:99999/", "//", "\n", "a\r\nb: c",
    "../..", "2026", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "bytes=0-",
    "Wed, 05 Aug 2026 10:00:00 GMT", "Mon, 99 Foo 0000 00:00:00 GMT", "gzip, gzip, br", "text/\xff", "=" * 9,
    "application/json; charset=utf-7", "x" * 70_000,
)  # fmt: skip
"""Texts that parsers of numbers, times, addresses, encodings and headers stumble over."""
ODD_NUMBERS = (0, -1, 1.5, 2**31, 2**63, 2**64, -(2**70), 10**400, 1e308, float("nan"), float("inf"), -0.0)

odd_scalars = st.one_of(
    st.none(), st.booleans(), st.sampled_from(ODD_NUMBERS), st.sampled_from(ODD_TEXTS), st.text(max_size=12)
)
odd_values = st.recursive(
    odd_scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ODD_TEXTS[:20]), inner, max_size=3),
    max_leaves=4,
)

Path = tuple[Any, ...]


def paths_of(value: Any, path: Path = ()) -> list[Path]:
    """Return the path of every value in a document, its own first."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths_of(inner, (*path, index))
    return found


@st.composite
def mutations(draw: st.DrawFn, original: Any, most: int = 4) -> Any:
    """Draw a copy of a document with one to `most` changes, which JSON in its texts may contain."""
    document = json.loads(json.dumps(original))
    for _ in range(draw(st.integers(1, most))):
        document = _mutate(draw, document)
    return document


def _mutate(draw: st.DrawFn, document: Any) -> Any:
    path = draw(st.sampled_from(paths_of(document)))
    if not path:
        # A document that is something else altogether proves little, and would be drawn too often.
        return document
    *parents, last = path
    holder = document
    for step in parents:
        holder = holder[step]
    kind = draw(st.sampled_from(("replace", "replace", "inside", "delete", "wrap", "swap", "rename", "repeat")))
    if kind == "replace":
        holder[last] = draw(odd_values)
    elif kind == "inside":
        holder[last] = _mutate_text(draw, holder[last])
    elif kind == "delete":
        del holder[last]
    elif kind == "wrap":
        holder[last] = draw(st.sampled_from(([holder[last]], {"string": holder[last]}, {"": holder[last]})))
    elif kind == "swap":
        holder[last] = _value_at(document, draw(st.sampled_from(paths_of(document)[1:])))
    elif kind == "rename" and isinstance(holder, dict):
        holder[draw(st.sampled_from(ODD_TEXTS))] = holder.pop(last)
    elif kind == "repeat" and isinstance(holder, list):
        holder.append(json.loads(json.dumps(holder[last])))
    return document


def _mutate_text(draw: st.DrawFn, value: Any) -> Any:
    """Change JSON inside of a text, or cut the text."""
    if not isinstance(value, str):
        return value
    try:
        inner = json.loads(value)
    except ValueError:
        return value[: draw(st.integers(0, len(value)))]
    if not isinstance(inner, dict | list) or not inner:
        return draw(odd_scalars)
    return json.dumps(_mutate(draw, inner))


def _value_at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return json.loads(json.dumps(document))


def as_json(document: Any) -> bytes:
    """Encode a document as JSON, with what JSON allows only by habit: NaN, lone surrogates, infinite numbers."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
