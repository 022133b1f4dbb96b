"""Tells from the first bytes what a file is: a recording of one of three kinds, or something else with a name."""

import re
from typing import Final, Literal, NamedTuple, get_args

from mockserver.errors import Location, MockError, did_you_mean, refuse

FileFormat = Literal["har", "cassette", "journal"]
FILE_FORMATS: Final[tuple[FileFormat, ...]] = get_args(FileFormat)

FileVariant = Literal["har", "cassette-json", "cassette-yaml", "journal"]


class ForeignFile(NamedTuple):
    """A file that is no recording, by its first bytes."""

    pattern: re.Pattern[bytes]
    name: str
    hint: str = ""


_EXPORT_HINT = "Export it as HAR."
_UNZIP_HINT = "Unpack it; if there is a .har or .jsonl file in it, give that."

_VARIANTS: Final[tuple[tuple[FileVariant, re.Pattern[bytes]], ...]] = (
    ("journal", re.compile(rb'\{\s*"v"\s*:\s*\d')),
    ("journal", re.compile(rb'\{[^\n]*"v"\s*:\s*\d[^\n]*\}[ \t\r]*\n')),
    ("cassette-json", re.compile(rb'\{.*"interactions"\s*:\s*\[', re.DOTALL)),
    ("har", re.compile(rb'\{.*?"log"\s*:\s*[{\[]', re.DOTALL)),
    ("cassette-yaml", re.compile(rb"(?:.*\n)?interactions\s*:", re.DOTALL)),
)
"""The first that fits the head is the file's form."""

_FOREIGN_FILES: Final = (
    ForeignFile(re.compile(rb"\Z"), "an empty file"),
    ForeignFile(re.compile(rb"PK\x03\x04"), "a zip archive", _UNZIP_HINT),
    ForeignFile(
        re.compile(rb"\x28\xb5\x2f\xfd|BZh|\xfd7zXZ|\x78[\x01\x5e\x9c\xda]"), "a compressed file", "Unpack it first."
    ),
    ForeignFile(re.compile(rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a"), "a packet capture", _EXPORT_HINT),
    ForeignFile(re.compile(rb"\d{1,9}:"), "a flow file of mitmproxy", "Write it as HAR: `save.har @all calls.har`."),
    ForeignFile(re.compile(rb"WARC/"), "a web archive (WARC)", _EXPORT_HINT),
    ForeignFile(
        re.compile(rb"(?i)<!doctype html|<html"), "an HTML page", "Perhaps the page was saved, and not its calls."
    ),
    ForeignFile(re.compile(rb"<"), "an XML file", _EXPORT_HINT),
    ForeignFile(re.compile(rb"(?:GET|POST|PUT|DELETE|HTTP/1)[ .]"), "plain HTTP text", _EXPORT_HINT),
    ForeignFile(re.compile(rb"curl\s"), "a curl command", _EXPORT_HINT),
    ForeignFile(
        re.compile(rb'\{"type":"(?:context-options|resource-snapshot)"'), "a trace of Playwright", "Use `recordHar`."
    ),
    ForeignFile(
        re.compile(rb'\{.*"_postman_id"', re.DOTALL), "a Postman collection", "It has requests, and no answers."
    ),
    ForeignFile(re.compile(rb'(?:\{.*")?\s*(?:openapi|swagger)"?\s*:', re.DOTALL), "an OpenAPI document"),
    ForeignFile(
        re.compile(rb"(?:.*\n)?http_interactions\s*:", re.DOTALL),
        "a cassette of VCR for Ruby",
        "Only vcrpy's are read.",
    ),
    ForeignFile(
        re.compile(rb"(?:.*\n)?scenario\s*:", re.DOTALL), "a scenario", "It is played: `mockserver test FILE`."
    ),
    ForeignFile(re.compile(rb"\{"), "JSON without `log.entries` or `interactions` near its start"),
    ForeignFile(
        re.compile(rb"\["), "a JSON list", "A HAR is an object with `log.entries`, a journal has one object a line."
    ),
    ForeignFile(re.compile(rb"[^\x00-\x08\x0e-\x1f]*\Z", re.DOTALL), "text, but neither JSON nor YAML of a known kind"),
    ForeignFile(re.compile(rb""), "a binary file"),
)


def detect_variant(head: bytes, name: str, kind: str = "auto") -> FileVariant:
    """How to read a file that begins with `head`, as `kind` or as what it looks like.

    Raises `MockError` (REC002) saying what it looks like, or that there is no such kind.
    """
    text = _normalize_head(head)
    if kind == "auto":
        for form, pattern in _VARIANTS:
            if pattern.match(text):
                return form
        raise _not_a_recording(text, name)
    if kind not in FILE_FORMATS:
        wanted = ", ".join(("auto", *FILE_FORMATS))
        message = f"there is no kind of recording called {kind!r}{did_you_mean(kind, FILE_FORMATS)}"
        raise refuse("REC002", message, f"Kinds: {wanted}.", Location(name))
    if kind == "cassette":
        return "cassette-json" if text.startswith(b"{") else "cassette-yaml"
    return "har" if kind == "har" else "journal"


def _normalize_head(head: bytes) -> bytes:
    """Without byte order mark, UTF-16 and leading space: good enough to recognise."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _not_a_recording(text: bytes, name: str) -> MockError:
    other = next(other for other in _FOREIGN_FILES if other.pattern.match(text))
    hint = other.hint or "Read are HAR files, VCR.py cassettes and journals (JSON lines) of this tool."
    return refuse("REC002", f"this is no recording; it looks like {other.name}", hint, Location(name))
