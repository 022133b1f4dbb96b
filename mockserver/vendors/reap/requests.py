"""Reap's requests: the fields that each operation accepts, and what is remembered of them.

The fields of create-clips are those of the live service's openapi.json (2026-07-07); the others' fields are those of
their documentation pages. Unknown fields are ignored and an optional field may be null, as in FastAPI (inferred). A
JSON string in place of a number is refused, where the service itself may parse it (inferred); 720.0 is 720.

The keys of a project's spec are those of the project on the wire (the page of cancel-project). The video itself is
never read.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from mockserver.vendors import checks
from mockserver.vendors.api import INFERRED, Source, VendorRule
from mockserver.vendors.checks import FieldSpec, FieldTable, Mistake, MistakeKind
from mockserver.vendors.reap.errors import ValidationError
from mockserver.vendors.reap.states import CANCEL_PAGE, CAPTURED, LIVE_SERVICE, MIN_WINDOW_SECONDS

MAX_PAGE_SIZE: Final = 100
"""Entries of a page at most (the page of get-project-clips)."""

_STRING: Final = FieldSpec(checks.string())
_REQUIRED_STRING: Final = FieldSpec(checks.string(), required=True)
_FALSE: Final = FieldSpec(checks.boolean, default=False)
_SECONDS: Final = FieldSpec(checks.number(0))
_SOURCE_FIELDS: Final[FieldTable] = {"sourceUrl": _STRING, "uploadId": _STRING}
_RESOLUTION: Final = FieldSpec(checks.one_of(720, 1080, 1440, 2160), default=720)
_GENRE: Final = FieldSpec(checks.one_of("talking", "screenshare", "gaming", "cinema"), default="talking")
"""`cinema` is in the live service's enum and on no page."""
_SCRIPT: Final = FieldSpec(checks.one_of("native", "roman"), default="native")

CREATE_FIELDS: Final[Mapping[str, FieldTable]] = {
    "clipping": {
        **_SOURCE_FIELDS,
        "reframeClips": _FALSE,
        "exportOrientation": FieldSpec(checks.one_of("landscape", "portrait", "square"), default="landscape"),
        "exportResolution": _RESOLUTION,
        "captionsPreset": _STRING,
        "enableEmojis": _FALSE,
        "enableHighlights": _FALSE,
        "language": _STRING,
        "translationLanguage": _STRING,
        "transcriptionScript": _SCRIPT,
        "genre": _GENRE,
        "selectedStart": _SECONDS,
        "selectedEnd": _SECONDS,
        "clipDurations": FieldSpec(checks.array_of(checks.array_of(checks.number(whole=True))), default=()),
        "topics": FieldSpec(checks.array_of(checks.string()), default=()),
        "prompt": _STRING,
    },
    "captions": {
        **_SOURCE_FIELDS,
        "captionsPreset": FieldSpec(checks.string(), default="system_beasty"),
        "language": _STRING,
        "translationLanguage": _STRING,
        "transcriptionScript": _SCRIPT,
        "enableEmojis": _FALSE,
        "enableHighlights": _FALSE,
        "resolution": _RESOLUTION,
    },
    # The page of create-reframe requires an upload.
    "reframe": {
        "uploadId": _REQUIRED_STRING,
        "genre": _GENRE,
        "orientation": FieldSpec(checks.one_of("portrait", "square"), default="portrait"),
        "disableAutoSplit": _FALSE,
    },
    "dubbing": {**_SOURCE_FIELDS, "sourceLanguage": _REQUIRED_STRING, "targetLanguage": _REQUIRED_STRING},
    "transcription": {
        **_SOURCE_FIELDS,
        "language": _STRING,
        "translationLanguage": _STRING,
        "transcriptionScript": _SCRIPT,
    },
}
"""The body of each create operation, by the type of project that it creates."""

PROJECT_ID_FIELDS: Final[FieldTable] = {"projectId": _REQUIRED_STRING}
UPDATE_FIELDS: Final[FieldTable] = {**PROJECT_ID_FIELDS, "title": _REQUIRED_STRING}
CLIP_FIELDS: Final[FieldTable] = {**PROJECT_ID_FIELDS, "clipId": _REQUIRED_STRING}
PAGE_FIELDS: Final[FieldTable] = {
    "page": FieldSpec(checks.integer_text(1, 999_999_999), default="1"),
    "pageSize": FieldSpec(checks.integer_text(1, MAX_PAGE_SIZE), default="100"),
}
CLIP_LIST_FIELDS: Final[FieldTable] = {**PROJECT_ID_FIELDS, **PAGE_FIELDS}
UPLOAD_URL_FIELDS: Final[FieldTable] = {"filename": FieldSpec(checks.string(min_length=1), required=True)}

_TYPE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("string_type", "a valid string"),
    "boolean": ("bool_type", "a valid boolean"),
    "number": ("float_type", "a valid number"),
    "array": ("list_type", "a valid list"),
    "integer text": ("int_parsing", "a valid integer, unable to parse string as an integer"),
}


def word_mistake(mistake: Mistake) -> ValidationError:
    """Word a mistake as FastAPI does."""
    params = mistake.params
    match mistake.kind:
        case MistakeKind.MISSING:
            return ValidationError(mistake.path, "missing", "Field required")
        case MistakeKind.TOO_SHORT:
            return ValidationError(mistake.path, "string_too_short", "String should have at least 1 character")
        case MistakeKind.TOO_SMALL:
            error_type, message = "greater_than_equal", f"greater than or equal to {params['low']}"
        case MistakeKind.TOO_LARGE:
            error_type, message = "less_than_equal", f"less than or equal to {params['high']}"
        case _ if params.get("whole"):
            error_type, message = "int_type", "a valid integer"
        case _ if "options" in params:
            *options, last = map(repr, params["options"])
            error_type, message = "literal_error", f"{', '.join(options)} or {last}"
        case _:
            error_type, message = _TYPE_WORDS[params["expected"]]
    return ValidationError(mistake.path, error_type, f"Input should be {message}")


def with_defaults(values: Mapping[str, Any], fields: FieldTable) -> dict[str, Any]:
    """Return every field of a table, with its default if it is absent, null or invalid."""
    result = {}
    for name, field in fields.items():
        value = values.get(name)
        if value is None or any(field.check(value, ())):
            value = field.default
        result[name] = value
    return result


_HEX_ID: Final = re.compile(r"[0-9a-fA-F]{24}")


def source_error(values: Mapping[str, Any]) -> str | None:
    """Return the name of the error that refuses a create with 400, or None; `values` are its fields, all valid.

    A refused request creates no project and costs nothing.
    """
    url, upload = values.get("sourceUrl"), values.get("uploadId")
    if not url and not upload:
        return "missing source"
    if url and upload:
        return "two sources"
    if upload and not _HEX_ID.fullmatch(upload):
        return "bad upload"
    end = values.get("selectedEnd")
    if end is not None and end - (values.get("selectedStart") or 0) < MIN_WINDOW_SECONDS:
        return "window too short"
    if url and not is_fetchable(url):
        return "unfetchable"
    return None


_SOURCE_BY_HOST: Final[Mapping[str, str]] = {
    "youtube.com": "Youtube",
    "youtu.be": "Youtube",
    "vimeo.com": "Vimeo",
    "twitch.tv": "TwitchVod",
    "twitter.com": "Twitter",
    "x.com": "Twitter",
    "rumble.com": "RumbleEmbed",
}
"""The `source` of a host; the names are those of the page of cancel-project, the hosts are inferred."""


def host_of(url: str) -> str:
    """Return a URL's host in lower case, or the text itself if it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme not in ("http", "https"):
        return url
    return parts.hostname or url


def is_fetchable(url: str) -> bool:
    """Return True if the fake accepts the URL as readable: http(s), and no host under `.invalid`.

    Which hosts the service cannot read from is not known; `.invalid` is reserved for names that never resolve.
    """
    host = host_of(url)
    return host != url and not f".{host}".rstrip(".").endswith(".invalid")


def source_name(url: str | None) -> str:
    """Return the `source` of a project made from a URL; without a URL it was an upload."""
    if not url:
        return "Upload"
    host = host_of(url)
    for known, name in _SOURCE_BY_HOST.items():
        if host == known or host.endswith(f".{known}"):
            return name
    return "Generic"


def default_title(url: str | None) -> str:
    """Return the first title: the URL's file name, else `video.mp4` (the pages: "usually the filename"; inferred)."""
    if not url or host_of(url) == url:
        return "video.mp4"
    path = url.partition("?")[0].partition("#")[0].split("//", 1)[-1].partition("/")[2]
    return unquote(path.rstrip("/").rpartition("/")[2]) or "video.mp4"


def build_spec(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is remembered of a create body; the handler has added `projectType` and `title` to it.

    Invalid values count as absent: the jobs of a scenario arrive here unchecked.
    """
    kind = body.get("projectType")
    if not isinstance(kind, str) or kind not in CREATE_FIELDS:
        kind = "clipping"
    fields = with_defaults(body, CREATE_FIELDS[kind])
    url, title = fields.get("sourceUrl"), body.get("title")
    if not isinstance(title, str) or not title:
        title = default_title(url)
    translations = [language for language in [fields.get("translationLanguage")] if language is not None]
    return {
        "title": title,
        "projectType": kind,
        "source": source_name(url),
        "genre": fields.get("genre", "talking"),
        "topics": list(fields.get("topics", ())),
        "clipDurations": [list(pair) for pair in fields.get("clipDurations", ())],
        "selectedStart": fields.get("selectedStart"),
        "selectedEnd": fields.get("selectedEnd"),
        "reframeClips": fields.get("reframeClips", kind == "reframe"),
        "exportResolution": int(fields.get("exportResolution", fields.get("resolution", 720))),
        "exportOrientation": fields.get("exportOrientation", fields.get("orientation", "landscape")),
        "captionsPreset": fields.get("captionsPreset"),
        "enableCaptions": fields.get("captionsPreset") is not None,
        "enableEmojis": fields.get("enableEmojis", False),
        "enableHighlights": fields.get("enableHighlights", False),
        "language": fields.get("language", fields.get("sourceLanguage")),
        "dubbingLanguage": fields.get("targetLanguage"),
        "translateTranscription": bool(translations),
        "translationLanguages": translations,
        "transcriptionScript": fields.get("transcriptionScript", "native"),
    }


def build_upload_spec(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is remembered of a get-upload-url body."""
    name = body.get("filename")
    return {"fileName": name if isinstance(name, str) else "video.mp4"}


def _fields_rule(operation: str, fields: FieldTable, page: str, sentence: str) -> VendorRule:
    names = [f"{name} (required)" if field.required else name for name, field in fields.items()]
    return VendorRule("requests", operation, ", ".join(names), Source(page, CAPTURED, sentence))


RULES: Final = (
    _fields_rule("create-clips", CREATE_FIELDS["clipping"], LIVE_SERVICE,
                 "The fields, types and defaults of the service's openapi.json."),
    *(
        _fields_rule(f"create-{kind}", CREATE_FIELDS[kind], f"page create-{kind}", "The page's table of fields.")
        for kind in ("captions", "reframe", "dubbing", "transcription")
    ),
    _fields_rule("cancel-project", PROJECT_ID_FIELDS, CANCEL_PAGE, "The body requires projectId."),
    _fields_rule("update-project", UPDATE_FIELDS, "page update-project", "The body requires projectId and title."),
    _fields_rule("get-project-clips", CLIP_LIST_FIELDS, "page get-project-clips", "Pages of at most 100 clips."),
    _fields_rule("get-clip-details", CLIP_FIELDS, "page get-clip-details", "The query requires both ids."),
    _fields_rule("get-upload-url", UPLOAD_URL_FIELDS, "page get-upload-url", "The body requires filename."),
    VendorRule("requests", "unknown fields and null", "unknown fields are ignored, an optional field may be null",
               Source("FastAPI", CAPTURED, "The default behaviour of the framework.", INFERRED)),
)  # fmt: skip
