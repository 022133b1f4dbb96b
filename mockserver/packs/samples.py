"""The small files that an answer can have: the same bytes every time, recognized as what they are."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Final, NamedTuple


class SampleFile(NamedTuple):
    """A file, and its content type."""

    content_type: str
    content: bytes


_MP4: Final = (
    b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"  # a file type box, so that it is recognized as MP4
    b"\x00\x00\x00\x08mdat"  # and a media box without media
)
_PNG: Final = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
_WAV: Final = (
    b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00"
    b"data\x00\x00\x00\x00"
)
SAMPLES: Final[Mapping[str, SampleFile]] = {
    "json": SampleFile("application/json", b"{}"),
    "mp3": SampleFile("audio/mpeg", b"ID3\x04\x00\x00\x00\x00\x00\x00"),
    "mp4": SampleFile("video/mp4", _MP4),
    "png": SampleFile("image/png", _PNG),
    "txt": SampleFile("text/plain; charset=utf-8", b"This is a sample.\n"),
    "wav": SampleFile("audio/wav", _WAV),
}
"""By the name that a pack gives them."""
