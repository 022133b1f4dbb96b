"""What a create request may say, era by era: tables of fields, and the rules between fields.

The gateway is strict: an unknown key is a 400. Limits and rules are those of the source of 2026-08-22; what is dated
in `traits` applies from its era on, the rest is taken to hold in all of them (inferred).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from mockserver.vendors.phaseo.checks import (
    FieldPath,
    IssueValidator,
    ValidationIssue,
    any_object,
    any_value,
    array_of,
    boolean,
    make_issue,
    number_between,
    object_with,
    one_of,
    string,
    url,
)
from mockserver.vendors.phaseo.traits import PhaseoTraits

_PHASES: Final = ("created", "status_changed", "progress", "completed", "failed", "cancelled", "canceled", "expired")
EVENT_NAMES: Final = frozenset(_PHASES) | {f"{kind}.{phase}" for kind in ("job", "video", "batch") for phase in _PHASES}
"""What a webhook may subscribe to; a bare phase means the job's."""

_IMAGE_ROLES: Final = ("first_frame", "last_frame", "reference", "source", "mask")
_URL_OBJECT: Final = object_with({"url": url()}, "url", strict=False)
_ROLES: Final[Mapping[str, IssueValidator]] = {"role": one_of(*_IMAGE_ROLES), "reference_type": string()}
_IMAGE_INPUT: Final = object_with(
    {"type": one_of("image_url"), "image_url": _URL_OBJECT, **_ROLES}, "type", "image_url"
)
_MEDIA_INPUT: Final = object_with(
    {"type": one_of("video_url", "audio_url"), "media_url": _URL_OBJECT, **_ROLES}, "type", "media_url"
)


def _media_input(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
    """An image, or since 2026-08-10 a video or an audio."""
    media = isinstance(value, dict) and value.get("type") in ("video_url", "audio_url")
    yield from (_MEDIA_INPUT if media else _IMAGE_INPUT)(value, path)


def _event_list(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
    """A list of events; single strangers are dropped without a word, a list of nothing else is refused."""
    found = list(array_of(string())(value, path))
    yield from found
    if not found and value and not EVENT_NAMES.intersection(value):
        yield make_issue("No supported webhook event", path, "custom")


def _input_reference(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
    """A file or an image, not both."""
    found = list(object_with({"file_id": string(), "image_url": string()})(value, path))
    yield from found
    if not found and len(value) != 1:
        yield make_issue("Give file_id or image_url", path, "custom")


_CREATE_FIELDS: Final[Mapping[str, IssueValidator]] = {
    "model": string(),
    "prompt": string(32_000),
    "seconds": one_of("4", "8", "12", "16", "20"),
    "input_reference": _input_reference,
    "duration": number_between(1, 120, whole=True),
    "size": string(),
    "resolution": string(),
    "aspect_ratio": string(),
    "seed": number_between(whole=True),
    "sample_count": number_between(1, 4, whole=True),
    "negative_prompt": string(),
    "generate_audio": boolean,
    "enhance_prompt": boolean,
    "compression_quality": number_between(0, 100, whole=True),
    "person_generation": string(),
    "resize_mode": string(),
    "input_references": array_of(_IMAGE_INPUT),
    "provider_params": any_object,
    "output": object_with({"access": one_of("bytes", "signed_url", "both")}),
    "webhook": object_with({"url": url(local=True), "secret": string(), "events": _event_list}, strict=False),
    "provider": any_object,
    "routing": any_object,
    "debug": any_value,
    "beta": any_value,
}
_ENDPOINT_FIELDS: Final[Mapping[str, IssueValidator]] = {
    "webhook": object_with({"endpoint_id": string(), "events": _event_list}, "endpoint_id"),
}
_MEDIA_FIELDS: Final[Mapping[str, IssueValidator]] = {
    "input_references": array_of(_media_input),
    "input_video_duration": number_between(0, 3600, exclusive_low=True),
    "input_audio_duration": number_between(2, 20),
}

CrossFieldRule = Callable[[Mapping[str, Any]], Iterator[ValidationIssue]]


def _has_image(body: Mapping[str, Any]) -> bool:
    references = [entry for entry in body.get("input_references", []) if entry["type"] == "image_url"]
    return bool(references) or "image_url" in body.get("input_reference", {})


def _requires_prompt(body: Mapping[str, Any]) -> Iterator[ValidationIssue]:
    if not body.get("prompt", "").strip() and not _has_image(body):
        yield make_issue("Give a prompt or an image reference", ("prompt",), "custom")


def _size_excludes_resolution(body: Mapping[str, Any]) -> Iterator[ValidationIssue]:
    if "size" in body and ("resolution" in body or "aspect_ratio" in body):
        yield make_issue("size excludes resolution and aspect_ratio", ("size",), "custom")


def _no_duplicate_params(body: Mapping[str, Any]) -> Iterator[ValidationIssue]:
    for name in body.get("provider_params", {}):
        if name in _CREATE_FIELDS:
            yield make_issue(f"{name} is a field of the request itself", ("provider_params", name), "custom")


_CROSS_FIELD_RULES: Final[tuple[CrossFieldRule, ...]] = (
    _requires_prompt,
    _size_excludes_resolution,
    _no_duplicate_params,
)


@cache
def _create_schema(traits: PhaseoTraits) -> IssueValidator:
    fields = dict(_CREATE_FIELDS)
    if traits.names_endpoints:
        fields |= _ENDPOINT_FIELDS
    if traits.media_inputs:
        fields |= _MEDIA_FIELDS
    return object_with(fields)


def find_issues(body: Mapping[str, Any], traits: PhaseoTraits) -> list[ValidationIssue]:
    """What is wrong with a create body; rules between fields are looked at when each field is right by itself."""
    found = list(_create_schema(traits)(body, ()))
    return found or [wrong for rule in _CROSS_FIELD_RULES for wrong in rule(body)]
