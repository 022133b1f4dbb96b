"""The second half of lint: the answers that a scenario scripts, judged by the captured contract.

Only a scenario that scripts content (`fields`, an item's `error` or `data`, a `refuse` with a body) can break the
contract, so only such are tried. Each of their jobs is led through its timeline in process, read in every state and
cancelled in every state, and every answer is judged. A violation is a problem unless the scenario lists the rule under
`off_contract`.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Final

from mockserver.contract.explain import rule_ids
from mockserver.contract.findings import Finding
from mockserver.core.instants import MINUTE
from mockserver.core.pointer import parse_pointer
from mockserver.core.ratelimit import RateLimit
from mockserver.core.wire import Exchange
from mockserver.engine.faults import FAULT_HEADER
from mockserver.engine.store import Store
from mockserver.errors import Location, Problem, did_you_mean
from mockserver.runner.judge.judges import PlayJudge
from mockserver.runner.judge.tours import scenario_tours
from mockserver.runner.play.player import Player
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.model import Scenario
from mockserver.scenario.reader import read_yaml
from mockserver.vendors.api import Era, Role
from mockserver.vendors.faults import ALWAYS, Fault

VIOLATION_CODE: Final = "RUN006"
_NO_LIMIT: Final = RateLimit(1_000_000, MINUTE)
"""The limit of a tour: its requests must not use up the scenario's own limits."""


def contract_violations(scenario: Scenario, era: Era, make_store: Callable[[Era], Store]) -> list[Problem]:
    """Return unknown rules (RUN011), else the violations of what a scenario scripts (RUN006), each rule once a line."""
    unknown = _unknown_rules(scenario)
    if unknown or not scenario.script.may_break_contract:
        return unknown
    problems: dict[tuple[int, str], Problem] = {}
    breach = f"the answer that this makes {scenario.vendor} give breaks the captured contract"
    source_lines = scenario.text.splitlines()
    make_target = in_process_targets(make_store)
    script = scenario.script._replace(limits={"*": _NO_LIMIT}, active_limits={}, faults=())
    refuse_lines = _refuse_lines(scenario, era)
    for steps, fault in scenario_tours(scenario, era):
        faults: tuple[Fault, ...] = ()
        if fault is not None:
            # The fault acts on every call of its tour, whatever it waits for in the scenario.
            faults = (fault._replace(when=ALWAYS, job=""),)
        judge = _CollectingJudge(era, scenario.off_contract)
        tour = scenario._replace(play=steps, off_contract={}, script=script._replace(faults=faults))
        result = Player(tour, era, make_target(tour, era), judge).play()
        answered = [step for step in result.steps if step.exchange is not None]
        for step, findings in zip(answered, judge.errors_by_answer, strict=True):
            line = step.step.line
            refused = refuse_lines.get(step.step.operation or "")
            if refused:
                line = refused
            if fault is not None:
                line = fault.line
                response = step.exchange and step.exchange.response
                if response is None or response.header(FAULT_HEADER) is None:
                    continue
            for finding in findings:
                line = line or _line_of_field(scenario, finding)
                excerpt = ""
                if 0 < line <= len(source_lines):
                    excerpt = source_lines[line - 1]
                location = Location(scenario.path, line or 1, len(excerpt) - len(excerpt.lstrip()) + 1)
                message = f"{breach}: {finding.rule} {finding.message}"
                hint = f"Correct the value, or accept the violation: `off_contract: {{{finding.rule}: REASON}}`."
                problem = Problem(VIOLATION_CODE, message, hint, location, excerpt)
                problems.setdefault((line, finding.rule), problem)
    return [problems[key] for key in sorted(problems)]


def _refuse_lines(scenario: Scenario, era: Era) -> dict[str, int]:
    """Return the line of each scripted refusal by the operation that it answers."""
    lines: dict[str, int] = {}
    for name, cancel in scenario.script.cancels.items():
        operation = era.operation_of(name, Role.CANCEL)
        if operation is not None and cancel.refusal is not None:
            lines[operation.name] = cancel.refuse_line
    return lines


def _unknown_rules(scenario: Scenario) -> list[Problem]:
    """Return a problem for each rule under `off_contract` that no contract has."""
    # Most scenarios name no rule: those of every contract are read for the others alone.
    known = rule_ids() if scenario.off_contract else ()
    unknown = [rule for rule in scenario.off_contract if rule not in known]
    if not unknown:
        return []
    root, diagnostics = read_yaml(scenario.text, scenario.path)
    listed = root.get("off_contract")
    assert listed is not None  # noqa: S101 -- the rules come from there
    for key, value in listed.entries:
        if key.text in unknown:
            message = f"no contract has a rule {key.text}{did_you_mean(key.text, known)}"
            diagnostics.add("RUN011", message, value, "`mockserver explain RULE` describes one.", on_key=True)
    return list(diagnostics.error().problems)


def _line_of_field(scenario: Scenario, finding: Finding) -> int:
    """Return the line that scripts the field of a finding, under `fields` anywhere in the file; 0 for none."""
    wanted = parse_pointer(finding.pointer)[:1]
    waiting = [read_yaml(scenario.text, scenario.path)[0]]
    while waiting:
        node = waiting.pop()
        for key, value in node.entries:
            if wanted == (key.text,) and key.parent is not None and key.parent.path_segment == "fields":
                return key.line
            waiting.append(value)
        waiting += node.items
    return 0


class _CollectingJudge:
    """Collects the errors of each answer by itself, and lets the play go on.

    Rules over time are left to the scenario's own play: a tour moves its jobs as no client could.
    """

    def __init__(self, era: Era, off_contract: Container[str]) -> None:
        self._judge = PlayJudge(era, alone=False)
        self._off_contract = off_contract
        self.errors_by_answer: list[list[Finding]] = []

    def __call__(self, exchange: Exchange) -> list[Finding]:
        """Collect the errors of an answer; report none to the play."""
        members = (each for finding in self._judge(exchange) for each in finding.members)
        errors = [finding for finding in members if finding.level == "error" and not finding.resource]
        self.errors_by_answer.append([finding for finding in errors if finding.rule not in self._off_contract])
        return []

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """Do nothing: a tour has no groups."""

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> list[Finding]:
        """Report nothing: the ledger is checked by the scenario's own play."""
        return []
