"""Detects a file's format from its first bytes: a recording of one of three kinds, or a named other format."""

import re
from typing import Final, Literal, NamedTuple, get_args

from mockserver.errors import Location, did_you_mean, refuse

FileFormat = Literal["har", "cassette", "journal"]
FILE_FORMATS: Final[tuple[FileFormat, ...]] = get_args(FileFormat)

FileVariant = Literal["har", "cassette-json", "cassette-yaml", "journal"]


class ForeignFile(NamedTuple):
    """A file that is no recording, by its first bytes."""

    pattern: re.Pattern[bytes]
    name: str
    hint: str | None = None


_EXPORT_HINT = "Export it as HAR."
_UNZIP_HINT = "Unpack it; if there is a .har or .jsonl file in it, give that."

_VARIANTS: Final[tuple[tuple[FileVariant, re.Pattern[bytes]], ...]] = (
    ("journal", re.compile(rb'\{\s*"v"\s*:\s*\d')),
    ("journal", re.compile(rb'\{[^\n]*"v"\s*:\s*\d[^\n]*\}[ \t\r]*\n')),
    ("cassette-json", re.compile(rb'\{.*"interactions"\s*:\s*\[', re.DOTALL)),
    ("har", re.compile(rb'\{.*?"log"\s*:\s*[{\[]', re.DOTALL)),
    ("cassette-yaml", re.compile(rb"(?:.*\n)?interactions\s*:", re.DOTALL)),
)
"""The first that matches the head is the file's variant."""

# From the most to the least specific; the last pattern matches anything.
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
        re.compile(rb"(?i)<!doctype html|<html"), "an HTML page", "The page may have been saved instead of its calls."
    ),
    ForeignFile(re.compile(rb"<"), "an XML file", _EXPORT_HINT),
    ForeignFile(re.compile(rb"(?:GET|POST|PUT|DELETE|HTTP/1)[ .]"), "plain HTTP text", _EXPORT_HINT),
    ForeignFile(re.compile(rb"curl\s"), "a curl command", _EXPORT_HINT),
    ForeignFile(
        re.compile(rb'\{"type":"(?:context-options|resource-snapshot)"'), "a trace of Playwright", "Use `recordHar`."
    ),
    ForeignFile(
        re.compile(rb'\{.*"_postman_id"', re.DOTALL), "a Postman collection", "It has requests, but no answers."
    ),
    ForeignFile(re.compile(rb'(?:\{.*")?\s*(?:openapi|swagger)"?\s*:', re.DOTALL), "an OpenAPI document"),
    ForeignFile(
        re.compile(rb"(?:.*\n)?http_interactions\s*:", re.DOTALL),
        "a cassette of VCR for Ruby",
        "Only the cassettes of vcrpy can be read.",
    ),
    ForeignFile(re.compile(rb"(?:.*\n)?scenario\s*:", re.DOTALL), "a scenario", "Play it with `mockserver test FILE`."),
    ForeignFile(re.compile(rb"\{"), "JSON without `log.entries` or `interactions` near its start"),
    ForeignFile(
        re.compile(rb"\["), "a JSON list", "A HAR is an object with `log.entries`, a journal has one object per line."
    ),
    ForeignFile(re.compile(rb"[^\x00-\x08\x0e-\x1f]*\Z", re.DOTALL), "text, but neither JSON nor YAML of a known kind"),
    ForeignFile(re.compile(rb""), "a binary file"),
)


def detect_variant(head: bytes, name: str, kind: str = "auto") -> FileVariant:
    """Return how to read a file that begins with `head`: as `kind`, or for `auto` as its first bytes suggest.

    Raises `MockError` REC002 for an unknown kind, and for a file that is no recording, with what it looks like.
    """
    # Good enough to recognize a file: UTF-16 without its zero bytes, no byte order mark, no space at the start.
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if kind == "auto":
        for variant, pattern in _VARIANTS:
            if pattern.match(head):
                return variant
        foreign = next(each for each in _FOREIGN_FILES if each.pattern.match(head))
        hint = foreign.hint or "Supported are HAR files, VCR.py cassettes and journals (JSON lines) of this tool."
        raise refuse("REC002", f"this is not a recording; it looks like {foreign.name}", hint, Location(name))
    if kind == "har":
        return "har"
    if kind == "journal":
        return "journal"
    if kind == "cassette":
        return "cassette-json" if head.startswith(b"{") else "cassette-yaml"
    message = f"there is no kind of recording {kind!r}{did_you_mean(kind, FILE_FORMATS)}"
    raise refuse("REC002", message, f"Kinds: {', '.join(('auto', *FILE_FORMATS))}.", Location(name))
