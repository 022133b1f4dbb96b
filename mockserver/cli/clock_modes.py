"""Reads how a session's time passes from an answer of the admin API."""

from collections.abc import Mapping
from typing import Any

from mockserver.core.clock import ClockMode
from mockserver.core.instants import parse_duration


def clock_mode(answer: Mapping[str, Any]) -> ClockMode:
    """Return the mode of `{rate, auto}`, whose text is that of `--clock`: `manual`, `real`, `x60`, `auto:5s`.

    Raises `KeyError` if the answer is not about a clock.
    """
    return ClockMode(float(answer["rate"]), parse_duration(str(answer.get("auto", ""))) or 0)
