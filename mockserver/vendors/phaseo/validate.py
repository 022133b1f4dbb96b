"""What a create request may say, era by era: tables of fields, and the rules between fields.

The gateway is strict: an unknown key is a 400. Limits and rules are those of the source of 2026-08-22; what is dated
in `traits` applies from its era on, the rest is taken to hold in all of them (inferred).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from mockserver.vendors.phaseo.checks import (
    Check,
    Issue,
    Path,
    anything,
    each,
    flag,
    issue,
    number,
    one_of,
    record,
    table,
    text,
    url,
)
from mockserver.vendors.phaseo.traits import Traits

_PHASES: Final = ("created", "status_changed", "progress", "completed", "failed", "cancelled", "canceled", "expired")
EVENTS: Final = frozenset(_PHASES) | {f"{kind}.{phase}" for kind in ("job", "video", "batch") for phase in _PHASES}
"""What a webhook may subscribe to; a bare phase means the job's."""

_IMAGES: Final = ("first_frame", "last_frame", "reference", "source", "mask")
_ADDRESS: Final = record({"url": url()}, "url", strict=False)
_ROLES: Final[Mapping[str, Check]] = {"role": one_of(*_IMAGES), "reference_type": text()}
_IMAGE_INPUT: Final = record({"type": one_of("image_url"), "image_url": _ADDRESS, **_ROLES}, "type", "image_url")
_MEDIA_INPUT: Final = record(
    {"type": one_of("video_url", "audio_url"), "media_url": _ADDRESS, **_ROLES}, "type", "media_url"
)


def _media_input(value: Any, path: Path) -> Iterator[Issue]:
    """An image, or since 2026-08-10 a video or an audio."""
    media = isinstance(value, dict) and value.get("type") in ("video_url", "audio_url")
    yield from (_MEDIA_INPUT if media else _IMAGE_INPUT)(value, path)


def _events(value: Any, path: Path) -> Iterator[Issue]:
    """A list of events; single strangers are dropped without a word, a list of nothing else is refused."""
    found = list(each(text())(value, path))
    yield from found
    if not found and value and not EVENTS.intersection(value):
        yield issue("No supported webhook event", path, "custom")


def _input_reference(value: Any, path: Path) -> Iterator[Issue]:
    """A file or an image, not both."""
    found = list(record({"file_id": text(), "image_url": text()})(value, path))
    yield from found
    if not found and len(value) != 1:
        yield issue("Give file_id or image_url", path, "custom")


_FIELDS: Final[Mapping[str, Check]] = {
    "model": text(),
    "prompt": text(32_000),
    "seconds": one_of("4", "8", "12", "16", "20"),
    "input_reference": _input_reference,
    "duration": number(1, 120, whole=True),
    "size": text(),
    "resolution": text(),
    "aspect_ratio": text(),
    "seed": number(whole=True),
    "sample_count": number(1, 4, whole=True),
    "negative_prompt": text(),
    "generate_audio": flag,
    "enhance_prompt": flag,
    "compression_quality": number(0, 100, whole=True),
    "person_generation": text(),
    "resize_mode": text(),
    "input_references": each(_IMAGE_INPUT),
    "provider_params": table,
    "output": record({"access": one_of("bytes", "signed_url", "both")}),
    "webhook": record({"url": url(local=True), "secret": text(), "events": _events}, strict=False),
    "provider": table,
    "routing": table,
    "debug": anything,
    "beta": anything,
}
_SINCE_ENDPOINTS: Final[Mapping[str, Check]] = {
    "webhook": record({"endpoint_id": text(), "events": _events}, "endpoint_id"),
}
_SINCE_MEDIA: Final[Mapping[str, Check]] = {
    "input_references": each(_media_input),
    "input_video_duration": number(0, 3600, above=True),
    "input_audio_duration": number(2, 20),
}

Rule = Callable[[Mapping[str, Any]], Iterator[Issue]]


def _has_image(body: Mapping[str, Any]) -> bool:
    references = [entry for entry in body.get("input_references", []) if entry["type"] == "image_url"]
    return bool(references) or "image_url" in body.get("input_reference", {})


def _needs_prompt(body: Mapping[str, Any]) -> Iterator[Issue]:
    if not body.get("prompt", "").strip() and not _has_image(body):
        yield issue("Give a prompt or an image reference", ("prompt",), "custom")


def _one_size(body: Mapping[str, Any]) -> Iterator[Issue]:
    if "size" in body and ("resolution" in body or "aspect_ratio" in body):
        yield issue("size excludes resolution and aspect_ratio", ("size",), "custom")


def _no_duplicates(body: Mapping[str, Any]) -> Iterator[Issue]:
    for name in body.get("provider_params", {}):
        if name in _FIELDS:
            yield issue(f"{name} is a field of the request itself", ("provider_params", name), "custom")


_RULES: Final[tuple[Rule, ...]] = (_needs_prompt, _one_size, _no_duplicates)


@cache
def _schema(traits: Traits) -> Check:
    fields = dict(_FIELDS)
    if traits.endpoints:
        fields |= _SINCE_ENDPOINTS
    if traits.media:
        fields |= _SINCE_MEDIA
    return record(fields)


def problems(body: Mapping[str, Any], traits: Traits) -> list[Issue]:
    """What is wrong with a create body; rules between fields are looked at when each field is right by itself."""
    found = list(_schema(traits)(body, ()))
    return found or [wrong for rule in _RULES for wrong in rule(body)]
