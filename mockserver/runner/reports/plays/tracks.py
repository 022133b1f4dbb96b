"""What the answers of a play showed of each job, and what its steps expected them to show: two tracks on one axis."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from mockserver.contract.judge.contract import Contract, load_contract
from mockserver.contract.rules.conditions import value_at
from mockserver.core.wire import Exchange
from mockserver.installed.derived_contracts import has_contract
from mockserver.runner.play.expectations import decode_response_body
from mockserver.runner.play.results import PlayResult, StepResult
from mockserver.runner.reports.checks.call_bodies import call_bodies
from mockserver.runner.reports.checks.job_tracks import CallMark, JobTrack

STATUS_PATH: Final = ("status",)
"""Where the status of a job stands, for a vendor without a contract."""


class StepSight(NamedTuple):
    """One job in the answer of one step."""

    job_id: str
    kind: str
    answered_word: str | None
    """The job's status in the answer."""
    expected_word: str | None
    """The status that the step expects; None if it expects none."""
    may_change_job: bool
    step: StepResult


class PlayedJob(NamedTuple):
    """One job of a play."""

    answered: JobTrack
    expected: JobTrack


def played_jobs(result: PlayResult) -> list[PlayedJob]:
    """Return the jobs of a play, those of failed steps first; without requests there is none."""
    contract = None
    if has_contract(result.scenario.vendor):
        contract = load_contract(result.scenario.vendor, result.era.date)
    sights = [sight for step in result.steps for sight in step_sights(step, contract)]
    order = list(dict.fromkeys((sight.kind, sight.job_id) for sight in sights))
    sights.sort(key=lambda sight: order.index((sight.kind, sight.job_id)))
    grouped = groupby(sights, key=lambda sight: (sight.kind, sight.job_id))
    jobs = [played_job(result, list(group)) for _, group in grouped]
    return sorted(jobs, key=lambda job: not any(mark.proves_finding for mark in job.answered.marks))


def step_sights(step: StepResult, contract: Contract | None) -> list[StepSight]:
    """Return the jobs in the answer of a step; without a contract, one job that has no name."""
    exchange = step.exchange
    if exchange is None:
        return []
    expected = step.step.expect.body
    if contract is None:
        body = exchange.response and decode_response_body(exchange.response)
        return [
            StepSight(
                job_id="",
                kind="job",
                answered_word=word_at(body, STATUS_PATH),
                expected_word=word_at(expected, STATUS_PATH),
                may_change_job=exchange.request.method != "GET",
                step=step,
            )
        ]
    return [
        StepSight(
            job_id=mention.job_id,
            kind=mention.resource.kind,
            answered_word=mention.status_word,
            expected_word=word_at(expected, mention.resource.status_path),
            may_change_job=mention.binding.changes_job,
            step=step,
        )
        for mention in contract.find_jobs(exchange)
    ]


def word_at(body: object, path: Sequence[str]) -> str | None:
    """Return the text at a place of a body; None for anything else."""
    word = value_at(body, tuple(path))
    return word if isinstance(word, str) else None


def expected_status(step: StepResult) -> int | None:
    """Return the HTTP status that a step expects, 200 for any success; None if it expects no answer."""
    expect = step.step.expect
    if expect.no_answer:
        return None
    return expect.status or 200


def played_job(result: PlayResult, sights: list[StepSight]) -> PlayedJob:
    """Return what was answered and what was expected of one job, from its sights in order."""
    answered, expected = _empty_track(result, sights[0]), _empty_track(result, sights[0])
    for sight in sights:
        answered.marks.append(_mark(sight, answered_status(sight.step.exchange), sight.answered_word))
        wanted = _mark(sight, expected_status(sight.step), sight.expected_word)
        wanted.proves_finding = False
        expected.marks.append(wanted)
    return PlayedJob(answered, expected)


def _empty_track(result: PlayResult, sight: StepSight) -> JobTrack:
    return JobTrack(
        file=result.scenario.name,
        vendor=result.era.vendor,
        era=result.era.date,
        kind=sight.kind,
        job_id=sight.job_id,
        terminal_words=frozenset(),
    )


def answered_status(exchange: Exchange | None) -> int | None:
    """Return the HTTP status of an answer; None without one."""
    return None if exchange is None or exchange.response is None else exchange.response.status


def _mark(sight: StepSight, status: int | None, word: str | None) -> CallMark:
    exchange = sight.step.exchange
    assert exchange is not None  # noqa: S101 -- a sight is of an answer
    return CallMark(
        sent=sight.step.at,
        answered=None,
        call=f"{exchange.request.method} {exchange.request.path}",
        status=status,
        status_word=word,
        may_change_job=sight.may_change_job,
        bodies=call_bodies(exchange),
        proves_finding=bool(sight.step.failures),
    )
