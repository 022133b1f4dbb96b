"""Rules over time find nothing in a correct server, and each finds its own kind of broken server.

Three sorts of server are judged: small reference servers with overlapping clients and lost answers, the fake with
any script that keeps the contract, and reference servers with one mistake.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import HistoryJudge
from mockserver.core.instants import HOUR, SECOND
from mockserver.core.wire import Exchange, Response
from mockserver.vendors.api import Script
from tests.support.finding_texts import render_findings
from tests.support.histories import ERAS, PINS, histories, perform_all, scripts, world_for
from tests.support.reference_servers import SERVERS, Batches, Projects, Uncancellable, Videos, traffic


def judge_exchanges(exchanges, vendor, era, **how):
    history = HistoryJudge(vendor, era, schemas=False, **how)
    for exchange in exchanges:
        history.add(exchange)
    return history.finish()


def errors_and_warnings(findings) -> list[Finding]:
    return [finding for finding in findings if finding.level != "info"]


@pytest.mark.parametrize("clients", [1, 2, 4, 8])
@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("timed", [False, True], ids=["by sequence", "by time"])
def test_a_correct_server_has_no_findings(kind, clients, timed):
    for seed in range(12):
        exchanges = traffic(kind, seed, clients=clients)
        if timed:
            exchanges = [exchange._replace(sent_seq=0, answered_seq=0) for exchange in exchanges]
        judgement = judge_exchanges(exchanges, kind.vendor, kind.era)
        assert not errors_and_warnings(judgement.findings), render_findings(judgement.findings)
        assert judgement.outcome == "ok"
        assert not judgement.counts.late


def test_an_incomplete_recording_of_a_correct_server_has_no_findings():
    for seed in range(40):
        exchanges = traffic(SERVERS[seed % len(SERVERS)], seed, clients=3)[seed % 30 :]
        kind = SERVERS[seed % len(SERVERS)]
        reads = [exchange for exchange in exchanges if exchange.request.method != "GET" or exchange.sent_at % 3]
        assert not errors_and_warnings(judge_exchanges(reads, kind.vendor, kind.era, alone=False).findings)
        unknown = judge_exchanges(reads, kind.vendor, kind.era, alone=None).findings
        assert not [finding for finding in unknown if finding.level == "error"]


def with_another_key(exchanges):
    """Give every call an API key, and let another key be denied each job that is read."""
    own, other = {"authorization": "Bearer a", "x-api-key": "a"}, {"authorization": "Bearer b", "x-api-key": "b"}
    for exchange in exchanges:
        request = exchange.request._replace(headers=own)
        sent = 4 * exchange.sent_seq
        yield exchange._replace(request=request, sent_seq=sent, answered_seq=4 * exchange.answered_seq)
        if request.method == "GET":
            denied = Response(404, (("Content-Type", "application/json"),), b"{}")
            yield Exchange(
                request._replace(headers=other), denied, exchange.sent_at, exchange.sent_at, sent + 1, sent + 2
            )


def test_a_job_that_another_key_is_denied_has_no_findings():
    for seed in range(20):
        kind = SERVERS[seed % len(SERVERS)]
        exchanges = list(with_another_key(traffic(kind, seed, clients=3)))
        judgement = judge_exchanges(exchanges, kind.vendor, kind.era)
        assert not errors_and_warnings(judgement.findings), render_findings(judgement.findings)


def test_exchanges_in_the_order_of_their_answers_have_no_findings():
    for seed in range(20):
        kind = SERVERS[seed % len(SERVERS)]
        exchanges = traffic(kind, seed, clients=5)
        history = HistoryJudge(kind.vendor, kind.era, schemas=False)
        events = [(exchange.sent_seq, 0, exchange) for exchange in exchanges]
        last = 2 * len(exchanges) + 1
        events += [(exchange.answered_seq or last, 1, exchange) for exchange in exchanges]
        for _, end, exchange in sorted(events, key=lambda event: event[:2]):
            if end:
                history.add(exchange)
            else:
                history.announce(exchange.sent_seq)
        unsorted, in_order = history.finish(), judge_exchanges(exchanges, kind.vendor, kind.era)
        assert unsorted.verdicts == in_order.verdicts
        assert unsorted.findings == in_order.findings


class HistoryObserver:
    """An observer of a session that feeds a history."""

    def __init__(self, history: HistoryJudge) -> None:
        self.history = history

    def observe(self, pin: str, exchange) -> None:
        self.history.add(exchange)


def keeps_the_contract(pin: str, script: Script) -> Script:
    """Replace a cancel policy that is not the vendor's.

    Only Phaseo's pages leave open how a provider refuses; none refuses with a 404, which denies that the job exists.
    """
    refusals = (policy.refusal for policy in script.cancels.values() if policy.refusal is not None)
    missing = any(refusal.status == 404 for refusal in refusals)
    return script if pin.startswith("phaseo") and not missing else script._replace(cancels={})


UNSURE = ("P14", "P16", "R9")
"""Warnings that a script can cause: falling progress, a video cancelled by itself, a lifted limit."""


@pytest.mark.parametrize("pin", PINS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_fake_has_no_findings(pin, data):
    script = keeps_the_contract(pin, data.draw(scripts(pin)))
    history = data.draw(histories(pin, most=20))
    others = any(action.verb == "move" for action in history) or "cancelled" in repr(script.timeline_rules)
    vendor, _, date = pin.partition("@")
    observer = HistoryObserver(HistoryJudge(vendor, date, schemas=False, alone=not others))
    perform_all(world_for(pin, script, contract_observer=observer), history)
    found = [each for each in errors_and_warnings(observer.history.finish().findings) if each.rule not in UNSURE]
    assert not found, render_findings(found)
    assert ERAS[pin].date == observer.history.era


class Reopens(Videos):
    follow = {**Videos.follow, "completed": ["processing"]}  # noqa: RUF012


class GoesBack(Videos):
    follow = {**Videos.follow, "processing": ["queued", "completed"]}  # noqa: RUF012


class CancelsTheFinished(Videos):
    def cancel(self, job, state, now):
        if state != "cancelled":
            self.enter(job, "cancelled", now)
        return 200, self.body(job, now)


class CancelsAndRefuses(Videos):
    def cancel(self, job, state, now):
        answer = super().cancel(job, state, now)
        if answer[0] == 400:
            self.enter(job, "cancelled", now)
        return answer


class CancelsAndSaysItCannot(Uncancellable):
    def cancel(self, job, state, now):
        if state in ("queued", "processing"):
            self.enter(job, "cancelled", now)
        return super().cancel(job, state, now)


class ForgetsToCancel(Videos):
    def cancel(self, job, state, now):
        answer = super().cancel(job, state, now)
        if answer[0] == 200 and answer[1]["status"] == "cancelled" != state:
            self.enter(job, state, now)
        return answer


class FindsTheDeleted(Videos):
    def handle(self, call, job, now):
        if job and job["gone"] and call == "get":
            return 200, self.body(job, now)
        return super().handle(call, job, now)


class DeletesTwice(Videos):
    def handle(self, call, job, now):
        if job and job["gone"] and call == "delete":
            return 200, {"id": job["id"], "deleted": True}
        return super().handle(call, job, now)


class LosesVideos(Videos):
    def handle(self, call, job, now):
        if job and call == "get" and self.dice.random() < 0.1:
            return 404, {"error": "not_found"}
        return super().handle(call, job, now)


class ProgressJumps(Videos):
    def body(self, job, now):
        body = super().body(job, now)
        return {**body, "progress": self.dice.randint(0, 99)} if body["status"] == "processing" else body


class CancelsCompleted(Batches):
    def handle(self, call, job, now):
        if call == "cancel" and job and not job["gone"] and self.state(job, now) == "completed":
            return 202, self.body(job, now)
        return super().handle(call, job, now)


class RefusesAndCancels(Batches):
    def handle(self, call, job, now):
        if call == "cancel" and job and not job["gone"] and self.state(job, now) in ("processing", "pending"):
            job["cut"], job["ended"] = now, False
            return 409, {"error": {"code": "x"}}
        return super().handle(call, job, now)


class RefusesTheRunning(Batches):
    def handle(self, call, job, now):
        if call == "cancel" and job and not job["gone"] and self.state(job, now) in ("processing", "pending"):
            return 409, {"error": {"code": "x"}}
        return super().handle(call, job, now)


class CompletesTheCanceled(Batches):
    def state(self, job, now):
        state = super().state(job, now)
        return "completed" if state == "canceled" else state


class Miscounts(Batches):
    def counts(self, job, now):
        counts = super().counts(job, now)
        return {**counts, "ready": counts["ready"] + 1}


class LeavesTheQueue(Batches):
    def counts(self, job, now):
        counts = super().counts(job, now)
        left = job["cut"] is not None
        return {**counts, "queued": counts["canceled"], "canceled": 0} if left else counts


class EndsTooSoon(Batches):
    def state(self, job, now):
        state = super().state(job, now)
        return "canceled" if state == "canceling" else state


class CutsItemsOff(Batches):
    def counts(self, job, now):
        counts = super().counts(job, now)
        if job["cut"] is None or now < job["cut"] + SECOND:
            return counts
        lost = counts["processing"] + counts["ready"]
        return {**counts, "processing": 0, "ready": 0, "canceled": counts["canceled"] + lost}


class CancelsTwice(Projects):
    def about(self, call, job, now):
        if call == "cancel" and job["state"] == "cancelled":
            return 200, self.body(job, now)
        return super().about(call, job, now)


class EditsTheLocked(Projects):
    def about(self, call, job, now):
        if call == "update" and job["state"] == "cancelled":
            return 200, self.body(job, now)
        return super().about(call, job, now)


class ShowsProcessing(Projects):
    def about(self, call, job, now):
        status, body = super().about(call, job, now)
        return status, {**body, "status": "processing"} if call == "cancel" and status == 200 else body


class RefusesTheEarly(Projects):
    def about(self, call, job, now):
        if call == "cancel" and job["state"] in ("queued", "prepped"):
            return 400, {"detail": "no"}
        return super().about(call, job, now)


class RefusesYetCancels(Projects):
    def about(self, call, job, now):
        status, body = super().about(call, job, now)
        if call == "cancel" and status == 400 and job["state"] in self.follow:
            self.enter(job, "cancelled", now)
        return status, body


class HidesTheCancelled(Projects):
    def about(self, call, job, now):
        if job["state"] == "cancelled" and call == "get":
            return 404, {"detail": "no such project"}
        return super().about(call, job, now)


class CancelsTheYoung(Projects):
    def about(self, call, job, now):
        if call == "cancel" and job["state"] in ("processing", "finalizing") and now - job["created"] < 8 * HOUR:
            self.enter(job, "cancelled", now)
            return 200, self.body(job, now)
        return super().about(call, job, now)


class KnowsNoLimit(Projects):
    pace = SECOND

    def handle(self, call, job, now):
        self.times = {}
        return super().handle(call, job, now)


class MovesTheEnd(Batches):
    def end(self, job):
        return job["seen"]


class CancelsTheWork(Batches):
    def counts(self, job, now):
        counts = super().counts(job, now)
        if job["cut"] is not None:
            counts["canceled"] += counts["processing"]
            counts["processing"] = 0
        return counts


BROKEN = [
    (Reopens, "P15"),
    (GoesBack, "P15a"),
    (CancelsTheFinished, "P11b"),
    (CancelsAndRefuses, "P14a"),
    (CancelsAndSaysItCannot, "P14"),
    (ForgetsToCancel, "P11d"),
    (FindsTheDeleted, "P26c"),
    (LosesVideos, "L11"),
    (LosesVideos, "P26a"),
    (DeletesTwice, "P26c"),
    (ProgressJumps, "P16"),
    (CancelsCompleted, "T6"),
    (RefusesAndCancels, "T16"),
    (RefusesTheRunning, "T6a"),
    (CompletesTheCanceled, "T12"),
    (Miscounts, "T3"),
    (LeavesTheQueue, "T9"),
    (EndsTooSoon, "T11"),
    (CutsItemsOff, "T10"),
    (CancelsTheWork, "T10a"),
    (MovesTheEnd, "T4a"),
    (CancelsTwice, "R3"),
    (EditsTheLocked, "R7"),
    (ShowsProcessing, "R1"),
    (RefusesTheEarly, "R15"),
    (RefusesYetCancels, "R3a"),
    (HidesTheCancelled, "R6"),
    (CancelsTheYoung, "R4"),
    (KnowsNoLimit, "R9"),
]


@pytest.mark.parametrize(("kind", "rule"), BROKEN, ids=[f"{kind.__name__} {rule}" for kind, rule in BROKEN])
def test_a_broken_server_is_found_with_its_rule(kind, rule):
    histories = (traffic(kind, seed, clients=clients) for clients in (1, 4) for seed in range(10))
    judgements = (judge_exchanges(exchanges, kind.vendor, kind.era) for exchanges in histories)
    assert any(rule in {each.rule for each in errors_and_warnings(found.findings)} for found in judgements)
