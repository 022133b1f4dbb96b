"""Bodies as the server sent them, before any coding: out of text, base64, and what `Content-Encoding` did to them.

A body that cannot be had back is never replaced by another one: it is a `Body` with a `loss`, one phrase, and its
data are not to be judged.
"""

import re
import zlib
from base64 import b64decode
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NamedTuple

from mockserver.recordings.jsontext import CUT

KEPT: Final = 10_000_000
"""Bytes of a body that are kept; of a larger one nothing is."""
OVER: Final = "body over 10 MB"
NOT_RECORDED: Final = "body not recorded"
UNDECODED: Final = "body in a coding that cannot be undone"

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.ASCII)
_SINGLE_BYTE: Final = frozenset(
    ("iso-8859-1", "latin1", "latin-1", "iso-8859-15", "windows-1252", "cp1252", "us-ascii", "ascii")
)


class Body(NamedTuple):
    """A body, or why there is none."""

    data: bytes = b""
    loss: str = ""
    """One of this module's phrases; empty where `data` are what was sent."""


def from_text(text: str, content_type: str = "") -> Body:
    """The bytes of a text, in the charset that its content type names, else in UTF-8."""
    if text == CUT:
        return Body(loss=OVER)
    found = _CHARSET.search(content_type)
    charset = found[1].lower() if found else ""
    if charset in _SINGLE_BYTE:
        try:
            return _capped(text.encode(charset, "surrogateescape"))
        except UnicodeEncodeError:
            pass  # the recorder read it as UTF-8, whatever the header says
    try:
        return _capped(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return Body(loss=UNDECODED)


def from_base64(text: str) -> Body:
    """The bytes behind base64, in either alphabet, padded or not."""
    if text == CUT:
        return Body(loss=OVER)
    try:
        bare = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
        return _capped(b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except ValueError:
        return Body(loss=UNDECODED)


def _capped(data: bytes) -> Body:
    return Body(data) if len(data) <= KEPT else Body(loss=OVER)


def decoded(body: Body, coding: str) -> Body:
    """The body without its `Content-Encoding` (a list, the last one applied last).

    Most recorders undo the coding and keep the header. Compressed bytes are never UTF-8, so a body that is was
    decoded before; what is neither text nor can be unpacked is a loss.
    """
    for name in reversed([each.strip().lower() for each in coding.split(",")]):
        if body.loss or name in ("", "identity") or _is_text(body.data):
            continue
        undo = _UNDO.get(name)
        body = undo(body.data) if undo else Body(loss=UNDECODED)
    return body


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _inflate(data: bytes, *windows: int) -> Body:
    """Unpack by the first window size that fits, never more than `KEPT` bytes."""
    for window in windows:
        unpacker = zlib.decompressobj(window)
        try:
            out = unpacker.decompress(data, KEPT + 1)
        except zlib.error:
            continue
        if len(out) > KEPT:
            return Body(loss=OVER)
        if unpacker.eof and not unpacker.unused_data:
            return Body(out)
    return Body(loss=UNDECODED)


def _gzip(data: bytes) -> Body:
    return _inflate(data, zlib.MAX_WBITS | 16)


def _deflate(data: bytes) -> Body:
    return _inflate(data, zlib.MAX_WBITS, -zlib.MAX_WBITS)


def _brotli(data: bytes) -> Body:
    """Only where a `brotli` that can bound its output is installed; it is no dependency."""
    try:
        module: Any = import_module("brotli")
        unpacker = module.Decompressor()
        out = bytes(unpacker.process(data, output_buffer_limit=KEPT + 1))
    except ImportError:
        return Body(loss=UNDECODED)
    except Exception:  # noqa: BLE001 - `brotli.error` has no importable type, and an old one a TypeError
        return Body(loss=UNDECODED)
    return _capped(out) if unpacker.is_finished() or len(out) > KEPT else Body(loss=UNDECODED)


_UNDO: Final[dict[str, Callable[[bytes], Body]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}
