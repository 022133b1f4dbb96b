"""What an analysis answers: made up, always the same for the same task, and of the form that was asked for.

The members of a result are those of the OpenAPI description of 2026-07-30; the texts are ours.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mockserver.vendors.twelvelabs.defaults import generation_id

_PROSE: Final = "A mock analysis: the video shows a short scene, a longer one, and an ending."
_INPUT_TOKENS: Final = 1_024
_BYTES_PER_TOKEN: Final = 4
_SAMPLE_VALUES: Final[Mapping[str, Any]] = {
    "string": "mock",
    "number": 1.5,
    "integer": 1,
    "boolean": True,
    "timestamp": 1.5,
    "null": None,
}


def analysis_result(task_id: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a task that is ready: `{generation_id, data, finish_reason, usage}`."""
    data = _result_text(options.get("response_format", {}))
    return {
        "generation_id": generation_id(task_id),
        "data": data,
        "finish_reason": "stop",
        "usage": {"output_tokens": len(data.encode()) // _BYTES_PER_TOKEN, "input_tokens": _INPUT_TOKENS},
    }


def _result_text(form: Mapping[str, Any]) -> str:
    """Prose, or JSON text where a schema or segments were asked for."""
    if "segment_definitions" in form:
        return orjson.dumps(
            {segment["id"]: [_segment_value(segment)] for segment in form["segment_definitions"]}
        ).decode()
    if "json_schema" in form:
        return orjson.dumps(_sample_value(form["json_schema"])).decode()
    return _PROSE


def _segment_value(definition: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {field["name"]: _sample_value(field) for field in definition.get("fields", ())}
    return {"start_time": 0.0, "end_time": 4.0, "metadata": metadata}


def _sample_value(schema: Any) -> Any:
    """A value of a schema's type: an object with its properties, an array with one element."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind in ("array", "time_array"):
        return [_sample_value(schema.get("items"))]
    if isinstance(kind, str) and kind in _SAMPLE_VALUES:
        words = schema.get("enum")
        return words[0] if isinstance(words, list) and words else _SAMPLE_VALUES[kind]
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    return {name: _sample_value(inner) for name, inner in properties.items()} if isinstance(properties, Mapping) else {}
