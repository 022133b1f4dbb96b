"""The `request_params` of a task: what was asked, as far as answers show it.

Sources: the members are those of the OpenAPI description of 2026-07-30 (base64 data is never shown again); the second
era adds images and the formats of times (SDK 1.3.6); lists show long members shortened (SDK 1.3.6).
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.vendors.twelvelabs.traits import Traits

_WHOLE: Final = None
Shape = Mapping[str, Any] | list[Any] | None

_MEDIA: Final = {"name": _WHOLE, "media_type": _WHOLE, "url": _WHOLE, "asset_id": _WHOLE}
_FIELD: Final = {"name": _WHOLE, "type": _WHOLE, "description": _WHOLE, "enum": _WHOLE, "items": {"type": _WHOLE}}
_RANGE: Final = {"start_time": _WHOLE, "end_time": _WHOLE}


def _format(field: Shape) -> dict[str, Shape]:
    segment = {
        "id": _WHOLE,
        "description": _WHOLE,
        "fields": [field],
        "media_sources": [_MEDIA],
        "time_ranges": [_RANGE],
    }
    return {"type": _WHOLE, "json_schema": _WHOLE, "segment_definitions": [segment]}


_FIRST: Final[Mapping[str, Shape]] = {
    "prompt": _WHOLE,
    "prompt_v2": {"input_text": _WHOLE, "media_sources": [_MEDIA]},
    "response_format": _format(_FIELD),
    "temperature": _WHOLE,
    "max_tokens": _WHOLE,
    "min_segment_duration": _WHOLE,
    "max_segment_duration": _WHOLE,
    "start_time": _WHOLE,
    "end_time": _WHOLE,
}
_SECOND: Final[Mapping[str, Shape]] = {
    **_FIRST,
    "image": [_MEDIA],
    "response_format": {**_format({**_FIELD, "format": _WHOLE}), "segment_time_format": _WHOLE},
}

DEFAULT_TEMPERATURE: Final = 0.2
_SHORT: Final = 30
"""Characters of a prompt that a list shows."""


def request_params(mode: str, options: Mapping[str, Any], traits: Traits, *, brief: bool) -> dict[str, Any]:
    """The parameters of a task; `brief` as lists show them."""
    shown = _pick(options, _SECOND if traits.images else _FIRST)
    params = {"analysis_mode": mode, "temperature": DEFAULT_TEMPERATURE, **shown}
    if "image" in params:
        params["image"] = [{**image, "media_type": "image"} for image in params["image"]]
    return _shorten(params) if brief else params


def _pick(value: Any, shape: Shape) -> Any:
    """The part of a value that a shape names."""
    if isinstance(shape, Mapping):
        return {name: _pick(value[name], inner) for name, inner in shape.items() if name in value}
    if isinstance(shape, list):
        return [_pick(inner, shape[0]) for inner in value]
    return value


def _shorten(params: dict[str, Any]) -> dict[str, Any]:
    if "prompt" in params:
        params["prompt"] = params["prompt"][:_SHORT]
    if "prompt_v2" in params:
        params["prompt_v2"] = {**params["prompt_v2"], "input_text": params["prompt_v2"]["input_text"][:_SHORT]}
    if "response_format" in params:
        form = {name: value for name, value in params["response_format"].items() if name != "json_schema"}
        if "segment_definitions" in form:
            form["segment_definitions"] = form["segment_definitions"][:1]
        params["response_format"] = form
    return params
