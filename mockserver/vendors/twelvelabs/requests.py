"""What a create body must be: tables of types and ranges, then a table of rules between the fields.

Sources: types and enums from the OpenAPI description of 2026-07-30, ranges and rules from the texts of the Python SDK
1.3.4 (first era) and 1.3.6 (second). Members that nobody names are let through (inferred).
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from mockserver.vendors.twelvelabs.checks import (
    INVALID,
    MISSING,
    ParameterError,
    ParameterValidator,
    any_of,
    any_value,
    array_of,
    invalid_parameter,
    missing_parameter,
    number_between,
    object_with,
    one_of,
    string,
)
from mockserver.vendors.twelvelabs.defaults import ID_PATTERN
from mockserver.vendors.twelvelabs.spec import GENERAL, MODES, SEGMENTS, batch_options, task_options
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

MAX_BATCH_ITEMS: Final = 1000
_URL: Final = string(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", "it must be an http or https URL")
_ASSET: Final = string(ID_PATTERN, "it must be an asset id of 24 hexadecimal digits")
_CUSTOM_ID: Final = string(r"[A-Za-z0-9_-]{1,64}", "it must be 1 to 64 letters, digits, hyphens and underscores")
_TIME_FORMAT: Final = one_of("seconds", "hh:mm:ss", "hh:mm:ss.fff")
_SOURCE_VALIDATORS: Final = {"url": _URL, "asset_id": _ASSET, "base64_string": string()}

_MEDIA_SOURCE: Final = object_with({"name": string(), "media_type": one_of("image")}, _SOURCE_VALIDATORS)
_PROMPT: Final = object_with({"input_text": string()}, {"media_sources": array_of(_MEDIA_SOURCE, 0, 4)})
_FIELD_TYPES: Final = ("string", "boolean", "number", "integer", "array", "timestamp", "time_array")
_SEGMENT_FIELD: Final = object_with(
    {"name": string(), "type": one_of(*_FIELD_TYPES), "description": string()},
    {"format": _TIME_FORMAT, "enum": array_of(string(), 0, 100), "items": object_with({"type": string()}, {})},
)
_TIME_RANGE: Final = object_with({"start_time": number_between(), "end_time": number_between()}, {})
_SEGMENT: Final = object_with(
    {"id": string(), "description": string()},
    {
        "fields": array_of(_SEGMENT_FIELD),
        "media_sources": array_of(_MEDIA_SOURCE, 0, 4),
        "time_ranges": array_of(_TIME_RANGE),
    },
)
_RESPONSE_FORMAT: Final = object_with(
    {"type": one_of("json_schema", "segment_definitions")},
    {
        "json_schema": object_with({}, {}),
        "segment_definitions": array_of(_SEGMENT, 1, 20),
        "segment_time_format": _TIME_FORMAT,
    },
)
_OPTIONS: Final[Mapping[str, ParameterValidator]] = {
    "response_format": _RESPONSE_FORMAT,
    "temperature": number_between(0, 1),
    "max_tokens": number_between(1, whole=True),
    "min_segment_duration": number_between(2),
    "max_segment_duration": number_between(2),
    "start_time": number_between(0),
    "end_time": number_between(0),
}
_BATCH_OPTIONS: Final[Mapping[str, ParameterValidator]] = {"prompt": _PROMPT, **_OPTIONS}
_BATCH_VIDEO: Final = object_with({"type": one_of("asset_id"), "asset_id": _ASSET}, {})
_REQUEST: Final = object_with({"video": _BATCH_VIDEO}, {"custom_id": _CUSTOM_ID, **_BATCH_OPTIONS})
_BATCH: Final = object_with(
    {
        "model_name": one_of("pegasus1.5"),
        "analysis_mode": one_of(*MODES),
        "requests": array_of(_REQUEST, 1, MAX_BATCH_ITEMS),
    },
    {"defaults": object_with({}, _BATCH_OPTIONS)},
)
_VIDEO_BY_TYPE: Final = {name: object_with({name: check}, {}) for name, check in _SOURCE_VALIDATORS.items()}
_IMAGE: Final = object_with({"name": string(r"\w+", "it must be letters, digits and underscores")}, _SOURCE_VALIDATORS)
_TASK: Final[Mapping[str, ParameterValidator]] = {
    "analysis_mode": one_of(*MODES),
    "custom_id": _CUSTOM_ID,
    "prompt": string(),
    "prompt_v2": _PROMPT,
    **_OPTIONS,
}

_TOKEN_RANGES: Final[Mapping[str, tuple[int, int]]] = {GENERAL: (512, 98_304), SEGMENTS: (2_048, 98_304)}
"""The range of `max_tokens` in each mode (SDK 1.3.4 and 1.3.6)."""


class _EffectiveOptions(NamedTuple):
    """A request's effective options, as the rules between fields see them."""

    options: Mapping[str, Any]
    mode: str
    model: str
    traits: TwelveLabsTraits
    single: bool
    """A task of its own, not an item of a batch."""

    @property
    def prompt_count(self) -> int:
        return sum(name in self.options for name in ("prompt", "prompt_v2"))

    @property
    def response_type(self) -> str:
        """The type of the response format; empty where none is asked for."""
        return str(self.options.get("response_format", {}).get("type", ""))

    @property
    def window(self) -> float | None:
        """Seconds of the window of analysis, where it has an end."""
        end = self.options.get("end_time")
        return None if end is None else end - self.options.get("start_time", 0)


class _OptionRule(NamedTuple):
    field: str
    code: str
    broken: Callable[[_EffectiveOptions], bool]
    allowed: str = ""


def _tokens_out_of_range(effective: _EffectiveOptions) -> bool:
    tokens = effective.options.get("max_tokens")
    low, high = _TOKEN_RANGES[effective.mode]
    return isinstance(tokens, int) and not low <= tokens <= high


def _unlimited_elsewhere(effective: _EffectiveOptions) -> bool:
    unlimited = effective.options.get("max_tokens") == "unlimited"
    return unlimited and not (effective.mode == SEGMENTS and effective.model == "pegasus1.6")


def _durations_crossed(effective: _EffectiveOptions) -> bool:
    low, high = (effective.options.get(f"{end}_segment_duration") for end in ("min", "max"))
    return low is not None and high is not None and low > high


def _window_too_long(effective: _EffectiveOptions) -> bool:
    """An item that is too long fails by itself; only a task of its own is refused for it."""
    longest = effective.traits.max_window
    return effective.single and longest is not None and effective.window is not None and effective.window > longest


_OPTION_RULES: Final = (
    _OptionRule("prompt", MISSING, lambda asked: asked.mode == GENERAL and not asked.prompt_count),
    _OptionRule(
        "prompt", INVALID, lambda asked: asked.mode == SEGMENTS and asked.prompt_count > 0, "this mode has no prompt"
    ),
    _OptionRule("prompt_v2", INVALID, lambda asked: asked.prompt_count > 1, "it excludes prompt"),
    _OptionRule("response_format", MISSING, lambda asked: asked.mode == SEGMENTS and not asked.response_type),
    _OptionRule(
        "response_format.type",
        INVALID,
        lambda asked: (
            asked.response_type != "" and (asked.mode == SEGMENTS) != (asked.response_type == "segment_definitions")
        ),
        "segment_definitions and the mode time_based_metadata go together",
    ),
    _OptionRule(
        "response_format.*",
        MISSING,
        lambda asked: asked.response_type not in ("", *asked.options.get("response_format", "")),
    ),
    _OptionRule("max_tokens", INVALID, _tokens_out_of_range, "it is outside the range of the mode"),
    _OptionRule("max_tokens", INVALID, _unlimited_elsewhere, "unlimited wants pegasus1.6 and time_based_metadata"),
    _OptionRule("max_segment_duration", INVALID, _durations_crossed, "it must not be less than min_segment_duration"),
    _OptionRule(
        "end_time",
        INVALID,
        lambda asked: asked.window is not None and asked.window < asked.traits.min_window,
        "it must be greater than start_time, and the window of analysis long enough",
    ),
    _OptionRule("end_time", INVALID, _window_too_long, "the window of analysis is longer than 2 hours"),
)


def _option_error(effective: _EffectiveOptions, prefix: str = "") -> ParameterError | None:
    rule = next((rule for rule in _OPTION_RULES if rule.broken(effective)), None)
    if rule is None:
        return None
    field = prefix + rule.field.replace("*", effective.response_type)
    return missing_parameter(field) if rule.code == MISSING else invalid_parameter(field, rule.allowed)


def batch_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    """The first flaw of a batch's create body, or None."""
    flaw = _BATCH(body, "")
    return flaw or _duplicate_custom_id(body["requests"]) or _item_error(body, traits)


def _duplicate_custom_id(requests: list[Mapping[str, Any]]) -> ParameterError | None:
    """Two items of one custom id (400, documented)."""
    seen: set[str] = set()
    for place, request in enumerate(requests):
        custom = request.get("custom_id")
        if custom in seen:
            return invalid_parameter(f"requests[{place}].custom_id", "another item of the batch has it")
        if custom is not None:
            seen.add(custom)
    return None


def _item_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    for place, request in enumerate(body["requests"]):
        asked = _EffectiveOptions(
            batch_options(body, request), body["analysis_mode"], body["model_name"], traits, single=False
        )
        flaw = _option_error(asked, f"requests[{place}].")
        if flaw is not None:
            return flaw
    return None


@cache
def _task_check(traits: TwelveLabsTraits) -> ParameterValidator:
    """Images and tokens without limit came with the second era (SDK 1.3.6)."""
    common = {"model_name": one_of(*traits.models), **_TASK}
    if not traits.images:
        return object_with({"video": any_value}, common)
    unlimited = any_of(one_of("unlimited"), _OPTIONS["max_tokens"])
    return object_with({}, {**common, "image": array_of(_IMAGE, 1, 20), "max_tokens": unlimited})


def task_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    """The first flaw of a single task's create body, or None."""
    flaw = _task_check(traits)(body, "") or _video_error(body) or _image_error(body, traits)
    if flaw is not None:
        return flaw
    mode, model = body.get("analysis_mode", GENERAL), body.get("model_name", traits.models[0])
    return _option_error(_EffectiveOptions(task_options(body), mode, model, traits, single=True))


def _video_error(body: Mapping[str, Any]) -> ParameterError | None:
    """A video has a type and the member of that name."""
    if "video" not in body:
        return None
    video = body["video"]
    flaw = object_with({"type": one_of(*_VIDEO_BY_TYPE)}, {})(video, "video")
    return flaw or _VIDEO_BY_TYPE[video["type"]](video, "video")


def _image_error(body: Mapping[str, Any], traits: TwelveLabsTraits) -> ParameterError | None:
    """A video or images, not both; images want the newest model and a plain prompt (SDK 1.3.6)."""
    if not traits.images or "image" not in body:
        return None if "video" in body else missing_parameter("video")
    if "video" in body or "prompt_v2" in body:
        return invalid_parameter("image", "it excludes video and prompt_v2")
    if body.get("model_name", traits.models[0]) != traits.models[-1]:
        return invalid_parameter("model_name", f"images want {traits.models[-1]}")
    return None if "prompt" in body else missing_parameter("prompt")
