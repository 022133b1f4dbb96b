"""The bytes behind the URLs that are handed out: small, the same every time, and of the type they say.

The service hands out storage URLs; the fake serves them itself, so that a client can go all the way to the download.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Final

from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.reap.outputs import output_files, project_clips

THUMBNAIL: Final = "thumbnail.png"
_TRANSCRIPT_TEXT: Final = "This is a transcript."

_MP4: Final = (
    b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"  # a file type box: who looks at the start sees an MP4
    b"\x00\x00\x00\x08mdat"  # and a media box without media
)
_PNG: Final = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
_FILE_BY_EXTENSION: Final[Mapping[str, tuple[str, bytes]]] = {
    "mp4": ("video/mp4", _MP4),
    "png": ("image/png", _PNG),
    "srt": ("application/x-subrip", f"1\n00:00:00,000 --> 00:00:02,000\n{_TRANSCRIPT_TEXT}\n".encode()),
    "vtt": ("text/vtt; charset=utf-8", f"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{_TRANSCRIPT_TEXT}\n".encode()),
    "csv": ("text/csv; charset=utf-8", f"start,end,text\r\n0.0,2.0,{_TRANSCRIPT_TEXT}\r\n".encode()),
    "txt": ("text/plain; charset=utf-8", f"{_TRANSCRIPT_TEXT}\n".encode()),
}


def file_names(now: JobSnapshot) -> list[str]:
    """The files that a project has at present."""
    return [THUMBNAIL, *output_files(now).values(), *(f"{clip['id']}.mp4" for clip in project_clips(now, ""))]


def file_content(now: JobSnapshot, name: str) -> tuple[str, bytes] | None:
    """A file's content type and bytes, or None where the project has no such file."""
    return _FILE_BY_EXTENSION[name.rpartition(".")[2]] if name in file_names(now) else None
