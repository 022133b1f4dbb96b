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

from mockserver.recordings.json_stream import OMITTED

MAX_BODY_BYTES: Final = 10_000_000
"""Bytes of a body that are kept; of a larger one nothing is."""
TOO_LARGE: Final = "body over 10 MB"
NOT_RECORDED: Final = "body not recorded"
UNDECODABLE: Final = "body in a coding that cannot be undone"

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.ASCII)
_SINGLE_BYTE_CHARSETS: Final = frozenset(
    ("iso-8859-1", "latin1", "latin-1", "iso-8859-15", "windows-1252", "cp1252", "us-ascii", "ascii")
)


class RecordedBody(NamedTuple):
    """A body, or why there is none."""

    data: bytes = b""
    loss: str = ""
    """One of this module's phrases; empty where `data` are what was sent."""


def body_from_text(text: str, content_type: str = "") -> RecordedBody:
    """The bytes of a text, in the charset that its content type names, else in UTF-8."""
    if text == OMITTED:
        return RecordedBody(loss=TOO_LARGE)
    found = _CHARSET.search(content_type)
    charset = found[1].lower() if found else ""
    if charset in _SINGLE_BYTE_CHARSETS:
        try:
            return _bounded_body(text.encode(charset, "surrogateescape"))
        except UnicodeEncodeError:
            pass  # the recorder read it as UTF-8, whatever the header says
    try:
        return _bounded_body(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return RecordedBody(loss=UNDECODABLE)


def body_from_base64(text: str) -> RecordedBody:
    """The bytes behind base64, in either alphabet, padded or not."""
    if text == OMITTED:
        return RecordedBody(loss=TOO_LARGE)
    try:
        bare = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
        return _bounded_body(b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except ValueError:
        return RecordedBody(loss=UNDECODABLE)


def _bounded_body(data: bytes) -> RecordedBody:
    return RecordedBody(data) if len(data) <= MAX_BODY_BYTES else RecordedBody(loss=TOO_LARGE)


def decode_content(body: RecordedBody, content_encoding: str) -> RecordedBody:
    """The body without its `Content-Encoding` (a list, the last one applied last).

    Most recorders undo the coding and keep the header. Compressed bytes are never UTF-8, so a body that is was
    decoded before; what is neither text nor can be unpacked is a loss.
    """
    for name in reversed([each.strip().lower() for each in content_encoding.split(",")]):
        if body.loss or name in ("", "identity") or _is_utf8(body.data):
            continue
        undo = _DECODERS.get(name)
        body = undo(body.data) if undo else RecordedBody(loss=UNDECODABLE)
    return body


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _inflate(data: bytes, *windows: int) -> RecordedBody:
    """Unpack by the first window size that fits, never more than `KEPT` bytes."""
    for window in windows:
        unpacker = zlib.decompressobj(window)
        try:
            out = unpacker.decompress(data, MAX_BODY_BYTES + 1)
        except zlib.error:
            continue
        if len(out) > MAX_BODY_BYTES:
            return RecordedBody(loss=TOO_LARGE)
        if unpacker.eof and not unpacker.unused_data:
            return RecordedBody(out)
    return RecordedBody(loss=UNDECODABLE)


def _decode_gzip(data: bytes) -> RecordedBody:
    return _inflate(data, zlib.MAX_WBITS | 16)


def _decode_deflate(data: bytes) -> RecordedBody:
    return _inflate(data, zlib.MAX_WBITS, -zlib.MAX_WBITS)


def _decode_brotli(data: bytes) -> RecordedBody:
    """Only where a `brotli` that can bound its output is installed; it is no dependency."""
    try:
        module: Any = import_module("brotli")
        unpacker = module.Decompressor()
        out = bytes(unpacker.process(data, output_buffer_limit=MAX_BODY_BYTES + 1))
    except ImportError:
        return RecordedBody(loss=UNDECODABLE)
    except Exception:  # noqa: BLE001 - `brotli.error` has no importable type, and an old one a TypeError
        return RecordedBody(loss=UNDECODABLE)
    return _bounded_body(out) if unpacker.is_finished() or len(out) > MAX_BODY_BYTES else RecordedBody(loss=UNDECODABLE)


_DECODERS: Final[dict[str, Callable[[bytes], RecordedBody]]] = {
    "gzip": _decode_gzip,
    "x-gzip": _decode_gzip,
    "deflate": _decode_deflate,
    "br": _decode_brotli,
}
