"""The rules between the options of a request: modes, prompts, response formats, tokens and windows of analysis.

Each rule is a row of one table; they are checked in its order, after the types and ranges of `requests.py`, and the
first broken one is the answer. Sources: the texts of the Python SDK 1.3.4 (first era) and 1.3.6 (second).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.vendors.api import Source, VendorRule
from mockserver.vendors.twelvelabs.errors import INVALID, MISSING, ParameterError, invalid_parameter, missing_parameter
from mockserver.vendors.twelvelabs.states import SDK
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

GENERAL: Final = "general"
SEGMENTS: Final = "time_based_metadata"
MODES: Final = (GENERAL, SEGMENTS)

_TOKEN_RANGES: Final[Mapping[str, tuple[int, int]]] = {GENERAL: (512, 98_304), SEGMENTS: (2_048, 98_304)}
"""The range of `max_tokens` in each mode (SDK 1.3.4 and 1.3.6)."""


class EffectiveOptions(NamedTuple):
    """A request's effective options, as the rules between fields see them."""

    options: Mapping[str, Any]
    mode: str
    model: str
    traits: TwelveLabsTraits
    single: bool
    """True for a single task, false for an item of a batch."""

    @property
    def prompt_count(self) -> int:
        """The number of prompts, in either form."""
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
    broken: Callable[[EffectiveOptions], bool]
    allowed: str = ""


_OPTION_RULES: Final = (
    _OptionRule("prompt", MISSING, lambda request: request.mode == GENERAL and not request.prompt_count),
    _OptionRule("prompt", INVALID, lambda request: request.mode == SEGMENTS and request.prompt_count > 0,
                "this mode has no prompt"),
    _OptionRule("prompt_v2", INVALID, lambda request: request.prompt_count > 1, "it excludes prompt"),
    _OptionRule("response_format", MISSING, lambda request: request.mode == SEGMENTS and not request.response_type),
    _OptionRule("response_format.type", INVALID, EffectiveOptions.wrong_response_type,
                "segment_definitions and the mode time_based_metadata go together"),
    _OptionRule("response_format.*", MISSING, EffectiveOptions.response_part_missing),
    _OptionRule("max_tokens", INVALID, EffectiveOptions.tokens_out_of_range, "it is outside the range of the mode"),
    _OptionRule("max_tokens", INVALID, EffectiveOptions.unlimited_elsewhere,
                "unlimited wants pegasus1.6 and time_based_metadata"),
    _OptionRule("max_segment_duration", INVALID, EffectiveOptions.durations_crossed,
                "it must not be less than min_segment_duration"),
    _OptionRule("end_time", INVALID, EffectiveOptions.window_too_short,
                "it must be greater than start_time, and the window of analysis long enough"),
    _OptionRule("end_time", INVALID, EffectiveOptions.window_too_long,
                "the window of analysis is longer than 2 hours"),
)  # fmt: skip
"""Rules between fields, in the order in which they are checked; `*` in a field is the response format's type."""


def find_option_error(effective: EffectiveOptions, prefix: str = "") -> ParameterError | None:
    """Return the first broken rule of a request's options, or None; `prefix` precedes the field's name."""
    for rule in _OPTION_RULES:
        if rule.broken(effective):
            field = prefix + rule.field.replace("*", effective.response_type or "")
            if rule.code == MISSING:
                return missing_parameter(field)
            return invalid_parameter(field, rule.allowed)
    return None


RULES: Final = (
    *(
        VendorRule("requests", rule.field, rule.allowed or "required", Source(SDK, "1.3.6", "The text of the field."))
        for rule in _OPTION_RULES
    ),
    VendorRule("requests", "max_tokens",
               "; ".join(f"{low} to {high} in the mode {mode}" for mode, (low, high) in _TOKEN_RANGES.items()),
               Source(SDK, "1.3.4", "The text of the field.")),
)  # fmt: skip
