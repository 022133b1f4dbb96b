"""TwelveLabs' create requests: what a body must be, and what is remembered of it.

A body is checked by the tables of types and ranges below, then by the rules between its options (`option_rules`); the
first mistake is the answer. Sources: types and enums from the OpenAPI description of 2026-07-30, ranges from the texts
of the Python SDK 1.3.4 (first era) and 1.3.6 (second). Unknown members are accepted (inferred).

A batch's prompt is an object, so it is remembered as `prompt_v2` is (that its tasks show it so is inferred).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from mockserver.vendors.api import Source, VendorRule
from mockserver.vendors.checks import (
    Check,
    Mistake,
    MistakeKind,
    any_of,
    any_value,
    array_of,
    number,
    object_with,
    one_of,
    string,
)
from mockserver.vendors.twelvelabs import list_queries, option_rules
from mockserver.vendors.twelvelabs.errors import ParameterError, invalid_parameter, missing_parameter
from mockserver.vendors.twelvelabs.option_rules import GENERAL, MODES, EffectiveOptions, find_option_error
from mockserver.vendors.twelvelabs.states import CAPTURED, ID_PATTERN, OPENAPI, SDK
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits


def _first_error(check: Check, value: Any, *path: str) -> ParameterError | None:
    """Return the first mistake of a value in the vendor's words, or None."""
    mistake = next(check(value, path), None)
    if mistake is None:
        return None
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in mistake.path]
    name = "".join(parts).removeprefix(".")
    if mistake.kind is MistakeKind.MISSING:
        return missing_parameter(name)
    return invalid_parameter(name, _allowed(mistake))


def _allowed(mistake: Mistake) -> str:
    """Describe the values that are allowed in place of a mistake."""
    params = mistake.params
    if "options" in params:
        return f"it must be one of {', '.join(params['options'])}"
    if "whole" in params:
        noun = {True: "an integer", False: "a number"}[params["whole"]]
        bounds = [("at least", params["low"]), ("at most", params["high"])]
        words = " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
        return f"it must be {noun} {words}".rstrip()
    if "low" in params:
        least = f"it must be an array of at least {params['low']}"
        if params["high"] is None:
            return f"{least} elements"
        return f"{least} and at most {params['high']} elements"
    if "allowed" in params:
        return params["allowed"] or "it must be a string"
    return "it must be an object"


def _object(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return object_with({**required, **(optional or {})}, *required)


MAX_BATCH_ITEMS: Final = 1000
_URL: Final = string(r"(?a)(?i:https?)://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", allowed="it must be an http or https URL")
_ASSET: Final = string(ID_PATTERN, allowed="it must be an asset id of 24 hexadecimal digits")
_CUSTOM_ID: Final = string(
    r"[A-Za-z0-9_-]{1,64}", allowed="it must be 1 to 64 letters, digits, hyphens and underscores"
)
_TIME_FORMAT: Final = one_of("seconds", "hh:mm:ss", "hh:mm:ss.fff")
_SOURCES: Final = {"url": _URL, "asset_id": _ASSET, "base64_string": string()}

_MEDIA_SOURCE: Final = _object({"name": string(), "media_type": one_of("image")}, _SOURCES)
_PROMPT: Final = _object({"input_text": string()}, {"media_sources": array_of(_MEDIA_SOURCE, 0, 4)})
_FIELD_TYPES: Final = ("string", "boolean", "number", "integer", "array", "timestamp", "time_array")
_SEGMENT_FIELD: Final = _object(
    {"name": string(), "type": one_of(*_FIELD_TYPES), "description": string()},
    {"format": _TIME_FORMAT, "enum": array_of(string(), 0, 100), "items": _object({"type": string()})},
)
_SEGMENT: Final = _object(
    {"id": string(), "description": string()},
    {
        "fields": array_of(_SEGMENT_FIELD),
        "media_sources": array_of(_MEDIA_SOURCE, 0, 4),
        "time_ranges": array_of(_object({"start_time": number(), "end_time": number()})),
    },
)
_RESPONSE_FORMAT: Final = _object(
    {"type": one_of("json_schema", "segment_definitions")},
    {"json_schema": _object({}), "segment_definitions": array_of(_SEGMENT, 1, 20), "segment_time_format": _TIME_FORMAT},
)
_MAX_TOKENS: Final = number(1, whole=True, floats=False)
_OPTIONS: Final[Mapping[str, Check]] = {
    "response_format": _RESPONSE_FORMAT,
    "temperature": number(0, 1),
    "max_tokens": _MAX_TOKENS,
    "min_segment_duration": number(2),
    "max_segment_duration": number(2),
    "start_time": number(0),
    "end_time": number(0),
}
_BATCH_OPTIONS: Final[Mapping[str, Check]] = {"prompt": _PROMPT, **_OPTIONS}
_BATCH_VIDEO: Final = _object({"type": one_of("asset_id"), "asset_id": _ASSET})
_REQUEST: Final = _object({"video": _BATCH_VIDEO}, {"custom_id": _CUSTOM_ID, **_BATCH_OPTIONS})
_BATCH: Final = _object(
    {
        "model_name": one_of("pegasus1.5"),
        "analysis_mode": one_of(*MODES),
        "requests": array_of(_REQUEST, 1, MAX_BATCH_ITEMS),
    },
    {"defaults": _object({}, _BATCH_OPTIONS)},
)
_TASK_VIDEO: Final = _object({"type": one_of(*_SOURCES)})
_IMAGE: Final = _object({"name": string(r"(?a)\w+", allowed="it must be letters, digits and underscores")}, _SOURCES)
_TASK: Final[Mapping[str, Check]] = {
    "analysis_mode": one_of(*MODES),
    "custom_id": _CUSTOM_ID,
    "prompt": string(),
    "prompt_v2": _PROMPT,
    **_OPTIONS,
}


def batch_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    """Return the first mistake of a batch's create body, or None."""
    error = _first_error(_BATCH, body)
    if error is not None:
        return error
    # Custom ids of all items come before the options of the first: a duplicate is a mistake of the whole batch.
    custom_ids: set[str] = set()
    for index, request in enumerate(body["requests"]):
        custom_id = request.get("custom_id")
        if custom_id in custom_ids:
            return invalid_parameter(f"requests[{index}].custom_id", "another item of the batch has it")
        if custom_id is not None:
            custom_ids.add(custom_id)
    for index, request in enumerate(body["requests"]):
        effective = EffectiveOptions(
            options=batch_options(body, request),
            mode=body["analysis_mode"],
            model=body["model_name"],
            traits=traits,
            single=False,
        )
        error = find_option_error(effective, f"requests[{index}].")
        if error is not None:
            return error
    return None


@cache
def _task_check(traits: TwelveLabsTraits) -> Check:
    """Return the check of a task's body: images and tokens without limit came with the second era (SDK 1.3.6)."""
    common = {"model_name": one_of(*traits.models), **_TASK}
    if not traits.images:
        return _object({"video": any_value}, common)
    unlimited = any_of(one_of("unlimited"), _MAX_TOKENS)
    return _object({}, {**common, "image": array_of(_IMAGE, 1, 20), "max_tokens": unlimited})


def task_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    """Return the first mistake of a single task's create body, or None."""
    error = _first_error(_task_check(traits), body) or _video_error(body) or _image_error(body, traits)
    if error is not None:
        return error
    return find_option_error(
        EffectiveOptions(
            options=task_options(body),
            mode=body.get("analysis_mode", GENERAL),
            model=body.get("model_name", traits.models[0]),
            traits=traits,
            single=True,
        )
    )


def _video_error(body: Mapping[str, Any]) -> ParameterError | None:
    """A video has a type, and the member of that name."""
    if "video" not in body:
        return None
    error = _first_error(_TASK_VIDEO, body["video"], "video")
    if error is not None:
        return error
    source = body["video"]["type"]
    return _first_error(_object({source: _SOURCES[source]}), body["video"], "video")


def _image_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    """A task has a video or images, not both; images need the newest model and a plain prompt (SDK 1.3.6)."""
    has_images = traits.images and "image" in body
    if not has_images and "video" not in body:
        return missing_parameter("video")
    if not has_images:
        return None
    if "video" in body or "prompt_v2" in body:
        return invalid_parameter("image", "it excludes video and prompt_v2")
    if body.get("model_name", traits.models[0]) != traits.models[-1]:
        return invalid_parameter("model_name", f"images want {traits.models[-1]}")
    if "prompt" not in body:
        return missing_parameter("prompt")
    return None


# What is remembered

_OPTION_NAMES: Final = ("prompt", "prompt_v2", "image", *_OPTIONS)

BATCH_EXAMPLE: Final[Mapping[str, Any]] = {
    "model_name": "pegasus1.5",
    "analysis_mode": GENERAL,
    "defaults": {"prompt": {"input_text": "Summarize this video in three sentences."}},
    "requests": [
        {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}},
        {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4d"}, "custom_id": "summary-2"},
        {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4e"}, "custom_id": "summary-3"},
    ],
}
"""A body that creates a batch; its first item has no `custom_id`, so that it can be repeated."""

TASK_EXAMPLE: Final[Mapping[str, Any]] = {
    "video": {"type": "url", "url": "https://example.com/video.mp4"},
    "prompt": "Summarize this video in three sentences.",
}
"""A body that creates a single task."""


def batch_options(body: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's effective options: its own over the defaults, each as a whole."""
    options = {**body.get("defaults", {}), **request}
    if "prompt" in options:
        options["prompt_v2"] = options.pop("prompt")
    return {name: options[name] for name in _OPTION_NAMES if name in options}


def task_options(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a single task's options."""
    return {name: body[name] for name in _OPTION_NAMES if name in body}


def build_batch_spec(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is remembered of a batch: `{model_name, analysis_mode, items: [{custom_id, video, options}]}`."""
    items = [
        {"custom_id": request.get("custom_id"), "video": request["video"], "options": batch_options(body, request)}
        for request in body["requests"]
    ]
    return {"model_name": body["model_name"], "analysis_mode": body["analysis_mode"], "items": items}


def build_task_spec(body: Mapping[str, Any], traits: TwelveLabsTraits) -> Mapping[str, Any]:
    """Return what is remembered of a task: model, mode, custom_id, video, options and idempotency_key."""
    return {
        "model_name": body.get("model_name", traits.models[0]),
        "analysis_mode": body.get("analysis_mode", GENERAL),
        "custom_id": body.get("custom_id"),
        "video": body.get("video"),
        "options": task_options(body),
        "idempotency_key": body.get("idempotency_key"),
    }


RULES: Final = (
    VendorRule("requests", "create",
               f"model_name, analysis_mode and 1 to {MAX_BATCH_ITEMS} requests, each with the asset of a video",
               Source(OPENAPI, CAPTURED, "The required members and the enums of a batch's body.")),
    VendorRule("requests", "create_task", "a video, or since 2026-09-15 images; a prompt in the mode general",
               Source(SDK, "1.3.6", "The models of the requests and the texts of their fields.")),
    *option_rules.RULES,
    *list_queries.RULES,
)  # fmt: skip
