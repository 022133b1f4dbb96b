"""What a test asks for with `@pytest.mark.videojob(...)`, checked before a session is made of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from mockserver.contract.explain import rule_ids
from mockserver.errors import MockError, did_you_mean, refuse, refuse_unknown
from mockserver.testing.scenario_head import SUFFIXES

CONDUCTS: Final = ("report", "error")
"""What the client's conduct does to a test: it is shown if the test fails, or makes it fail."""
_HINT: Final = '@pytest.mark.videojob("cancel-then-poll", clock="manual", seed=7, vendors={"phaseo": "2026-06-11"})'


class MarkerArguments(Protocol):
    """The arguments of one marker, as `pytest.Mark` has them."""

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments."""
        ...

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The named arguments."""
        ...


@dataclass(frozen=True, kw_only=True)
class SessionPlan:
    """The session that a test asks for."""

    scenario: str = ""
    """The name of a scenario that the server has; empty: none."""
    text: str = ""
    """The text of a scenario that only this session plays; empty: none."""
    file: str = ""
    """The name of that scenario in messages."""
    clock: str = "manual"
    seed: str = ""
    """Empty: the scenario's, else the server's."""
    vendors: Mapping[str, str] = field(default_factory=dict)
    """The date of an era by vendor."""
    conduct: str = "report"
    """One of `CONDUCTS`."""
    off_contract: Mapping[str, str] = field(default_factory=dict)
    """The rules that the test breaks on purpose, and why."""

    def session_fields(self, name: str) -> dict[str, Any]:
        """Return the body of the admin call that creates the session."""
        fields = {
            "name": name,
            "scenario": self.scenario,
            "text": self.text,
            "file": self.file,
            "clock": self.clock,
            "seed": self.seed,
            "vendors": dict(self.vendors),
        }
        return {key: value for key, value in fields.items() if value}


def default_plan(*, clock: str, conduct: str) -> SessionPlan:
    """Return the plan of a test without markers. Raises `MockError` TST005 for an unknown conduct."""
    if conduct not in CONDUCTS:
        raise refuse_unknown("TST005", "videojob_conduct", conduct, CONDUCTS)
    return SessionPlan(clock=clock, conduct=conduct)


def plan_session(marks: Iterable[MarkerArguments], defaults: SessionPlan, folders: Sequence[Path]) -> SessionPlan:
    """Join the markers of a test, the closest first: each argument is the closest marker's.

    `folders` are those that a path may be relative to, in this order. Raises `MockError` TST001 for an argument that
    the marker does not take, TST002 for a file that does not exist.
    """
    arguments: dict[str, Any] = {}
    for mark in marks:
        own = dict(mark.kwargs)
        if len(mark.args) > 1:
            raise refuse("TST001", f"videojob takes one scenario, and this marker has {len(mark.args)}", _HINT)
        if mark.args:
            own.setdefault("scenario", mark.args[0])
        arguments = {**own, **arguments}
    changes: dict[str, Any] = {}
    for name, value in arguments.items():
        if name == "scenario":
            changes |= scenario_fields(value, folders)
        elif name in _CHECKS:
            changes[name] = _CHECKS[name](name, value)
        else:
            raise refuse_unknown("TST001", "argument of videojob", name, ("scenario", *_CHECKS))
    return replace(defaults, **changes)


def scenario_fields(value: Any, folders: Sequence[Path]) -> dict[str, str]:
    """Return the fields of a plan for a scenario: a name, a path, or the scenario itself as a mapping.

    Raises `MockError` TST001 for anything else, TST002 for a file that does not exist.
    """
    if isinstance(value, Mapping):
        inline = {"scenario": "inline", **value}
        try:
            return {"scenario": "", "text": json.dumps(inline, indent=2), "file": "the test's scenario"}
        except (TypeError, ValueError) as error:
            raise refuse("TST001", f"the scenario is not made of JSON values: {error}") from None
    if not isinstance(value, str | Path) or not str(value):
        raise refuse("TST001", f"a scenario is a name, a path or a mapping, not {value!r}", _HINT)
    path = Path(value)
    if isinstance(value, str) and path.suffix not in SUFFIXES:
        return {"scenario": value, "text": "", "file": ""}
    for folder in folders:
        found = folder / path
        if found.is_file():
            return {"scenario": "", "text": found.read_text(encoding="utf-8"), "file": shown_path(found)}
    raise missing_scenario(path, folders)


def shown_path(path: Path) -> str:
    """Return a path as messages show it: from the working folder, if it lies there."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def missing_scenario(path: Path, folders: Sequence[Path]) -> MockError:
    """Build the error of a scenario file that is in none of the folders, with the nearest name."""
    tried = " and ".join(str((folder / path).parent) for folder in dict.fromkeys(folders))
    beside = [each.name for folder in folders for each in (folder / path).parent.glob("*") if each.suffix in SUFFIXES]
    near = did_you_mean(path.name, beside, cutoff=0.8)
    hint = "A path is relative to the test's file or to the root folder; a name has no suffix."
    return refuse("TST002", f"no scenario file {path.name!r} in {tried}{near}", hint)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise refuse("TST001", f"{name} is a text, not {value!r}", _HINT)
    return value


def _seed(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise refuse("TST001", f"{name} is a text or a whole number, not {value!r}", _HINT)
    return str(value)


def _conduct(name: str, value: Any) -> str:
    if value not in CONDUCTS:
        raise refuse_unknown("TST001", name, str(value), CONDUCTS)
    return str(value)


def _texts_by_name(name: str, value: Any) -> Mapping[str, str]:
    pairs = value.items() if isinstance(value, Mapping) else [(None, None)]
    if not all(isinstance(each, str) for pair in pairs for each in pair):
        raise refuse("TST001", f"{name} is a mapping of texts to texts, not {value!r}", _HINT)
    return dict(value)


def _reasons_by_rule(name: str, value: Any) -> Mapping[str, str]:
    reasons = _texts_by_name(name, value)
    for rule, reason in reasons.items():
        if rule not in rule_ids():
            detail = f"no contract has a rule {rule!r}{did_you_mean(rule, rule_ids())}"
            raise refuse("TST001", detail, "`mockserver explain RULE` describes one.")
        if not reason.strip():
            raise refuse("TST001", f"{name} gives no reason for {rule}", f'Say why: {name}={{"{rule}": "..."}}.')
    return reasons


_CHECKS: Final = {
    "clock": _text,
    "seed": _seed,
    "vendors": _texts_by_name,
    "conduct": _conduct,
    "off_contract": _reasons_by_rule,
}
"""The other arguments: each takes its name and value and returns the checked value, or raises `MockError` TST001."""
