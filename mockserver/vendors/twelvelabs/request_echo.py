"""The `request_params` of a task: what was asked, as far as answers show it.

Sources: the members are those of the OpenAPI description of 2026-07-30 (base64 data is never shown again); the second
era adds images and the formats of times (SDK 1.3.6); lists show long members shortened (SDK 1.3.6).
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

_WHOLE_VALUE: Final = None
FieldSelection = Mapping[str, Any] | list[Any] | None

_MEDIA: Final = {"name": _WHOLE_VALUE, "media_type": _WHOLE_VALUE, "url": _WHOLE_VALUE, "asset_id": _WHOLE_VALUE}
_FIELD: Final = {
    "name": _WHOLE_VALUE,
    "type": _WHOLE_VALUE,
    "description": _WHOLE_VALUE,
    "enum": _WHOLE_VALUE,
    "items": {"type": _WHOLE_VALUE},
}
_RANGE: Final = {"start_time": _WHOLE_VALUE, "end_time": _WHOLE_VALUE}


def _response_format(field: FieldSelection) -> dict[str, FieldSelection]:
    segment = {
        "id": _WHOLE_VALUE,
        "description": _WHOLE_VALUE,
        "fields": [field],
        "media_sources": [_MEDIA],
        "time_ranges": [_RANGE],
    }
    return {"type": _WHOLE_VALUE, "json_schema": _WHOLE_VALUE, "segment_definitions": [segment]}


_FIRST_ERA_FIELDS: Final[Mapping[str, FieldSelection]] = {
    "prompt": _WHOLE_VALUE,
    "prompt_v2": {"input_text": _WHOLE_VALUE, "media_sources": [_MEDIA]},
    "response_format": _response_format(_FIELD),
    "temperature": _WHOLE_VALUE,
    "max_tokens": _WHOLE_VALUE,
    "min_segment_duration": _WHOLE_VALUE,
    "max_segment_duration": _WHOLE_VALUE,
    "start_time": _WHOLE_VALUE,
    "end_time": _WHOLE_VALUE,
}
_SECOND_ERA_FIELDS: Final[Mapping[str, FieldSelection]] = {
    **_FIRST_ERA_FIELDS,
    "image": [_MEDIA],
    "response_format": {**_response_format({**_FIELD, "format": _WHOLE_VALUE}), "segment_time_format": _WHOLE_VALUE},
}

DEFAULT_TEMPERATURE: Final = 0.2
_BRIEF_PROMPT_LENGTH: Final = 30
"""Characters of a prompt that a list shows."""


def request_params(mode: str, options: Mapping[str, Any], traits: TwelveLabsTraits, *, brief: bool) -> dict[str, Any]:
    """The parameters of a task; `brief` as lists show them."""
    shown = _pick(options, _SECOND_ERA_FIELDS if traits.images else _FIRST_ERA_FIELDS)
    params = {"analysis_mode": mode, "temperature": DEFAULT_TEMPERATURE, **shown}
    if "image" in params:
        params["image"] = [{**image, "media_type": "image"} for image in params["image"]]
    return _shorten(params) if brief else params


def _pick(value: Any, selection: FieldSelection) -> Any:
    """The part of a value that a shape names."""
    if isinstance(selection, Mapping):
        return {name: _pick(value[name], inner) for name, inner in selection.items() if name in value}
    if isinstance(selection, list):
        return [_pick(inner, selection[0]) for inner in value]
    return value


def _shorten(params: dict[str, Any]) -> dict[str, Any]:
    if "prompt" in params:
        params["prompt"] = params["prompt"][:_BRIEF_PROMPT_LENGTH]
    if "prompt_v2" in params:
        params["prompt_v2"] = {
            **params["prompt_v2"],
            "input_text": params["prompt_v2"]["input_text"][:_BRIEF_PROMPT_LENGTH],
        }
    if "response_format" in params:
        form = {name: value for name, value in params["response_format"].items() if name != "json_schema"}
        if "segment_definitions" in form:
            form["segment_definitions"] = form["segment_definitions"][:1]
        params["response_format"] = form
    return params
