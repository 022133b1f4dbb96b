"""Bodies as the server sent them: from text or base64, with `Content-Encoding` undone.

A body that cannot be recovered is never replaced by another one: it is a `RecordedBody` with a `loss`, and its data
must not be judged.
"""

import zlib
from base64 import b64decode
from importlib import import_module
from typing import Any, Final, NamedTuple

from mockserver.core.media_type import parse_charset, parse_media_type
from mockserver.recordings.json_stream import OMITTED

MAX_BODY_BYTES: Final = 10_000_000
"""Bytes of the largest body that is kept; of a larger one nothing is."""
TOO_LARGE: Final = "body over 10 MB"
NOT_RECORDED: Final = "body not recorded"
UNDECODABLE: Final = "body in a coding that cannot be undone"

_SINGLE_BYTE_CHARSETS: Final = frozenset(
    ("iso-8859-1", "latin1", "latin-1", "iso-8859-15", "windows-1252", "cp1252", "us-ascii", "ascii")
)
_TEXT_SUBTYPES: Final = ("json", "xml", "jsonl", "ndjson", "yaml", "javascript")
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_GZIP_TEXT: Final = "\x1f\x8b\x08"
_MANGLED_GZIP: Final = "\x1f\ufffd\x08"
"""The first characters of a compressed body that was read as UTF-8, which cannot be undone."""
_ZLIB_WINDOWS: Final[dict[str, tuple[int, ...]]] = {
    "gzip": (zlib.MAX_WBITS | 16,),
    "x-gzip": (zlib.MAX_WBITS | 16,),
    # Servers send `deflate` with and without the zlib header that the standard demands.
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
"""The window sizes to try for each content coding that zlib undoes."""


class RecordedBody(NamedTuple):
    """A body, or why it is lost."""

    data: bytes = b""
    loss: str | None = None
    """One of this module's phrases; None if `data` are the bytes that were sent."""


LOST_CODING: Final = RecordedBody(loss=UNDECODABLE)


def body_from_text(text: str, content_type: str | None = None) -> RecordedBody:
    """Encode a recorded text in the charset that its content type names, else in UTF-8."""
    if text == OMITTED:
        return RecordedBody(loss=TOO_LARGE)
    if text.startswith(_MANGLED_GZIP):
        return LOST_CODING
    codecs = ["utf-8"]
    name = parse_charset(content_type)
    if text.startswith(_GZIP_TEXT):
        # Compressed bytes, read as one character each.
        codecs.insert(0, "latin-1")
    if name in _SINGLE_BYTE_CHARSETS:
        # A text outside the charset was read as UTF-8 by the recorder, in spite of the header.
        codecs.insert(0, name)
    for codec in codecs:
        try:
            return body_from_bytes(text.encode(codec, "surrogateescape"))
        except UnicodeEncodeError:
            continue
    return LOST_CODING


def body_from_base64(text: str) -> RecordedBody:
    """Decode base64 in either alphabet, padded or not."""
    if text == OMITTED:
        return RecordedBody(loss=TOO_LARGE)
    standard = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return body_from_bytes(b64decode(standard + "=" * (-len(standard) % 4), validate=True))
    except ValueError:
        return LOST_CODING


def body_from_hexadecimal(text: str) -> RecordedBody:
    """Decode hexadecimal digits, two a byte."""
    try:
        return body_from_bytes(bytes.fromhex(text))
    except ValueError:
        return LOST_CODING


def body_from_bytes(data: bytes) -> RecordedBody:
    """Return a body, which is lost if it is too large."""
    if len(data) > MAX_BODY_BYTES:
        return RecordedBody(loss=TOO_LARGE)
    return RecordedBody(data)


def is_text_type(content_type: str | None) -> bool:
    """Return True for a content type of texts, such as JSON; False for any other, and for none."""
    media_type = parse_media_type(content_type)
    return media_type.startswith("text/") or media_type.endswith(_TEXT_SUBTYPES)


def decode_content(body: RecordedBody, content_encoding: str | None) -> RecordedBody:
    """Undo a `Content-Encoding`, a list whose last coding was applied last.

    Most recorders undo the coding and keep the header. Compressed bytes are never UTF-8, so a body that is UTF-8 was
    decoded before; a body that is neither UTF-8 nor can be decoded is lost.
    """
    for coding in reversed((content_encoding or "").split(",")):
        name = coding.strip().lower()
        if body.loss is not None or name in ("", "identity") or _is_utf8(body.data):
            continue
        body = _undo_coding(body.data, name)
    return body


def decode_recorded(body: RecordedBody, content_encoding: str | None, content_type: str | None) -> RecordedBody:
    """Undo a `Content-Encoding` as `decode_content`, also of a text that was kept compressed without that header."""
    if not content_encoding and body.data.startswith(_GZIP_MAGIC) and is_text_type(content_type):
        content_encoding = "gzip"
    return decode_content(body, content_encoding)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _undo_coding(data: bytes, coding: str) -> RecordedBody:
    """Decompress with the first window size that fits; without one, the body is lost."""
    if coding == "br":
        return _decode_brotli(data)
    for window in _ZLIB_WINDOWS.get(coding, ()):
        decompressor = zlib.decompressobj(window)
        try:
            # The bound stops a small body that decompresses to gigabytes.
            out = decompressor.decompress(data, MAX_BODY_BYTES + 1)
        except zlib.error:
            continue
        if len(out) > MAX_BODY_BYTES:
            return RecordedBody(loss=TOO_LARGE)
        if decompressor.eof and not decompressor.unused_data:
            return RecordedBody(out)
    return LOST_CODING


def _decode_brotli(data: bytes) -> RecordedBody:
    """Decompress with `brotli`, which is no dependency, if a version is installed that can bound its output."""
    try:
        brotli: Any = import_module("brotli")
    except ImportError:
        return LOST_CODING
    decompressor = brotli.Decompressor()
    try:
        out = bytes(decompressor.process(data, output_buffer_limit=MAX_BODY_BYTES + 1))
    except (brotli.error, TypeError):
        # A version that cannot bound its output raises TypeError.
        return LOST_CODING
    if len(out) <= MAX_BODY_BYTES and not decompressor.is_finished():
        return LOST_CODING
    return body_from_bytes(out)
