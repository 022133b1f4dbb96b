"""What is remembered of a create body: each task's source and its effective options, in one form for both kinds.

A batch's prompt is an object, so it is remembered as `prompt_v2` is (that its tasks show it so is inferred).
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

GENERAL: Final = "general"
SEGMENTS: Final = "time_based_metadata"
MODES: Final = (GENERAL, SEGMENTS)

_OPTION_NAMES: Final = (
    "prompt",
    "prompt_v2",
    "image",
    "response_format",
    "temperature",
    "max_tokens",
    "min_segment_duration",
    "max_segment_duration",
    "start_time",
    "end_time",
)

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
    """An item's effective options: its own over the defaults, each as a whole."""
    options = {**body.get("defaults", {}), **request}
    if "prompt" in options:
        options["prompt_v2"] = options.pop("prompt")
    return {name: options[name] for name in _OPTION_NAMES if name in options}


def task_options(body: Mapping[str, Any]) -> dict[str, Any]:
    """A single task's options."""
    return {name: body[name] for name in _OPTION_NAMES if name in body}


def build_batch_spec(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A valid batch body -> `{model_name, analysis_mode, items: [{custom_id, video, options}]}`."""
    items = [
        {"custom_id": request.get("custom_id"), "video": request["video"], "options": batch_options(body, request)}
        for request in body["requests"]
    ]
    return {"model_name": body["model_name"], "analysis_mode": body["analysis_mode"], "items": items}


def build_task_spec(body: Mapping[str, Any], traits: TwelveLabsTraits) -> Mapping[str, Any]:
    """A valid task body -> `{model_name, analysis_mode, custom_id, video, options, idempotency_key}`."""
    return {
        "model_name": body.get("model_name", traits.models[0]),
        "analysis_mode": body.get("analysis_mode", GENERAL),
        "custom_id": body.get("custom_id"),
        "video": body.get("video"),
        "options": task_options(body),
        "idempotency_key": body.get("idempotency_key"),
    }
