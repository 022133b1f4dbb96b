"""Content codings of bodies (RFC 9110, section 8.4.1): gzip, deflate and br, right or broken on purpose.

`br` (RFC 7932) is written without compression, in stored blocks: every decoder reads it, and no encoder is needed. Only
such a stream is decoded here.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Final

from mockserver.core.transmission import ContentCoding
from mockserver.core.wire import Response

_BLOCK: Final = 1 << 16
"""Bytes of the largest stored block whose length is written in 16 bits."""
_LAST_EMPTY_BLOCK: Final = b"\x03"
GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
"""Makes zlib write gzip, without a time in its head."""
MAX_DECODED_BYTES: Final = 100_000_000
"""A body that is larger when it is decoded stays as it is."""


def encode_body(body: bytes, coding: ContentCoding) -> bytes:
    """Return a body that is not empty in the coding that is sent, broken where the coding says so."""
    encoded = _ENCODERS[coding.sends](body)
    if coding.broken == "cut":
        return encoded[: len(encoded) // 2]
    if coding.broken == "checksum":
        return encoded[:-1] + bytes([encoded[-1] ^ 0xFF])
    return encoded


def as_sent(response: Response, coding: ContentCoding | None) -> Response:
    """Return a response as it goes over the wire; without a body it has no coding."""
    if coding is None or not response.body:
        return response
    return _with_header(response, coding)._replace(body=encode_body(response.body, coding))


def with_coding(response: Response, coding: ContentCoding | None) -> Response:
    """Return a response as its client has it: a body that is sent as its header says is decoded, any other is not."""
    if coding is None:
        return response
    if coding.is_decodable:
        return _with_header(response, coding)
    return as_sent(response, coding)


def _with_header(response: Response, coding: ContentCoding) -> Response:
    if coding.says == "identity":
        return response
    return response._replace(headers=(*response.headers, ("Content-Encoding", coding.says)))


def decoded(response: Response) -> Response:
    """Return a response with its body decoded; one that is not in the coding that its header names stays as it is."""
    decode = _DECODERS.get((response.header("Content-Encoding") or "").lower())
    if decode is None or not response.body:
        return response
    try:
        return response._replace(body=decode(response.body))
    except (ValueError, zlib.error):
        return response


def _store_brotli(body: bytes) -> bytes:
    """Return a brotli stream of stored blocks."""
    # Least significant bit first. In front of the first block stands the window size: one bit, 0, for 64 kB. A block
    # begins with: not the last (0), the length less 1 has 16 bits (00), the length less 1, stored (1), up to a byte.
    stream = b""
    for start in range(0, len(body), _BLOCK):
        block = body[start : start + _BLOCK]
        header = (len(block) - 1) << 3 | 1 << 19
        if start == 0:
            header <<= 1
        stream += header.to_bytes(3, "little") + block
    return stream + _LAST_EMPTY_BLOCK


def _read_stored_brotli(stream: bytes) -> bytes:
    """Return the content of a brotli stream as `_store_brotli` writes it; raises ValueError for any other."""
    blocks: list[bytes] = []
    at = 0
    while stream[at : at + 1] != _LAST_EMPTY_BLOCK or not blocks:
        header = int.from_bytes(stream[at : at + 3], "little") >> (not blocks)
        size = (header >> 3 & 0xFFFF) + 1
        if header & 7 or header >> 19 != 1 or at + 3 + size >= len(stream):
            raise ValueError("a block that is not stored")
        blocks.append(stream[at + 3 : at + 3 + size])
        at += 3 + size
    return b"".join(blocks)


def _inflate(body: bytes) -> bytes:
    """Return the content of a gzip or zlib stream; raises ValueError or zlib.error for a broken or a huge one."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: the header decides which of the two it is
    content = inflater.decompress(body, MAX_DECODED_BYTES)
    if not inflater.eof:
        raise ValueError("the stream ends early, or is too large")
    return content


_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": _inflate,
    "deflate": _inflate,
    "br": _read_stored_brotli,
}
_ENCODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda body: zlib.compress(body, 6, wbits=GZIP_WINDOW),
    "deflate": zlib.compress,
    "br": _store_brotli,
    "identity": bytes,
}
