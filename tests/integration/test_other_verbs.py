"""A vendor may call its operations as it likes: with other words everything comes out the same."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.core.wire import Exchange, Request
from mockserver.distill.distiller import Distilled
from mockserver.engine.explain.request import explain_request
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.redaction.redactor import Redactor
from mockserver.runner.active.fuzz import Fuzzer, FuzzPlan
from mockserver.runner.active.fuzz_cases import generate_cases
from mockserver.runner.active.probe import Probe, ProbeLimits
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.judge.tours import scenario_tours
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import DEFAULT_START, in_process_targets
from mockserver.runner.targets.in_process import InProcessTarget
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from mockserver.trial.encounters import encounter_of
from mockserver.vendors.api import Vendor
from mockserver.vendors.registry import resolve_era
from tests.support.call_recorder import CallRecorder, distill
from tests.support.fake_world import VENDORS
from tests.support.other_verbs import OTHER_VENDORS, WORDS, other_verb

PINS = ("phaseo@2026-06-11", "twelvelabs@2026-07-30", "reap@2026-07-07")
_WORD = re.compile(rf"({'|'.join(WORDS)})(?=:)")
SCRIPT = """\
scenario: other-verbs
vendor: {pin}
cancel: {{race: completes-first}}
play:
  - {create}:
  - {{after: 1s, {get}: {{}}}}
  - {cancel}:
  - {list}:
  - {get}:
"""


def script_of(pin: str, *, other: bool) -> str:
    words = {word: other_verb(word) if other else word for word in WORDS}
    return SCRIPT.format(pin=pin, **words)


@pytest.mark.parametrize("pin", PINS)
def test_a_play_gets_the_same_answers(pin: str) -> None:
    played = []
    for vendors, other in ((VENDORS, False), (OTHER_VENDORS, True)):
        scenario = load_scenario(script_of(pin, other=other), vendors)
        result = Suite(vendors, in_process_targets(memory_store)).play(scenario)
        played.append([step.exchange for step in result.steps])
    assert played[0] == played[1]
    assert all(exchange is not None and exchange.response.status < 300 for exchange in played[0])


@pytest.mark.parametrize("pin", PINS)
def test_the_tours_of_lint_make_the_same_calls(pin: str) -> None:
    toured = []
    for vendors, other in ((VENDORS, False), (OTHER_VENDORS, True)):
        scenario = load_scenario(script_of(pin, other=other), vendors)
        names = [
            [step.operation for step in tour.steps] for tour in scenario_tours(scenario, resolve_era(pin, vendors))
        ]
        toured.append([[name and (name if other else other_verb(name)) for name in tour] for tour in names])
    assert toured[0] == toured[1]


@pytest.mark.parametrize("pin", PINS)
def test_a_trial_waits_for_the_same_encounter(pin: str) -> None:
    plain = encounter_of(load_scenario(script_of(pin, other=False), VENDORS), resolve_era(pin, VENDORS))
    other = encounter_of(load_scenario(script_of(pin, other=True), OTHER_VENDORS), resolve_era(pin, OTHER_VENDORS))
    assert other.cancels == {other_verb(name) for name in plain.cancels}
    assert other.cancels
    assert other.commands == {other_verb(name): times for name, times in plain.commands.items()}


class RecordingTarget(InProcessTarget):
    """The fake in this process, and the requests that it was sent."""

    def __init__(self, pin: str, vendors: Mapping[str, Vendor]) -> None:
        era = resolve_era(pin, vendors)
        setup = SessionSetup("here", {era.vendor: era}, Clock(0, DEFAULT_START, 0.0), "0", memory_store)
        super().__init__(Session(setup), era.vendor)
        self.sent: list[Request] = []

    def send(self, request: Request) -> Exchange:
        self.sent.append(request)
        return super().send(request)


def judge_of(pin: str) -> LiveJudge:
    vendor, _, date = pin.partition("@")
    return LiveJudge(TrafficSource("a fake", "fuzz", vendor, date, alone=True), Redactor(), lambda finding: None)


@pytest.mark.parametrize("pin", PINS[1:])
def test_the_fuzzer_sends_the_same_requests(pin: str) -> None:
    vendor, _, date = pin.partition("@")
    cases = list(generate_cases(load_capture(vendor, date), 2, 1, lambda: False))[:60]
    sent = []
    for vendors in (VENDORS, OTHER_VENDORS):
        target = RecordingTarget(pin, vendors)
        Fuzzer(resolve_era(pin, vendors), target, judge_of(pin), FuzzPlan(1, advance_to=target.advance_to)).run(cases)
        sent.append(target.sent)
    assert sent[0] == sent[1]
    assert len(sent[0]) > len(cases)


@pytest.mark.parametrize("pin", PINS)
@pytest.mark.parametrize("allow_writes", [False, True])
def test_the_probe_sends_the_same_requests(pin: str, *, allow_writes: bool) -> None:
    sent = []
    for vendors in (VENDORS, OTHER_VENDORS):
        target = RecordingTarget(pin, vendors)
        limits = ProbeLimits(allow_writes=allow_writes)
        notes = Probe(resolve_era(pin, vendors), "key", target, judge_of(pin), limits).run()
        sent.append((target.sent, notes))
    assert sent[0] == sent[1]
    assert {request.method for request in sent[0][0]} == ({"GET", "POST", "DELETE"} if allow_writes else {"GET"})
    assert bool(sent[0][1]) or allow_writes, "without a job the lists show nothing, and a note says so"


def recorded(pin: str, vendors: Mapping[str, Vendor], words: Mapping[str, str]) -> CallRecorder:
    recorder = CallRecorder(pin, "cancel: {race: completes-first}", vendors)
    job = recorder.call(words["create"])
    recorder.poll(job, 3, 3 * SECOND, words["get"])
    recorder.call(words["cancel"], job)
    recorder.poll(job, 20, 3 * SECOND, words["get"])
    recorder.call(words["delete"], job)
    return recorder


def script_and_play(found: Distilled) -> tuple[list[str], list[str]]:
    assert found.is_whole
    lines = [line for line in found.text.splitlines() if not line.startswith(("#", "title:"))]
    play = lines.index("play:")
    return lines[:play], lines[play:]


@pytest.mark.parametrize("pin", PINS)
def test_a_recording_is_distilled_to_the_same_scenario(pin: str) -> None:
    plain = distill(recorded(pin, VENDORS, {word: word for word in WORDS}).exchanges)
    other = distill(recorded(pin, OTHER_VENDORS, WORDS).exchanges, OTHER_VENDORS)
    script, play = script_and_play(plain)
    assert script_and_play(other) == (script, [_WORD.sub(lambda verb: WORDS[verb[0]], line) for line in play])
    assert any("abort" in line for line in script_and_play(other)[1])


@pytest.mark.parametrize("pin", PINS)
def test_an_answer_has_the_same_reasons(pin: str) -> None:
    reasons: list[Any] = []
    for vendors in (VENDORS, OTHER_VENDORS):
        target = RecordingTarget(pin, vendors)
        Probe(resolve_era(pin, vendors), "key", target, judge_of(pin), ProbeLimits(allow_writes=True)).run()
        session = target.session
        explained = [explain_request(session, entry) for entry in session.journal]
        reasons.append([[reason.code for reason in each.reasons] for each in explained])
    assert reasons[0] == reasons[1]
    codes = {code for each in reasons[0] for code in each}
    assert any(code.startswith("CANCEL_") for code in codes)
