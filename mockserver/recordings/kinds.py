"""Tells from the first bytes what a file is: a recording of one of three kinds, or something else with a name."""

import re
from typing import Final, Literal, NamedTuple, get_args

from mockserver.errors import Location, MockError, nearest, refuse

Kind = Literal["har", "cassette", "journal"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Form = Literal["har", "cassette-json", "cassette-yaml", "journal"]


class Other(NamedTuple):
    """A file that is no recording, by its first bytes."""

    start: re.Pattern[bytes]
    name: str
    hint: str = ""


_EXPORT = "Export it as HAR."
_UNZIP = "Unpack it; if there is a .har or .jsonl file in it, give that."

_FORMS: Final[tuple[tuple[Form, re.Pattern[bytes]], ...]] = (
    ("journal", re.compile(rb'\{\s*"v"\s*:\s*\d')),
    ("journal", re.compile(rb'\{[^\n]*"v"\s*:\s*\d[^\n]*\}[ \t\r]*\n')),
    ("cassette-json", re.compile(rb'\{.*"interactions"\s*:\s*\[', re.DOTALL)),
    ("har", re.compile(rb'\{.*?"log"\s*:\s*[{\[]', re.DOTALL)),
    ("cassette-yaml", re.compile(rb"(?:.*\n)?interactions\s*:", re.DOTALL)),
)
"""The first that fits the head is the file's form."""

_OTHERS: Final = (
    Other(re.compile(rb"\Z"), "an empty file"),
    Other(re.compile(rb"PK\x03\x04"), "a zip archive", _UNZIP),
    Other(
        re.compile(rb"\x28\xb5\x2f\xfd|BZh|\xfd7zXZ|\x78[\x01\x5e\x9c\xda]"), "a compressed file", "Unpack it first."
    ),
    Other(re.compile(rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a"), "a packet capture", _EXPORT),
    Other(re.compile(rb"\d{1,9}:"), "a flow file of mitmproxy", "Write it as HAR: `save.har @all calls.har`."),
    Other(re.compile(rb"WARC/"), "a web archive (WARC)", _EXPORT),
    Other(re.compile(rb"(?i)<!doctype html|<html"), "an HTML page", "Perhaps the page was saved, and not its calls."),
    Other(re.compile(rb"<"), "an XML file", _EXPORT),
    Other(re.compile(rb"(?:GET|POST|PUT|DELETE|HTTP/1)[ .]"), "plain HTTP text", _EXPORT),
    Other(re.compile(rb"curl\s"), "a curl command", _EXPORT),
    Other(
        re.compile(rb'\{"type":"(?:context-options|resource-snapshot)"'), "a trace of Playwright", "Use `recordHar`."
    ),
    Other(re.compile(rb'\{.*"_postman_id"', re.DOTALL), "a Postman collection", "It has requests, and no answers."),
    Other(re.compile(rb'(?:\{.*")?\s*(?:openapi|swagger)"?\s*:', re.DOTALL), "an OpenAPI document"),
    Other(
        re.compile(rb"(?:.*\n)?http_interactions\s*:", re.DOTALL),
        "a cassette of VCR for Ruby",
        "Only vcrpy's are read.",
    ),
    Other(re.compile(rb"(?:.*\n)?scenario\s*:", re.DOTALL), "a scenario", "It is played: `mockserver test FILE`."),
    Other(re.compile(rb"\{"), "JSON without `log.entries` or `interactions` near its start"),
    Other(re.compile(rb"\["), "a JSON list", "A HAR is an object with `log.entries`, a journal has one object a line."),
    Other(re.compile(rb"[^\x00-\x08\x0e-\x1f]*\Z", re.DOTALL), "text, but neither JSON nor YAML of a known kind"),
    Other(re.compile(rb""), "a binary file"),
)


def form_of(head: bytes, name: str, kind: str = "auto") -> Form:
    """How to read a file that begins with `head`, as `kind` or as what it looks like.

    Raises `MockError` (REC002) saying what it looks like, or that there is no such kind.
    """
    text = _bare(head)
    if kind == "auto":
        for form, pattern in _FORMS:
            if pattern.match(text):
                return form
        raise _unknown(text, name)
    if kind not in KINDS:
        wanted = ", ".join(("auto", *KINDS))
        message = f"there is no kind of recording called {kind!r}{nearest(kind, KINDS)}"
        raise refuse("REC002", message, f"Kinds: {wanted}.", Location(name))
    if kind == "cassette":
        return "cassette-json" if text.startswith(b"{") else "cassette-yaml"
    return "har" if kind == "har" else "journal"


def _bare(head: bytes) -> bytes:
    """Without byte order mark, UTF-16 and leading space: good enough to recognise."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _unknown(text: bytes, name: str) -> MockError:
    other = next(other for other in _OTHERS if other.start.match(text))
    hint = other.hint or "Read are HAR files, VCR.py cassettes and journals (JSON lines) of this tool."
    return refuse("REC002", f"this is no recording; it looks like {other.name}", hint, Location(name))
