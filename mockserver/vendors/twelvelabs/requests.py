"""TwelveLabs' requests: what a create body must be, what is remembered of it, and the queries of lists.

Create bodies are checked by tables of types and ranges, then by a table of rules between the fields; the first mistake
is the answer. Sources: types and enums from the OpenAPI description of 2026-07-30, ranges and rules from the texts of
the Python SDK 1.3.4 (first era) and 1.3.6 (second). Unknown members are accepted (inferred).

Lists: the OpenAPI description and the SDK 1.3.6: pages count from 1, with 10 entries by default and 50 at most, newest
first; the SDK's pager asks until a page is empty, so a page past the end is an empty 200.

A batch's prompt is an object, so it is remembered as `prompt_v2` is (that its tasks show it so is inferred).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from mockserver.vendors import http
from mockserver.vendors.api import Call, Source, VendorRule
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
from mockserver.vendors.twelvelabs.states import CAPTURED, ID_PATTERN, OPENAPI, SDK
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

GENERAL: Final = "general"
SEGMENTS: Final = "time_based_metadata"
MODES: Final = (GENERAL, SEGMENTS)


class ParameterError(NamedTuple):
    """Why a request is answered 400."""

    code: str
    """`MISSING` or `INVALID`, of the documented general codes."""
    message: str


MISSING: Final = "parameter_not_provided"
INVALID: Final = "parameter_invalid"


def missing_parameter(path: str) -> ParameterError:
    """Build the error of a required parameter that is absent."""
    return ParameterError(MISSING, f"The {path} parameter is required.")


def invalid_parameter(path: str, allowed: str) -> ParameterError:
    """Build the error of a parameter with a value that is not allowed."""
    return ParameterError(INVALID, f"The {path} parameter is invalid: {allowed}.")


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
_URL: Final = string(r"(?a)https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", allowed="it must be an http or https URL")
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

_TOKEN_RANGES: Final[Mapping[str, tuple[int, int]]] = {GENERAL: (512, 98_304), SEGMENTS: (2_048, 98_304)}
"""The range of `max_tokens` in each mode (SDK 1.3.4 and 1.3.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _EffectiveOptions:
    """A request's effective options, as the rules between fields see them."""

    options: Mapping[str, Any]
    mode: str
    model: str
    traits: TwelveLabsTraits
    single: bool
    """True for a single task, false for an item of a batch."""

    @property
    def prompt_count(self) -> int:
        return sum(name in self.options for name in ("prompt", "prompt_v2"))

    @property
    def response_type(self) -> str | None:
        """The type of the response format; None without one."""
        form: Mapping[str, str] = self.options.get("response_format", {})
        return form.get("type")

    @property
    def window(self) -> float | None:
        """Seconds of the window of analysis; None if it has no end."""
        if "end_time" not in self.options:
            return None
        length: float = self.options["end_time"] - self.options.get("start_time", 0)
        return length

    def wrong_response_type(self) -> bool:
        """Return True if the type of the response format is not that of the mode."""
        if self.response_type is None:
            return False
        return (self.mode == SEGMENTS) != (self.response_type == "segment_definitions")

    def response_part_missing(self) -> bool:
        """Return True if the response format lacks the member that its type names."""
        return self.response_type is not None and self.response_type not in self.options["response_format"]

    def tokens_out_of_range(self) -> bool:
        """Return True for a number of tokens outside the mode's range."""
        tokens = self.options.get("max_tokens")
        low, high = _TOKEN_RANGES[self.mode]
        return isinstance(tokens, int) and not low <= tokens <= high

    def unlimited_elsewhere(self) -> bool:
        """Return True for tokens without limit in a mode or a model that has a limit."""
        unlimited = self.options.get("max_tokens") == "unlimited"
        return unlimited and (self.mode != SEGMENTS or self.model != "pegasus1.6")

    def durations_crossed(self) -> bool:
        """Return True if the shortest duration of a segment is longer than the longest."""
        low, high = self.options.get("min_segment_duration"), self.options.get("max_segment_duration")
        return low is not None and high is not None and low > high

    def window_too_short(self) -> bool:
        """Return True if the window is shorter than the era's shortest."""
        return self.window is not None and self.window < self.traits.min_window

    def window_too_long(self) -> bool:
        """Return True for a single task's window beyond the longest; an item that is too long fails by itself."""
        longest = self.traits.max_window
        return self.single and longest is not None and self.window is not None and self.window > longest


class _OptionRule(NamedTuple):
    field: str
    code: str
    broken: Callable[[_EffectiveOptions], bool]
    allowed: str = ""


_OPTION_RULES: Final = (
    _OptionRule("prompt", MISSING, lambda request: request.mode == GENERAL and not request.prompt_count),
    _OptionRule("prompt", INVALID, lambda request: request.mode == SEGMENTS and request.prompt_count > 0,
                "this mode has no prompt"),
    _OptionRule("prompt_v2", INVALID, lambda request: request.prompt_count > 1, "it excludes prompt"),
    _OptionRule("response_format", MISSING, lambda request: request.mode == SEGMENTS and not request.response_type),
    _OptionRule("response_format.type", INVALID, _EffectiveOptions.wrong_response_type,
                "segment_definitions and the mode time_based_metadata go together"),
    _OptionRule("response_format.*", MISSING, _EffectiveOptions.response_part_missing),
    _OptionRule("max_tokens", INVALID, _EffectiveOptions.tokens_out_of_range, "it is outside the range of the mode"),
    _OptionRule("max_tokens", INVALID, _EffectiveOptions.unlimited_elsewhere,
                "unlimited wants pegasus1.6 and time_based_metadata"),
    _OptionRule("max_segment_duration", INVALID, _EffectiveOptions.durations_crossed,
                "it must not be less than min_segment_duration"),
    _OptionRule("end_time", INVALID, _EffectiveOptions.window_too_short,
                "it must be greater than start_time, and the window of analysis long enough"),
    _OptionRule("end_time", INVALID, _EffectiveOptions.window_too_long,
                "the window of analysis is longer than 2 hours"),
)  # fmt: skip
"""Rules between fields, in the order in which they are checked; `*` in a field is the response format's type."""


def _option_error(effective: _EffectiveOptions, prefix: str = "") -> ParameterError | None:
    for rule in _OPTION_RULES:
        if rule.broken(effective):
            field = prefix + rule.field.replace("*", effective.response_type or "")
            if rule.code == MISSING:
                return missing_parameter(field)
            return invalid_parameter(field, rule.allowed)
    return None


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
        effective = _EffectiveOptions(
            options=batch_options(body, request),
            mode=body["analysis_mode"],
            model=body["model_name"],
            traits=traits,
            single=False,
        )
        error = _option_error(effective, f"requests[{index}].")
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
    return _option_error(
        _EffectiveOptions(
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


# Lists

EntryT = TypeVar("EntryT")

_PAGE_NUMBER: Final = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)
_PAGE_LIMIT: Final = re.compile(r"0*(?:[1-9]|[1-4]\d|50)", re.ASCII)


class ListQuery(NamedTuple):
    """The query of a list."""

    page: http.Page
    states: frozenset[str] | None
    """None: the filter is not used."""
    modes: frozenset[str] | None

    def body(self, entries: Sequence[EntryT], render: Callable[[EntryT], dict[str, Any]]) -> dict[str, Any]:
        """Render the page of all entries that were found."""
        page = self.page
        info = {
            "limit_per_page": page.size,
            "page": page.number,
            "total_page": page.count(len(entries)),
            "total_results": len(entries),
        }
        return {"data": [render(entry) for entry in entries[page.start : page.start + page.size]], "page_info": info}


def parse_list_query(call: Call, states: Iterable[str]) -> ListQuery | ParameterError:
    """Parse the query of a list, or return its first mistake; filters may be repeated."""
    number_text, limit_text = call.query("page", "1"), call.query("page_limit", "10")
    if not _PAGE_NUMBER.fullmatch(number_text):
        return invalid_parameter("page", "it must be an integer of at least 1")
    if not _PAGE_LIMIT.fullmatch(limit_text):
        return invalid_parameter("page_limit", "it must be an integer from 1 to 50")
    filters: list[frozenset[str] | None] = []
    for name, allowed in (("status", tuple(states)), ("analysis_mode", MODES)):
        values = frozenset(call.query_all(name))
        if not values <= set(allowed):
            return invalid_parameter(name, f"it must be one of {', '.join(allowed)}")
        filters.append(values or None)
    return ListQuery(http.Page(int(number_text), int(limit_text)), *filters)


RULES: Final = (
    VendorRule("requests", "create",
               f"model_name, analysis_mode and 1 to {MAX_BATCH_ITEMS} requests, each with the asset of a video",
               Source(OPENAPI, CAPTURED, "The required members and the enums of a batch's body.")),
    VendorRule("requests", "create_task", "a video, or since 2026-09-15 images; a prompt in the mode general",
               Source(SDK, "1.3.6", "The models of the requests and the texts of their fields.")),
    *(
        VendorRule("requests", rule.field, rule.allowed or "required", Source(SDK, "1.3.6", "The text of the field."))
        for rule in _OPTION_RULES
    ),
    VendorRule("requests", "max_tokens",
               "; ".join(f"{low} to {high} in the mode {mode}" for mode, (low, high) in _TOKEN_RANGES.items()),
               Source(SDK, "1.3.4", "The text of the field.")),
    VendorRule("requests", "list, list_tasks",
               "pages from 1, 10 entries by default, 50 at most; an empty page past the end",
               Source(OPENAPI, CAPTURED, "The parameters page and page_limit; the SDK's pager ends at an empty page.")),
)  # fmt: skip
