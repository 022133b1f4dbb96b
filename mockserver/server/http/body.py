"""The bounds of request bodies: size, time, content codings, and how many large ones are under way at a time.

aiohttp would decompress whatever has arrived at once: 64 kB of compressed zeros become 64 MB in one step. Here a body
is read as it was sent, and decompressed afterwards in slices, with a turn for other requests in between.
"""

import asyncio
import zlib
from typing import Final

from mockserver.engine.handle import BodyError
from mockserver.vendors.api import RequestError

MAX_BODY_BYTES: Final = 10_000_000
"""Bytes of a body, as it was sent and decompressed."""
BODY_TIMEOUT: Final = 30.0
"""Seconds that a client may take to send a body."""
LARGE_BODY_BYTES: Final = 1_000_000
"""Bytes from which on a body counts as large."""
MAX_LARGE_BODIES: Final = 4
"""Requests with a large body that are read and handled at a time; the others wait, unread."""
_SLICE_BYTES: Final = 256 * 1024
"""Bytes that are decompressed before other requests get a turn: about a millisecond."""
_GZIP_BITS: Final = zlib.MAX_WBITS | 16
_CODINGS: Final = ("", "identity", "gzip", "x-gzip", "deflate")
ACCEPTED_CODINGS: Final = "gzip, deflate"


class LargeBodies:
    """The requests with a large body that are under way on one server."""

    def __init__(self, most: int = MAX_LARGE_BODIES) -> None:
        self._places = asyncio.Semaphore(most)

    async def enter(self) -> None:
        """Wait for a place."""
        await self._places.acquire()

    def leave(self) -> None:
        """Give a place back."""
        self._places.release()


def is_accepted_coding(coding: str) -> bool:
    """Return True for a `Content-Encoding`, in lower case, that bodies may have."""
    return coding in _CODINGS


async def decompress(body: bytes, coding: str) -> bytes | BodyError:
    """Return the content of a body with that content coding, or what is wrong with it."""
    if coding == "identity" or not body:
        return body
    bits = _GZIP_BITS
    if coding == "deflate":
        # Some clients send it without the zlib header that RFC 9110 wants.
        bits = zlib.MAX_WBITS if body[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS
    decompressor = zlib.decompressobj(bits)
    output = bytearray()
    try:
        while body:
            output += decompressor.decompress(body, _SLICE_BYTES)
            body = decompressor.unconsumed_tail
            if len(output) > MAX_BODY_BYTES:
                return too_large()
            await asyncio.sleep(0)
    except zlib.error:
        return BodyError(RequestError.BAD_JSON, f"the body is not the {coding} it says it is")
    if not decompressor.eof or decompressor.unused_data:
        return BodyError(RequestError.BAD_JSON, f"the body is not the {coding} it says it is")
    return bytes(output)


def too_large() -> BodyError:
    """Return the error of a body that is too large."""
    return BodyError(RequestError.TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES:,} bytes")
