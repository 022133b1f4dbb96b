"""Detects a file's format from its first bytes: a recording of one of three kinds, or a named other format."""

import re
from typing import Final, Literal, get_args

from mockserver.errors import Location, did_you_mean, refuse

FileFormat = Literal["har", "cassette", "journal"]
FILE_FORMATS: Final[tuple[FileFormat, ...]] = get_args(FileFormat)

FileVariant = Literal["har", "cassette-json", "cassette-yaml", "journal"]


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

_FOREIGN_FILES: Final[tuple[tuple[bytes, str, str | None], ...]] = (
    (rb"\Z", "an empty file", None),
    (rb"PK\x03\x04", "a zip archive", _UNZIP_HINT),
    (rb"\x28\xb5\x2f\xfd|BZh|\xfd7zXZ|\x78[\x01\x5e\x9c\xda]", "a compressed file", "Unpack it first."),
    (rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a", "a packet capture", _EXPORT_HINT),
    (rb"\d{1,9}:", "a flow file of mitmproxy", "Write it as HAR: `save.har @all calls.har`."),
    (rb"WARC/", "a web archive (WARC)", _EXPORT_HINT),
    (rb"(?i)<!doctype html|<html", "an HTML page", "The page may have been saved instead of its calls."),
    (rb"<", "an XML file", _EXPORT_HINT),
    (rb"(?:GET|POST|PUT|DELETE|HTTP/1)[ .]", "plain HTTP text", _EXPORT_HINT),
    (rb"curl\s", "a curl command", _EXPORT_HINT),
    (rb'\{"type":"(?:context-options|resource-snapshot)"', "a trace of Playwright", "Use `recordHar`."),
    (rb'\{.*"_postman_id"', "a Postman collection", "It has requests, but no answers."),
    (rb'(?:\{.*")?\s*(?:openapi|swagger)"?\s*:', "an OpenAPI document", None),
    (rb"(?:.*\n)?http_interactions\s*:", "a cassette of VCR for Ruby", "Only the cassettes of vcrpy can be read."),
    (rb"(?:.*\n)?scenario\s*:", "a scenario", "Play it with `mockserver test FILE`."),
    (rb"\{", "JSON without `log.entries` or `interactions` near its start", None),
    (rb"\[", "a JSON list", "A HAR is an object with `log.entries`, a journal has one object per line."),
    (rb"[^\x00-\x08\x0e-\x1f]*\Z", "text, but neither JSON nor YAML of a known kind", None),
    (rb"", "a binary file", None),
)
"""The start of a file that is no recording, its name and a hint, from the most to the least specific."""


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
        # The last pattern matches anything.
        looks_like, hint = next(row[1:] for row in _FOREIGN_FILES if re.match(row[0], head, re.DOTALL))
        hint = hint or "Supported are HAR files, VCR.py cassettes and journals (JSON lines) of this tool."
        raise refuse("REC002", f"this is not a recording; it looks like {looks_like}", hint, Location(name))
    if kind == "har":
        return "har"
    if kind == "journal":
        return "journal"
    if kind == "cassette":
        return "cassette-json" if head.startswith(b"{") else "cassette-yaml"
    message = f"there is no kind of recording {kind!r}{did_you_mean(kind, FILE_FORMATS)}"
    raise refuse("REC002", message, f"Kinds: {', '.join(('auto', *FILE_FORMATS))}.", Location(name))
