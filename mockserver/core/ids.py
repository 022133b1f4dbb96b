"""Identifiers and choices from the seed: a hash of (seed, purpose), never a shared stream.

Two sessions with one seed give the same ids in the same order, and one more choice never changes another.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from mockserver.core.instants import MILLISECOND, SECOND, Instant

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(high + low for high in _CROCKFORD for low in _CROCKFORD)
"""Two digits at once: a create makes several ULIDs."""


def seeded_bytes(seed: str, *path: str | int, size: int = 16) -> bytes:
    """Return `size` (up to 64) bytes that depend only on the seed and the path."""
    text = "\x1f".join([seed, *map(str, path)])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


@lru_cache(maxsize=4_096)
def seeded_int(low: int, high: int, seed: str, *path: str | int) -> int:
    """Choose an integer in [low, high] by the seed and the path."""
    return low + int.from_bytes(seeded_bytes(seed, *path, size=8)) % (high - low + 1)


def hex24(seed: str, *path: str | int, at: Instant) -> str:
    """Return 24 hexadecimal digits in the form of an ObjectId: four bytes of time (s), eight of the seed."""
    return f"{at // SECOND & 0xFFFFFFFF:08x}" + seeded_bytes(seed, *path, size=8).hex()


def ulid(seed: str, *path: str | int, at: Instant) -> str:
    """Return a ULID, 26 characters of Crockford's base 32: ten of time (ms), sixteen of the seed."""
    value = (at // MILLISECOND & (1 << 48) - 1) << 80 | int.from_bytes(seeded_bytes(seed, *path, size=10))
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def uuid_text(seed: str, *path: str | int) -> str:
    """Return a version 4 UUID as text, made from the seed."""
    raw = bytearray(seeded_bytes(seed, *path))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
