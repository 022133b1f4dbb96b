"""The scenario language: a YAML file becomes a `Scenario`, or a list of everything that is wrong with it.

`reader` keeps positions, `shapes` is a library of forms, `language` the tables of the language, `compile` gives the
words their values and `lint` holds them to the vendor's tables. No vendor is known here: they are passed in.
"""

from mockserver.scenario.codes import CODES
from mockserver.scenario.compile import load
from mockserver.scenario.model import ClockSetting, Expect, HttpCall, PlayStep, Scenario

__all__ = ["CODES", "ClockSetting", "Expect", "HttpCall", "PlayStep", "Scenario", "load"]
