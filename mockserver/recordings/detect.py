"""Detects a file's format from its beginning: a recording of one of four kinds, or a named other format."""

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from mockserver.errors import Location, refuse
from mockserver.recordings.source import HEAD_BYTES, RecordingSource
from mockserver.recordings.top_level import TopLevel, json_names, yaml_names

FileFormat = Literal["har", "cassette", "journal"]
FileVariant = Literal[
    "har", "cassette-json", "cassette-yaml", "nock", "journal", "deliveries", "session-journal", "session-journal-lines"
]

MAX_HEAD_BYTES: Final = 16_000_000
"""Bytes that are read at most to recognize a file: a name may follow a large value."""
OPENAPI: Final = "an OpenAPI document"


class Dialect(NamedTuple):
    """How to read a recording."""

    variant: FileVariant
    recorder: str | None = None
    """The program that writes this dialect of the format; None for the format's own."""


class DetectedFile(NamedTuple):
    """What a file looks like."""

    name: str
    """A noun phrase."""
    dialect: Dialect | None = None
    """None if it is no recording."""
    hint: str | None = None


_EXPORT_HINT: Final = "Export it as HAR."
_UNZIP_HINT: Final = "Unpack it; if there is a .har or .jsonl file in it, give that."
_DEFAULT_HINT: Final = "Supported are HAR files, cassettes (VCR, go-vcr, Betamax, nock) and journals of this tool."

_MAGIC: Final = (
    (rb"\Z", DetectedFile("an empty file")),
    (rb"PK\x03\x04", DetectedFile("a zip archive", hint=_UNZIP_HINT)),
    (
        rb"\x28\xb5\x2f\xfd|BZh|\xfd7zXZ|\x78[\x01\x5e\x9c\xda]",
        DetectedFile("a compressed file", hint="Unpack it first."),
    ),
    (rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a", DetectedFile("a packet capture", hint=_EXPORT_HINT)),
    (rb"\d{1,9}:", DetectedFile("a flow file of mitmproxy", hint="Write it as HAR: `save.har @all calls.har`.")),
    (rb"WARC/", DetectedFile("a web archive (WARC)", hint=_EXPORT_HINT)),
    (
        rb"(?i)<!doctype html|<html",
        DetectedFile("an HTML page", hint="The page may have been saved instead of its calls."),
    ),
    (rb"<", DetectedFile("an XML file", hint=_EXPORT_HINT)),
    (rb"(?:GET|POST|PUT|DELETE|HTTP/1)[ .]", DetectedFile("plain HTTP text", hint=_EXPORT_HINT)),
    (rb"curl\s", DetectedFile("a curl command", hint=_EXPORT_HINT)),
)
"""The start of a file that is neither JSON nor YAML, and what it is."""

_Test = Callable[[TopLevel], bool]


def _has(*names: str) -> _Test:
    return lambda keys: all(name in keys for name in names)


def _begins(name: str, *starts: str) -> _Test:
    return lambda keys: keys.get(name, "").startswith(starts)


_ANY_OBJECT: Final = (
    (_has("openapi"), DetectedFile(OPENAPI)),
    (_has("swagger"), DetectedFile(OPENAPI)),
    (_has("paths"), DetectedFile(OPENAPI)),
)
_JSON_OBJECTS: Final[tuple[tuple[_Test, DetectedFile], ...]] = (
    (_begins("v", *"0123456789"), DetectedFile("a journal", Dialect("journal"))),
    (
        _has("at", "event", "signature", "answered"),
        DetectedFile("webhooks received by `mockserver listen --json`", Dialect("deliveries", "listen --json")),
    ),
    (
        _has("total", "evicted", "entries"),
        DetectedFile("a journal by `mockserver journal --json`", Dialect("session-journal", "journal --json")),
    ),
    (
        _has("seq", "request_id", "at", "request"),
        DetectedFile(
            "a journal by `mockserver journal --follow --json`", Dialect("session-journal-lines", "journal --json")
        ),
    ),
    (_has("consumer", "provider"), DetectedFile("a Pact contract", hint="It has examples, not recorded answers.")),
    (_begins("log", "{", "["), DetectedFile("a HAR", Dialect("har"))),
    (_begins("recorded_with", '"betamax'), DetectedFile("a cassette of Betamax", Dialect("cassette-json", "Betamax"))),
    (
        _begins("http_interactions", "["),
        DetectedFile("a cassette of VCR for Ruby", Dialect("cassette-json", "VCR for Ruby")),
    ),
    (_begins("interactions", "["), DetectedFile("a cassette", Dialect("cassette-json"))),
    *_ANY_OBJECT,
    (_has("info", "item"), DetectedFile("a Postman collection", hint="It has requests, but no answers.")),
    (
        _begins("type", '"context-options', '"resource-snapshot'),
        DetectedFile("a trace of Playwright", hint="Use `recordHar`."),
    ),
    (_has("imposters"), DetectedFile("a file of mountebank", hint=_EXPORT_HINT)),
    (_has("mappings"), DetectedFile("stub mappings of WireMock", hint="They have rules, not recorded calls.")),
    (_has("data", "meta"), DetectedFile("a simulation of Hoverfly", hint=_EXPORT_HINT)),
    (_has("scenario"), DetectedFile("a scenario", hint="Play it with `mockserver test FILE`.")),
)
"""The names of an object, and what it is; the first that applies."""
_JSON_LISTS: Final[tuple[tuple[_Test, DetectedFile], ...]] = (
    (_has("scope", "path"), DetectedFile("a recording of nock", Dialect("nock", "nock"))),
    (_has("startedDateTime"), DetectedFile("a list of HAR entries", hint='Put it into `{"log": {"entries": ...}}`.')),
    (_has("host", "status"), DetectedFile("a session of Charles", hint=_EXPORT_HINT)),
)
_YAML_MAPPINGS: Final[tuple[tuple[_Test, DetectedFile], ...]] = (
    *_ANY_OBJECT,
    (_has("http_interactions"), DetectedFile("a cassette of VCR for Ruby", Dialect("cassette-yaml", "VCR for Ruby"))),
    (_has("interactions"), DetectedFile("a cassette", Dialect("cassette-yaml"))),
    (_has("scenario"), DetectedFile("a scenario", hint="Play it with `mockserver test FILE`.")),
)


class _RecorderSign(NamedTuple):
    """A detail that only one recorder of a format writes."""

    pattern: re.Pattern[str]
    recorder: str


_RECORDER_SIGNS: Final[dict[str, _RecorderSign]] = {
    "har": _RecorderSign(re.compile(r'"name"\s*:\s*"Polly\.JS"'), "Polly.JS"),
    "cassette-yaml": _RecorderSign(re.compile(r"(?m)^ +code: \d+\s*$(?=[^\0]*^ +duration:)"), "go-vcr"),
}
"""By variant."""

_OTHER_JSON: Final = DetectedFile("JSON without `log.entries` or `interactions`")
_OTHER_LIST: Final = DetectedFile(
    "a JSON list", hint="A HAR is an object with `log.entries`, a journal has one object per line."
)
_OTHER_TEXT: Final = DetectedFile("text, but neither JSON nor YAML of a known kind")
_BINARY: Final = DetectedFile("a binary file")
_UNDECIDED: Final = (_OTHER_JSON, _OTHER_TEXT)
"""What more of the file may turn out to be something else."""


def detect_file(source: RecordingSource) -> DetectedFile:
    """Return what a file looks like; nothing is consumed. Raises `MockError` as `RecordingSource.head`."""
    size = HEAD_BYTES
    while True:
        head = source.head(size)
        detected = recognize(head)
        if detected not in _UNDECIDED or len(head) < size or size >= MAX_HEAD_BYTES:
            return detected
        size *= 16


def recognize(head: bytes) -> DetectedFile:
    """Return what a file with this beginning looks like."""
    # Good enough to recognize a file: UTF-16 without its zero bytes, no byte order mark, no space at the start.
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, detected in _MAGIC:
        if re.match(pattern, head):
            return detected
    text = head.decode("utf-8", "replace")
    if text[0] == "{":
        detected_json = _first(_JSON_OBJECTS, json_names(text)) or _OTHER_JSON
        return _with_recorder(detected_json, text)
    if text[0] == "[":
        return _first(_JSON_LISTS, json_names(text)) or _OTHER_LIST
    detected_yaml = _first(_YAML_MAPPINGS, yaml_names(text))
    if detected_yaml is not None:
        return _with_recorder(detected_yaml, text)
    return _BINARY if re.search(rb"[\x00-\x08\x0e-\x1f]", head) else _OTHER_TEXT


def _with_recorder(detected: DetectedFile, text: str) -> DetectedFile:
    """Return the file with its recorder, if that writes a common format and only a detail gives it away."""
    dialect = detected.dialect
    if dialect is None or dialect.recorder or dialect.variant not in _RECORDER_SIGNS:
        return detected
    sign = _RECORDER_SIGNS[dialect.variant]
    if not sign.pattern.search(text):
        return detected
    return detected._replace(dialect=dialect._replace(recorder=sign.recorder))


def _first(table: tuple[tuple[_Test, DetectedFile], ...], names: TopLevel) -> DetectedFile | None:
    return next((detected for test, detected in table if test(names)), None)


def detect_recording(source: RecordingSource) -> Dialect:
    """Return how to read a recording.

    Raises `MockError` REC002 for a file that is no recording, with what it looks like.
    """
    detected = detect_file(source)
    if detected.dialect is None:
        message = f"this is not a recording; it looks like {detected.name}"
        raise refuse("REC002", message, detected.hint or _DEFAULT_HINT, Location(source.name))
    return detected.dialect


def is_openapi_document(source: RecordingSource) -> bool:
    """Return True if a file looks like an OpenAPI document. Raises `MockError` as `RecordingSource.head`."""
    return detect_file(source).name == OPENAPI
