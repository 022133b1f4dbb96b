"""Phaseo's requests: what a create body must be, what is remembered of it, and the video that a path names.

The gateway is strict: an unknown key is a 400. Limits and rules are those of the source of 2026-08-22; what `traits`
dates applies from its era on, the rest is taken to hold in all of them (inferred). Mistakes are worded as zod does.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.forms import UploadedFile
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors import checks
from mockserver.vendors.api import BodyFormat, BodyPolicy, Call, FormFields, Source, VendorRule
from mockserver.vendors.checks import JSON_TYPE_NAMES, Check, FieldPath, Mistake, MistakeKind, custom, object_with
from mockserver.vendors.phaseo.errors import error_response
from mockserver.vendors.phaseo.models import DEFAULT_MODEL, DEFAULT_MODEL_NAME, find_model
from mockserver.vendors.phaseo.states import CODE, NEWEST_CODE, VIDEO_KIND
from mockserver.vendors.phaseo.traits import PhaseoTraits


def find_video(call: Call) -> Job | Response:
    """Return the video that the path names, or the 404 for it; the reason differs for a deleted one."""
    video_id = call.path_params["video_id"]
    job = call.view.job(VIDEO_KIND, video_id)
    if job is None or call.now < job.created:
        return error_response(call, "not_found", "video_not_found_or_not_owned", video_id=video_id)
    if job.deletion is not None:
        return error_response(call, "not_found", "video_deleted", video_id=video_id)
    return job


# The create body

_PHASES: Final = ("created", "status_changed", "progress", "completed", "failed", "cancelled", "canceled", "expired")
EVENT_NAMES: Final = frozenset(_PHASES) | {f"{kind}.{phase}" for kind in ("job", "video", "batch") for phase in _PHASES}
"""The events that a webhook may subscribe to; a bare phase means the job's."""

_object: Final = partial(object_with, others=False, in_table_order=False)
_open_object: Final = partial(object_with, others=True, in_table_order=False)

_HTTPS_URL: Final = checks.string(r"(?i:https)://[^\s/?#]+\S*")
_LOCAL_URL: Final = checks.string(
    r"(?i:https)://[^\s/?#]+\S*|(?i:http://(?:localhost|127\.0\.0\.1|\[::1\]))(?:[:/]\S*)?"
)
"""https, or plain http to the machine itself."""
_IMAGE_ROLES: Final = ("first_frame", "last_frame", "reference", "source", "mask")
_URL_OBJECT: Final = _open_object({"url": _HTTPS_URL}, "url")
_ROLES: Final[Mapping[str, Check]] = {"role": checks.one_of(*_IMAGE_ROLES), "reference_type": checks.string()}
_IMAGE_INPUT: Final = _object(
    {"type": checks.one_of("image_url"), "image_url": _URL_OBJECT, **_ROLES}, "type", "image_url"
)
_MEDIA_INPUT: Final = _object(
    {"type": checks.one_of("video_url", "audio_url"), "media_url": _URL_OBJECT, **_ROLES}, "type", "media_url"
)


def _input(value: Any, path: FieldPath) -> Iterator[Mistake]:
    """Accept an image, or since 2026-08-10 a video or an audio."""
    check = _IMAGE_INPUT
    if isinstance(value, dict) and value.get("type") in ("video_url", "audio_url"):
        check = _MEDIA_INPUT
    yield from check(value, path)


def _event_list(value: Any, path: FieldPath) -> Iterator[Mistake]:
    """Accept a list of events; single unknown ones are dropped silently, a list of nothing else is refused."""
    mistakes = list(checks.array_of(checks.string())(value, path))
    yield from mistakes
    if not mistakes and value and not EVENT_NAMES.intersection(value):
        yield custom(path, "No supported webhook event")


CREATE_BODY: Final = BodyPolicy(
    (BodyFormat.JSON, BodyFormat.MULTIPART, BodyFormat.FORM),
    fields=FormFields(json=frozenset({"provider", "debug", "input_reference"})),
)
"""A create may be a form; its values are texts, but for three that may be JSON (source of 2026-02-17)."""


def _input_reference(value: Any, path: FieldPath) -> Iterator[Mistake]:
    """Accept an uploaded file, or the id of a file or the URL of an image, not both."""
    if isinstance(value, UploadedFile):
        return
    mistakes = list(_object({"file_id": checks.string(), "image_url": checks.string()})(value, path))
    yield from mistakes
    if not mistakes and len(value) != 1:
        yield custom(path, "Give file_id or image_url")


_CREATE_FIELDS: Final[Mapping[str, Check]] = {
    "model": checks.string(),
    "prompt": checks.string(max_length=32_000),
    "seconds": checks.one_of("4", "8", "12", "16", "20"),
    "input_reference": _input_reference,
    "duration": checks.number(1, 120, whole=True),
    "size": checks.string(),
    "resolution": checks.string(),
    "aspect_ratio": checks.string(),
    "seed": checks.number(whole=True),
    "sample_count": checks.number(1, 4, whole=True),
    "negative_prompt": checks.string(),
    "generate_audio": checks.boolean,
    "enhance_prompt": checks.boolean,
    "compression_quality": checks.number(0, 100, whole=True),
    "person_generation": checks.string(),
    "resize_mode": checks.string(),
    "input_references": checks.array_of(_IMAGE_INPUT),
    "provider_params": checks.any_object,
    "output": _object({"access": checks.one_of("bytes", "signed_url", "both")}),
    "webhook": _open_object({"url": _LOCAL_URL, "secret": checks.string(), "events": _event_list}),
    "provider": checks.any_object,
    "routing": checks.any_object,
    "debug": checks.any_value,
    "beta": checks.any_value,
}
_ENDPOINT_FIELDS: Final[Mapping[str, Check]] = {
    "webhook": _object({"endpoint_id": checks.string(), "events": _event_list}, "endpoint_id")
}
_MEDIA_FIELDS: Final[Mapping[str, Check]] = {
    "input_references": checks.array_of(_input),
    "input_video_duration": checks.number(0, 3600, exclusive=True),
    "input_audio_duration": checks.number(2, 20),
}


_FRAME_TYPES: Final = ("first_frame", "last_frame")
_FRAME_IMAGE: Final = _object(
    {"type": checks.one_of("image_url"), "frame_type": checks.one_of(*_FRAME_TYPES), "image_url": _URL_OBJECT},
    "type", "frame_type", "image_url",
)  # fmt: skip
_PREVIEW_FIELDS: Final[Mapping[str, Check]] = {
    "frame_images": checks.array_of(_FRAME_IMAGE, 1, 2),
    "provider_options": checks.any_object,
}


def _cross_field_mistakes(body: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistakes between fields; the types of the fields are right."""
    references = body.get("input_references", [])
    has_image = any(reference["type"] == "image_url" for reference in references)
    # As in the service, any input reference stands in for a prompt.
    has_image = has_image or "input_reference" in body or "frame_images" in body
    if not has_image and not body.get("prompt", "").strip():
        yield custom(("prompt",), "Give a prompt or an image reference")
    if "size" in body and ("resolution" in body or "aspect_ratio" in body):
        yield custom(("size",), "size excludes resolution and aspect_ratio")
    for name in body.get("provider_params", {}):
        if name in _CREATE_FIELDS:
            yield custom(("provider_params", name), f"{name} is a field of the request itself")


def _preview_mistakes(body: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistakes between the fields of 2026-09-17, and those that this era added for older fields."""
    frames = [frame["frame_type"] for frame in body.get("frame_images", ())]
    if len(set(frames)) < len(frames):
        yield custom(("frame_images",), "each frame_type may be given once")
    roles = [reference.get("role") for reference in body.get("input_references", ())]
    if frames and ("input_reference" in body or set(_FRAME_TYPES).intersection(roles)):
        yield custom(("frame_images",), "frame_images excludes input_reference and the frame roles of input_references")
    options = body.get("provider_options", {})
    if "provider_options" in body and "provider_params" in body:
        yield custom(("provider_options",), "provider_options excludes provider_params")
    for provider, fields in options.items():
        if not isinstance(fields, dict):
            yield custom(("provider_options", provider), "Expected object")
            continue
        for name in fields:
            if name in _CREATE_FIELDS:
                yield custom(("provider_options", provider, name), f"{name} is a field of the request itself")
    if "seconds" in body and "duration" in body and int(body["seconds"]) != body["duration"]:
        yield custom(("seconds",), "seconds and duration must agree")


def _fields_of(traits: PhaseoTraits) -> dict[str, Check]:
    fields = dict(_CREATE_FIELDS)
    if traits.names_endpoints:
        fields |= _ENDPOINT_FIELDS
    if traits.media_inputs:
        fields |= _MEDIA_FIELDS
    if traits.preview:
        fields |= _PREVIEW_FIELDS
    return fields


@cache
def _create_check(traits: PhaseoTraits) -> Check:
    return _object(_fields_of(traits))


def find_issues(body: Mapping[str, Any], traits: PhaseoTraits) -> list[dict[str, Any]]:
    """Return the issues of a create body: `{message, path, keyword, params}` each, the entries of `details`."""
    # The rules between fields rely on the types of the fields.
    mistakes = list(_create_check(traits)(body, ()))
    if not mistakes:
        mistakes += _cross_field_mistakes(body)
        if traits.preview:
            mistakes += _preview_mistakes(body)
    return [_word(mistake) for mistake in mistakes]


class _Wording(NamedTuple):
    """A mistake as zod words it."""

    message: str
    keyword: str
    params: Mapping[str, Any]


def _word_wrong_type(params: Mapping[str, Any]) -> _Wording:
    expected, received = params["expected"], JSON_TYPE_NAMES[type(params["value"])]
    if expected == "integer":
        received = "float"
    elif expected == "option":
        expected = "string"
    message = f"Expected {expected}, received {received}"
    return _Wording(message, "invalid_type", {"expected": expected, "received": received})


def _word_too_small(params: Mapping[str, Any]) -> _Wording:
    bound = "greater than" if params["exclusive"] else "greater than or equal to"
    shown = {"minimum": params["low"], "type": "number", "inclusive": not params["exclusive"]}
    return _Wording(f"Number must be {bound} {params['low']}", "too_small", shown)


def _word_item_count(params: Mapping[str, Any]) -> _Wording:
    name, word, keyword, bound = "maximum", "most", "too_big", params["high"]
    if params["count"] < params["low"]:
        name, word, keyword, bound = "minimum", "least", "too_small", params["low"]
    message = f"Array must contain at {word} {bound} element(s)"
    return _Wording(message, keyword, {name: bound, "type": "array", "inclusive": True})


def _word_option(params: Mapping[str, Any]) -> _Wording:
    message = f"Invalid enum value. Expected {' | '.join(map(repr, params['options']))}"
    return _Wording(message, "invalid_enum_value", {"options": list(params["options"]), "received": params["value"]})


def _word_unknown_fields(params: Mapping[str, Any]) -> _Wording:
    names = ", ".join(map(repr, params["names"]))
    return _Wording(f"Unrecognized key(s) in object: {names}", "unrecognized_keys", {"keys": params["names"]})


_WORDINGS: Final[Mapping[MistakeKind, Callable[[Mapping[str, Any]], _Wording]]] = {
    MistakeKind.MISSING: lambda params: _Wording(
        "Required", "invalid_type", {"expected": "unknown", "received": "undefined"}
    ),
    MistakeKind.WRONG_TYPE: _word_wrong_type,
    MistakeKind.TOO_LONG: lambda params: _Wording(
        f"String must contain at most {params['limit']} character(s)",
        "too_big",
        {"maximum": params["limit"], "type": "string", "inclusive": True},
    ),
    MistakeKind.TOO_SMALL: _word_too_small,
    MistakeKind.TOO_LARGE: lambda params: _Wording(
        f"Number must be less than or equal to {params['high']}",
        "too_big",
        {"maximum": params["high"], "type": "number", "inclusive": True},
    ),
    MistakeKind.ITEM_COUNT: _word_item_count,
    MistakeKind.NOT_AN_OPTION: _word_option,
    MistakeKind.PATTERN: lambda params: _Wording("Invalid url", "invalid_string", {"validation": "url"}),
    MistakeKind.UNKNOWN_FIELDS: _word_unknown_fields,
    MistakeKind.CUSTOM: lambda params: _Wording(params["message"], "custom", {}),
}


def _word(mistake: Mistake) -> dict[str, Any]:
    wording = _WORDINGS[mistake.kind](mistake.params)
    return {
        "message": wording.message,
        "path": list(mistake.path),
        "keyword": wording.keyword,
        "params": wording.params,
    }


# What is remembered

MAX_CACHED_BODY: Final = 2_000
"""Bytes of a create body up to which what is remembered of it is shared."""
DEFAULT_EVENTS: Final = ("job.status_changed", "job.completed", "job.failed", "job.cancelled", "job.expired")


def build_spec(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is remembered of a create body; alike bodies share one result, so that many jobs cost little."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    text = orjson.dumps(dict(body), option=options, default=str)
    # A copy, because a serializer leaves up to 16 kB of memory behind what it has written.
    return _build_cached_spec(bytes(memoryview(text))) if len(text) <= MAX_CACHED_BODY else _build_spec(text)


def _build_spec(text: bytes) -> Mapping[str, Any]:
    body = orjson.loads(text)
    name = body.get("model", DEFAULT_MODEL_NAME)
    model = find_model(name) or DEFAULT_MODEL._replace(provider=None)
    seconds = int(body.get("duration") or body.get("seconds") or model.seconds[0])
    samples = int(body.get("sample_count", 1))
    webhook = body.get("webhook")
    return {
        "model": name,
        "provider": model.provider,
        "prompt": body.get("prompt"),
        "seconds": seconds,
        "size": body.get("size") or body.get("resolution") or model.resolutions[0],
        "audio": body.get("generate_audio", False),
        "samples": samples,
        "access": body.get("output", {}).get("access", "both"),
        "nanos": model.nanos_per_second * seconds * samples,
        "webhook": None if webhook is None else remember_webhook(webhook),
    }


_build_cached_spec: Final = lru_cache(maxsize=1024)(_build_spec)


def remember_webhook(webhook: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is remembered of a create's webhook: `{url, secret, endpoint_id, events, has_event_names}`."""
    # Unknown events are dropped; without any, the default ones hold.
    names = [event for event in webhook.get("events") or () if event in EVENT_NAMES]
    kept = {name: webhook.get(name) for name in ("url", "secret", "endpoint_id")}
    return kept | {"events": names or list(DEFAULT_EVENTS), "has_event_names": bool(names)}


def request_rules(traits: PhaseoTraits) -> list[VendorRule]:
    """Return the rules of an era about requests."""

    def rule(subject: str, text: str, sentence: str, date: str = NEWEST_CODE) -> VendorRule:
        return VendorRule("requests", subject, text, Source(CODE, date, sentence))

    rules = [
        rule("create", ", ".join(_fields_of(traits)), "The fields of the strict schema of a create."),
        rule("unknown fields", "400 validation_error", "The schema is strict."),
        rule("prompt", "required unless an image is given", "A rule of the schema."),
        rule(
            "forms",
            "multipart/form-data and urlencoded bodies are read, with texts as values",
            "Every value but those of a few fields stays a text, so that a number is refused.",
            "2026-02-17",
        ),
        rule("size", "excludes resolution and aspect_ratio", "A rule of the schema."),
        rule("provider_params", "must not repeat a field of the request", "A rule of the schema."),
    ]
    if traits.names_endpoints:
        rules.append(rule("webhook", "names an endpoint_id", "It replaced url and secret.", "2026-08-05"))
    if traits.media_inputs:
        rules.append(rule("input_references", "may be videos and audio", "With input_video_duration.", "2026-08-10"))
    if traits.preview:
        rules += [
            rule("frame_images", "a first and a last frame, each once", "The schema of the create.", "2026-09-17"),
            rule("provider_options", "excludes provider_params", "A rule of the schema.", "2026-09-17"),
            rule("seconds, duration", "must agree", "A rule of the schema.", "2026-09-17"),
        ]
    return rules
