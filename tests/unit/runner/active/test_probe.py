"""What a probe asks of a live API, how it waits, and where it stops."""

import json

import pytest

from mockserver.client.http import Unreachable
from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.wire import Exchange, Request, Response
from mockserver.redaction.redactor import Redactor
from mockserver.runner.active.probe import Probe, ProbeLimits
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.targets.live import LiveTarget
from mockserver.runner.targets.target import Inconclusive
from tests.support.fake_world import ERAS, START
from tests.support.live_api import LiveApi, live_api

KEY = "test-key"


def make_judge(pin: str) -> tuple[LiveJudge, list[str]]:
    reported: list[str] = []
    vendor, _, era = pin.partition("@")
    source = TrafficSource("http://x", "live", vendor, era)
    return LiveJudge(source, Redactor([KEY]), lambda finding: reported.append(finding.rule)), reported


def probe_live(
    api: LiveApi, pin: str, limits: ProbeLimits, patience: int = 60 * MINUTE
) -> tuple[list[str], LiveJudge, list[str]]:
    watcher, reported = make_judge(pin)
    target = LiveTarget(api.url, sleep=api.sleep, patience=patience)
    try:
        notes = Probe(ERAS[pin], KEY, target, watcher, limits).run()
    finally:
        target.close()
    return notes, watcher, reported


@pytest.mark.parametrize("pin", ERAS)
def test_without_leave_it_only_reads_and_a_correct_api_has_no_findings(pin):
    with live_api(pin) as api:
        notes, watcher, reported = probe_live(api, pin, ProbeLimits())
        assert {each.method for each in api.requests} == {"GET"}
    assert reported == []
    nothing = "the lists show no job, so the behaviour of jobs was not checked; --allow-writes creates one"
    assert notes == ([] if pin == "phaseo@2026-05-07" else [nothing])  # that era has no lists
    assert watcher.finish().judged_count == len(api.requests) > 2
    assert sum("authorization" not in each.headers and "x-api-key" not in each.headers for each in api.requests) == 1


@pytest.mark.parametrize("pin", ERAS)
def test_with_leave_it_follows_one_job_to_its_end_and_leaves_nothing(pin):
    with live_api(pin) as api:
        notes, watcher, reported = probe_live(api, pin, ProbeLimits(allow_writes=True))
        creates = [each for each in api.requests if each.method == "POST" and "cancel" not in each.path]
    assert reported == []
    assert len(creates) == 1
    if pin == "phaseo@2026-05-07":  # nothing is implemented in it
        assert notes == ["no job was created: the answer to the create was 501; --create FILE sends another body"]
        return
    assert watcher.finish().report.judgements[0].outcome == "ok"
    assert [note for note in notes if "left behind" not in note] == []
    assert api.slept


def test_the_budget_is_kept_and_what_is_left_behind_is_noted():
    with live_api("phaseo@2026-06-11") as api:
        notes, _, _ = probe_live(api, "phaseo@2026-06-11", ProbeLimits(budget=8, allow_writes=True))
        assert len(api.requests) == 8
    assert notes[0] == "stopped after 8 requests: the budget is 8 (--budget)"
    assert notes[1].startswith("left behind: video G-")


def test_patience_is_kept():
    with live_api("phaseo@2026-08-10") as api:
        notes, _, _ = probe_live(api, "phaseo@2026-08-10", ProbeLimits(allow_writes=True), patience=6 * SECOND)
    assert "--patience" in notes[0]
    assert sum(api.slept) <= 6


class Scripted:
    """An API that answers by rote."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.waited: list[int] = []

    def send(self, request: Request) -> Exchange:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else Response(401, (("Content-Type", "application/json"),), b"{}")
        if isinstance(answer, Exception):
            raise answer
        seq = 2 * len(self.requests)
        return Exchange(request, answer, START + seq, START + seq, seq - 1, seq)

    def advance_to(self, offset: int) -> None:
        if offset > MINUTE:
            raise Inconclusive("too long")
        self.waited.append(offset)


def probe_scripted(api: Scripted, limits: ProbeLimits = ProbeLimits()) -> tuple[list[str], LiveJudge]:  # noqa: B008
    watcher, _ = make_judge("phaseo@2026-06-11")
    return Probe(ERAS["phaseo@2026-06-11"], KEY, api, watcher, limits).run(), watcher


def test_a_busy_api_is_called_again_after_the_time_it_named():
    busy = Response(429, (("Retry-After", "7"),), b"{}")
    api = Scripted(busy, Response(503, (), b"{}"), Response(200, (), b'{"data": []}'))
    probe_scripted(api)
    assert api.waited == [7 * SECOND, 9 * SECOND]
    assert len({each.path for each in api.requests[:3]}) == 1


def test_an_api_that_is_always_busy_is_left_alone_in_the_end():
    api = Scripted(*[Response(429, (("Retry-After", "30"),), b"{}")] * 20)
    notes, _ = probe_scripted(api)
    assert notes == ["stopped after 3 requests: the next request is due 1m30s after the start, beyond --patience"]


def test_an_api_that_sends_us_elsewhere_is_not_followed_and_noted_once():
    target = "https://login.example.com/?token=secret"
    elsewhere = Response(301, (("Location", "https://other.example.com/"),), b"")
    api = Scripted(Response(302, (("Location", target),), b""), *[elsewhere] * 20)
    notes, _ = probe_scripted(api)
    assert notes == [
        "GET /v1/videos redirects (302) to https://login.example.com; redirects are not followed, check --base-url"
    ]
    notes, _ = probe_scripted(Scripted(Response(308, (("Location", "/v1/videos/"),), b"")))
    assert "redirects (308) to another path" in notes[0]


def test_what_is_left_behind_is_known_where_it_is_interrupted():
    class Interrupted(Scripted):
        def advance_to(self, offset: int) -> None:
            raise KeyboardInterrupt

    made = json.dumps({"id": "v1", "object": "video", "status": "queued"}).encode()
    watcher, _ = make_judge("phaseo@2026-06-11")
    reads = [Response(401, (), b"{}")] * 5
    probe = Probe(
        ERAS["phaseo@2026-06-11"],
        KEY,
        Interrupted(*reads, Response(202, (), made)),
        watcher,
        ProbeLimits(allow_writes=True),
    )
    assert probe.leftovers() == []
    with pytest.raises(KeyboardInterrupt):
        probe.run()
    assert probe.leftovers() == ["left behind: video v1, created by this run"]


def test_an_api_that_never_answers_is_unreachable():
    with pytest.raises(Unreachable):
        probe_scripted(Scripted(Unreachable("http://x", "refused")))


def test_an_api_that_goes_away_is_judged_by_its_answers_so_far():
    api = Scripted(
        Response(200, (("Content-Type", "application/json"),), b'{"data": []}'), Unreachable("http://x", "gone")
    )
    notes, watcher = probe_scripted(api)
    assert notes == ["stopped after 2 requests: http://x cannot be reached: gone"]
    assert watcher.exchange_count == 1


def test_an_api_that_answers_everything_with_404_is_perhaps_at_another_url():
    notes, _ = probe_scripted(Scripted(*[Response(404, (), b"{}")] * 20))
    assert "every answer was 404: check that the base URL is that of this vendor's API" in notes


def test_a_job_is_made_from_the_body_that_was_given():
    api = Scripted()
    notes, _ = probe_scripted(api, ProbeLimits(allow_writes=True, body={"model": "mine"}))
    assert json.loads(api.requests[-1].body) == {"model": "mine"}
    assert notes == [
        "no job was created: the answer to the create was 401; --create FILE sends another body",
        "every answer was 401 or 403: check that the API key belongs to this API",
    ]
