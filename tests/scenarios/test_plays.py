"""Every bundled play passes in process and over HTTP, and fails if any line of it changes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from mockserver.core.clock import Clock
from mockserver.core.subset import is_matcher
from mockserver.core.wire import Response
from mockserver.installed import installed_vendors
from mockserver.runner.play.expectations import decode_response_body
from mockserver.runner.play.results import PlayOutcome, PlayResult
from mockserver.runner.targets.factories import DEFAULT_START, mock_server_targets
from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import ExpectedAnswer, ExpectedDeliveries, PlayStep
from tests.support.bundled_scenarios import FILES, SHARED, failures_of, played, scenario, suite
from tests.support.fake_server import FakeServer, fake_server

BASE: Final = "//127.0.0.1:4810"


@pytest.mark.parametrize("name", FILES)
def test_a_play_is_ok_in_process(name: str) -> None:
    found = played(name)
    assert found.outcome is PlayOutcome.OK, "\n".join(failures_of(found))


def test_all_plays_take_less_than_five_seconds() -> None:
    for name in FILES:
        scenario(name)
    began = time.process_time()
    for name in FILES:
        SHARED.play(scenario(name))
    assert time.process_time() - began < 5


@pytest.fixture(scope="module")
def plays_server() -> Iterator[FakeServer]:
    known = [scenario(name) for name in FILES]
    clock = {"clock": lambda real: Clock(real, DEFAULT_START, 0.0)}
    with fake_server(known=known, judged=False, vendors=installed_vendors(), **clock) as running:
        yield running


def _answers(found: PlayResult, base: str = "") -> list[tuple[int, str, Any]]:
    """List status, content type and body of every answer, with the session's base URL replaced by `BASE`."""
    answers = [tried.exchange.response for tried in found.steps if tried.exchange is not None]
    return [_with_common_base(answer, base) for answer in answers if answer is not None]


def _with_common_base(answer: Response, base: str) -> tuple[int, str, Any]:
    body = answer.body.replace(base.encode(), BASE.encode()) if base else answer.body
    return answer.status, answer.header("content-type") or "", body


@pytest.mark.parametrize("name", FILES)
def test_over_http_the_answers_are_the_same(name: str, plays_server: FakeServer) -> None:
    places: list[str] = []
    over_http = mock_server_targets(plays_server.url)

    def make(*arguments: Any) -> Any:
        target = over_http(*arguments)
        places.append(target.spec.session)
        return target

    found = suite(make).play(scenario(name))
    assert found.outcome is PlayOutcome.OK, "\n".join(failures_of(found))
    base = f"{plays_server.url.removeprefix('http:')}/s/{places[0]}"
    assert _answers(found, base) == _answers(played(name))


@pytest.mark.parametrize("name", FILES)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    assert _answers(suite().play(scenario(name))) == _answers(played(name))


def test_another_seed_gives_other_ids() -> None:
    same = scenario("cancel-then-poll")
    assert _answers(SHARED.play(same._replace(seed="another"))) != _answers(played(same.name))


def test_requests_are_sent_at_the_times_of_their_steps() -> None:
    for name in FILES:
        found = played(name)
        start = found.scenario.clock.start or DEFAULT_START
        for tried in found.steps:
            if tried.exchange is not None:
                assert tried.exchange.sent_at == start + tried.at


def _invert_expectations(step: PlayStep) -> Iterator[PlayStep]:
    """Yield the step with one expectation inverted, for each expectation."""
    yield from (replace(step, expect=wrong) for wrong in _invert_answer(step.expect))
    for place, outcome in enumerate(step.outcomes):
        for wrong in _invert_answer(outcome):
            yield replace(step, outcomes=(*step.outcomes[:place], wrong, *step.outcomes[place + 1 :]))
    for place, member in enumerate(step.together):
        for other in _invert_expectations(member):
            yield replace(step, together=(*step.together[:place], other, *step.together[place + 1 :]))
    for entry, number in step.ledger.items():
        yield replace(step, ledger={**step.ledger, entry: number + 1})
    if step.deliveries is not None:
        yield from (replace(step, deliveries=wrong) for wrong in _invert_deliveries(step.deliveries))


def _invert_deliveries(wanted: ExpectedDeliveries) -> Iterator[ExpectedDeliveries]:
    """Yield the expected deliveries with one part inverted, for each part."""
    if wanted.count is not None:
        yield replace(wanted, count=wanted.count + 1)
    if wanted.events is not None:
        yield replace(wanted, events=(*wanted.events, "another"))
    if wanted.answers is not None:
        yield replace(wanted, answers=(*wanted.answers[:-1], 418))
    if wanted.signed:
        yield replace(wanted, signed="unsigned" if wanted.signed != "unsigned" else "ok")
    yield from (replace(wanted, body=body) for body in (_change_leaf(wanted.body) if wanted.body is not None else ()))
    for place, (header, value) in enumerate(wanted.headers):
        yield replace(wanted, headers=(*wanted.headers[:place], (header, value + "0"), *wanted.headers[place + 1 :]))


def _invert_answer(expect: ExpectedAnswer) -> Iterator[ExpectedAnswer]:
    """Yield the expected answer with one part inverted, for each part."""
    if expect.status is not None:
        yield expect._replace(status=418)
    if expect.no_answer:
        yield expect._replace(no_answer=False)
    if expect.one_of:
        yield expect._replace(one_of=(ExpectedAnswer(status=418),))
    if expect.reason:
        yield expect._replace(reason=expect.reason + "-not")
    for body in _change_leaf(expect.body) if expect.body is not None else ():
        yield expect._replace(body=body)
    for place, (header, value) in enumerate(expect.headers):
        headers = [*expect.headers]
        headers[place] = header, value + "0"
        yield expect._replace(headers=tuple(headers))


def _change_leaf(value: Any) -> Iterator[Any]:
    """Yield the value with one leaf changed, for each leaf."""
    if is_matcher(value):
        yield {"$not": value}
        return
    match value:
        case dict():
            for key, inner in value.items():
                yield from ({**value, key: other} for other in _change_leaf(inner))
        case list() if value:
            yield value[:-1]
            for place, inner in enumerate(value):
                yield from ([*value[:place], other, *value[place + 1 :]] for other in _change_leaf(inner))
        case bool() | None:
            yield not value
        case int() | float():
            yield value + 1
        case str():
            yield value + "x"
        case _:
            yield ["something"]


def _inverted_plays(found: Scenario) -> Iterator[Scenario]:
    for place, step in enumerate(found.play):
        for wrong in _invert_expectations(step):
            yield found._replace(play=(*found.play[:place], wrong, *found.play[place + 1 :]))


@pytest.mark.parametrize("name", FILES)
def test_a_play_fails_if_any_expectation_is_inverted(name: str) -> None:
    inverted = list(_inverted_plays(scenario(name)))
    assert len(inverted) >= 2
    for changed in inverted:
        assert SHARED.play(changed).outcome is PlayOutcome.FAILED


def test_an_impossible_move_is_a_failed_step_and_the_play_continues() -> None:
    moving = scenario("manual-until-moved")
    found = SHARED.play(moving._replace(script=moving.script._replace(timeline_rules=())))
    assert found.outcome is PlayOutcome.FAILED
    assert [tried.title for tried in found.steps if tried.failures][:2] == ["get", "move to processing"]
    assert len(found.steps) == len(moving.play)


_BLANK: Final[dict[str, Any]] = {
    "timeline_rules": (),
    "items": (),
    "cancels": {},
    "fields": {},
    "limits": {},
    "active_limits": {},
}
_BLANK_JOB: Final[dict[str, Any]] = {"timeline": None, "items": (), "fields": {}, "body": {}, "age": 0}


def _without_one_line(found: Scenario) -> Iterator[tuple[str, Scenario]]:
    """Yield the scenario without one of its statements about jobs, for each statement."""
    script = found.script
    for name, blank in _BLANK.items():
        if getattr(script, name) != blank:
            yield name, found._replace(script=script._replace(**{name: blank}))
    for place, job in enumerate(script.jobs):
        for name, blank in _BLANK_JOB.items():
            if getattr(job, name) != blank:
                jobs = (*script.jobs[:place], job._replace(**{name: blank}), *script.jobs[place + 1 :])
                yield f"jobs[{place}].{name}", found._replace(script=script._replace(jobs=jobs))
    for place, fault in enumerate(script.faults):
        faults = (*script.faults[:place], *script.faults[place + 1 :])
        yield f"the fault of line {fault.line}", found._replace(script=script._replace(faults=faults))
    yield from _without_one_webhook_fault(found)


def _without_one_webhook_fault(found: Scenario) -> Iterator[tuple[str, Scenario]]:
    """Yield the scenario without one of its webhook faults, for each fault."""
    hook = found.script.webhook_endpoint
    if hook is None:
        return
    fewer = [
        (*hook.delivery_faults[:place], *hook.delivery_faults[place + 1 :])
        for place in range(len(hook.delivery_faults))
    ]
    less = [hook._replace(delivery_faults=deliver) for deliver in fewer]
    for name in ("receiver_responses", "events"):
        less += [hook._replace(**{name: ()})] if getattr(hook, name) else []
    for other in less:
        yield str(other), found._replace(script=found.script._replace(webhook_endpoint=other))


@pytest.mark.parametrize("name", FILES)
def test_no_line_of_a_scenario_is_redundant(name: str) -> None:
    """Without any one statement above it, the play fails."""
    redundant = [
        what for what, less in _without_one_line(scenario(name)) if SHARED.play(less).outcome is PlayOutcome.OK
    ]
    assert not redundant


@pytest.mark.parametrize(("date", "other"), [("2026-05-06", "2026-06-11"), ("2026-06-11", "2026-08-10")])
def test_a_cancel_of_one_era_fails_in_another(date: str, other: str) -> None:
    cancels = [
        found
        for found in map(scenario, FILES)
        if found.vendor == "phaseo" and found.date == date and not found.script.cancels
        if any(step.operation == "cancel" and step.key != "invalid" for step in found.play)
    ]
    assert len(cancels) >= 2
    for found in cancels:
        assert SHARED.play(found._replace(date=other)).outcome is PlayOutcome.FAILED, found.name


def test_a_play_fails_if_off_contract_names_a_rule_that_holds() -> None:
    declaring = scenario("cancel-then-poll")._replace(off_contract={"P1": "for no reason"})
    assert SHARED.play(declaring).outcome is PlayOutcome.FAILED


@pytest.mark.parametrize("name", [name for name in FILES if scenario(name).off_contract])
def test_a_play_fails_if_a_broken_rule_is_not_declared(name: str) -> None:
    assert SHARED.play(scenario(name)._replace(off_contract={})).outcome is PlayOutcome.FAILED


def _bodies(vendor: str) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in the answers of a vendor's scenarios, and the objects in their lists."""
    for found in (played(name) for name in FILES if scenario(name).vendor == vendor):
        for tried in found.steps:
            body = decode_response_body(tried.exchange.response) if tried.exchange and tried.exchange.response else None
            if isinstance(body, dict):
                yield body
                yield from (
                    inner
                    for value in body.values()
                    if isinstance(value, list)
                    for inner in value
                    if isinstance(inner, dict)
                )


def test_conditional_fields_are_present_only_under_their_conditions() -> None:
    """Single plays check it with `absent`; this test checks every answer of every play."""
    batches = [body for body in _bodies("twelvelabs") if "total_items" in body and "queued_items" in body]
    assert {batch["status"] for batch in batches} == {
        "pending", "processing", "canceling", "canceled", "completed", "expired",
    }  # fmt: skip
    for batch in batches:
        for ended in ("canceled", "completed", "expired"):
            assert (f"{ended}_at" in batch) == (batch["status"] == ended)
    videos = [body for body in _bodies("phaseo") if body.get("object") == "video" and "output_access" in body]
    assert {video["output_access"] for video in videos} == {"bytes", "signed_url", "both"}
    for video in videos:
        assert ("content_url" in video) == (video["output_access"] != "signed_url")
        assert ("download_url" in video) == (video["output_access"] != "bytes")
        assert bool(video.get("download_url")) <= (video["status"] == "completed")


def test_no_answer_contains_a_webhook_secret() -> None:
    for _, _, body in _answers(played("webhook-secret-never-shown")):
        assert b"whsec_keep_me" not in body
