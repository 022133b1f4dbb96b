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
    Check,
    Flaw,
    anything,
    array,
    either,
    invalid,
    missing,
    number,
    one_of,
    record,
    text,
)
from mockserver.vendors.twelvelabs.courses import ID_PATTERN
from mockserver.vendors.twelvelabs.spec import GENERAL, MODES, SEGMENTS, batch_options, task_options
from mockserver.vendors.twelvelabs.traits import Traits

LARGEST_BATCH: Final = 1000
_URL: Final = text(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", "it must be an http or https URL")
_ASSET: Final = text(ID_PATTERN, "it must be an asset id of 24 hexadecimal digits")
_CUSTOM_ID: Final = text(r"[A-Za-z0-9_-]{1,64}", "it must be 1 to 64 letters, digits, hyphens and underscores")
_TIME_FORMAT: Final = one_of("seconds", "hh:mm:ss", "hh:mm:ss.fff")
_SOURCES: Final = {"url": _URL, "asset_id": _ASSET, "base64_string": text()}

_MEDIA_SOURCE: Final = record({"name": text(), "media_type": one_of("image")}, _SOURCES)
_PROMPT: Final = record({"input_text": text()}, {"media_sources": array(_MEDIA_SOURCE, 0, 4)})
_FIELD_TYPES: Final = ("string", "boolean", "number", "integer", "array", "timestamp", "time_array")
_SEGMENT_FIELD: Final = record(
    {"name": text(), "type": one_of(*_FIELD_TYPES), "description": text()},
    {"format": _TIME_FORMAT, "enum": array(text(), 0, 100), "items": record({"type": text()}, {})},
)
_TIME_RANGE: Final = record({"start_time": number(), "end_time": number()}, {})
_SEGMENT: Final = record(
    {"id": text(), "description": text()},
    {
        "fields": array(_SEGMENT_FIELD),
        "media_sources": array(_MEDIA_SOURCE, 0, 4),
        "time_ranges": array(_TIME_RANGE),
    },
)
_RESPONSE_FORMAT: Final = record(
    {"type": one_of("json_schema", "segment_definitions")},
    {
        "json_schema": record({}, {}),
        "segment_definitions": array(_SEGMENT, 1, 20),
        "segment_time_format": _TIME_FORMAT,
    },
)
_OPTIONS: Final[Mapping[str, Check]] = {
    "response_format": _RESPONSE_FORMAT,
    "temperature": number(0, 1),
    "max_tokens": number(1, whole=True),
    "min_segment_duration": number(2),
    "max_segment_duration": number(2),
    "start_time": number(0),
    "end_time": number(0),
}
_BATCH_OPTIONS: Final[Mapping[str, Check]] = {"prompt": _PROMPT, **_OPTIONS}
_BATCH_VIDEO: Final = record({"type": one_of("asset_id"), "asset_id": _ASSET}, {})
_REQUEST: Final = record({"video": _BATCH_VIDEO}, {"custom_id": _CUSTOM_ID, **_BATCH_OPTIONS})
_BATCH: Final = record(
    {
        "model_name": one_of("pegasus1.5"),
        "analysis_mode": one_of(*MODES),
        "requests": array(_REQUEST, 1, LARGEST_BATCH),
    },
    {"defaults": record({}, _BATCH_OPTIONS)},
)
_VIDEO_BY_TYPE: Final = {name: record({name: check}, {}) for name, check in _SOURCES.items()}
_IMAGE: Final = record({"name": text(r"\w+", "it must be letters, digits and underscores")}, _SOURCES)
_TASK: Final[Mapping[str, Check]] = {
    "analysis_mode": one_of(*MODES),
    "custom_id": _CUSTOM_ID,
    "prompt": text(),
    "prompt_v2": _PROMPT,
    **_OPTIONS,
}

_TOKENS: Final[Mapping[str, tuple[int, int]]] = {GENERAL: (512, 98_304), SEGMENTS: (2_048, 98_304)}
"""The range of `max_tokens` in each mode (SDK 1.3.4 and 1.3.6)."""


class _Asked(NamedTuple):
    """A request's effective options, as the rules between fields see them."""

    options: Mapping[str, Any]
    mode: str
    model: str
    traits: Traits
    single: bool
    """A task of its own, not an item of a batch."""

    @property
    def prompts(self) -> int:
        return sum(name in self.options for name in ("prompt", "prompt_v2"))

    @property
    def form(self) -> str:
        """The type of the response format; empty where none is asked for."""
        return str(self.options.get("response_format", {}).get("type", ""))

    @property
    def window(self) -> float | None:
        """Seconds of the window of analysis, where it has an end."""
        end = self.options.get("end_time")
        return None if end is None else end - self.options.get("start_time", 0)


class _Rule(NamedTuple):
    field: str
    code: str
    broken: Callable[[_Asked], bool]
    allowed: str = ""


def _tokens_out_of_range(asked: _Asked) -> bool:
    tokens = asked.options.get("max_tokens")
    low, high = _TOKENS[asked.mode]
    return isinstance(tokens, int) and not low <= tokens <= high


def _unlimited_elsewhere(asked: _Asked) -> bool:
    unlimited = asked.options.get("max_tokens") == "unlimited"
    return unlimited and not (asked.mode == SEGMENTS and asked.model == "pegasus1.6")


def _durations_crossed(asked: _Asked) -> bool:
    low, high = (asked.options.get(f"{end}_segment_duration") for end in ("min", "max"))
    return low is not None and high is not None and low > high


def _window_too_long(asked: _Asked) -> bool:
    """An item that is too long fails by itself; only a task of its own is refused for it."""
    longest = asked.traits.longest
    return asked.single and longest is not None and asked.window is not None and asked.window > longest


_RULES: Final = (
    _Rule("prompt", MISSING, lambda asked: asked.mode == GENERAL and not asked.prompts),
    _Rule("prompt", INVALID, lambda asked: asked.mode == SEGMENTS and asked.prompts > 0, "this mode has no prompt"),
    _Rule("prompt_v2", INVALID, lambda asked: asked.prompts > 1, "it excludes prompt"),
    _Rule("response_format", MISSING, lambda asked: asked.mode == SEGMENTS and not asked.form),
    _Rule(
        "response_format.type",
        INVALID,
        lambda asked: asked.form != "" and (asked.mode == SEGMENTS) != (asked.form == "segment_definitions"),
        "segment_definitions and the mode time_based_metadata go together",
    ),
    _Rule(
        "response_format.*", MISSING, lambda asked: asked.form not in ("", *asked.options.get("response_format", ""))
    ),
    _Rule("max_tokens", INVALID, _tokens_out_of_range, "it is outside the range of the mode"),
    _Rule("max_tokens", INVALID, _unlimited_elsewhere, "unlimited wants pegasus1.6 and time_based_metadata"),
    _Rule("max_segment_duration", INVALID, _durations_crossed, "it must not be less than min_segment_duration"),
    _Rule(
        "end_time",
        INVALID,
        lambda asked: asked.window is not None and asked.window < asked.traits.shortest,
        "it must be greater than start_time, and the window of analysis long enough",
    ),
    _Rule("end_time", INVALID, _window_too_long, "the window of analysis is longer than 2 hours"),
)


def _rule_flaw(asked: _Asked, prefix: str = "") -> Flaw | None:
    rule = next((rule for rule in _RULES if rule.broken(asked)), None)
    if rule is None:
        return None
    field = prefix + rule.field.replace("*", asked.form)
    return missing(field) if rule.code == MISSING else invalid(field, rule.allowed)


def batch_flaw(body: Mapping[str, Any], traits: Traits) -> Flaw | None:
    """The first flaw of a batch's create body, or None."""
    flaw = _BATCH(body, "")
    return flaw or _repeated(body["requests"]) or _item_flaw(body, traits)


def _repeated(requests: list[Mapping[str, Any]]) -> Flaw | None:
    """Two items of one custom id (400, documented)."""
    seen: set[str] = set()
    for place, request in enumerate(requests):
        custom = request.get("custom_id")
        if custom in seen:
            return invalid(f"requests[{place}].custom_id", "another item of the batch has it")
        if custom is not None:
            seen.add(custom)
    return None


def _item_flaw(body: Mapping[str, Any], traits: Traits) -> Flaw | None:
    for place, request in enumerate(body["requests"]):
        asked = _Asked(batch_options(body, request), body["analysis_mode"], body["model_name"], traits, single=False)
        flaw = _rule_flaw(asked, f"requests[{place}].")
        if flaw is not None:
            return flaw
    return None


@cache
def _task_check(traits: Traits) -> Check:
    """Images and tokens without limit came with the second era (SDK 1.3.6)."""
    common = {"model_name": one_of(*traits.models), **_TASK}
    if not traits.images:
        return record({"video": anything}, common)
    unlimited = either(one_of("unlimited"), _OPTIONS["max_tokens"])
    return record({}, {**common, "image": array(_IMAGE, 1, 20), "max_tokens": unlimited})


def task_flaw(body: Mapping[str, Any], traits: Traits) -> Flaw | None:
    """The first flaw of a single task's create body, or None."""
    flaw = _task_check(traits)(body, "") or _video_flaw(body) or _image_flaw(body, traits)
    if flaw is not None:
        return flaw
    mode, model = body.get("analysis_mode", GENERAL), body.get("model_name", traits.models[0])
    return _rule_flaw(_Asked(task_options(body), mode, model, traits, single=True))


def _video_flaw(body: Mapping[str, Any]) -> Flaw | None:
    """A video has a type and the member of that name."""
    if "video" not in body:
        return None
    video = body["video"]
    flaw = record({"type": one_of(*_VIDEO_BY_TYPE)}, {})(video, "video")
    return flaw or _VIDEO_BY_TYPE[video["type"]](video, "video")


def _image_flaw(body: Mapping[str, Any], traits: Traits) -> Flaw | None:
    """A video or images, not both; images want the newest model and a plain prompt (SDK 1.3.6)."""
    if not traits.images or "image" not in body:
        return None if "video" in body else missing("video")
    if "video" in body or "prompt_v2" in body:
        return invalid("image", "it excludes video and prompt_v2")
    if body.get("model_name", traits.models[0]) != traits.models[-1]:
        return invalid("model_name", f"images want {traits.models[-1]}")
    return None if "prompt" in body else missing("prompt")
