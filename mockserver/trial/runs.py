"""Runs a client in front of many scenarios, several at a time, within a budget of real time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from mockserver.redaction.redactor import Redactor
from mockserver.trial.candidates import Candidate
from mockserver.trial.client_process import ClientEnd, ClientRunner
from mockserver.trial.receiver_address import ReceiverAddress
from mockserver.trial.receiver_candidates import ReceiverCandidate
from mockserver.trial.receiver_runs import ReceiverRun
from mockserver.trial.receiver_verdicts import judge_receiver
from mockserver.trial.results import AnyCandidate, TrialResult
from mockserver.trial.sessions import TrialServer
from mockserver.trial.story import receiver_story_lines, story_lines
from mockserver.trial.verdicts import DEFAULT_EXITS, TrialOutcome, TrialVerdict, judge_run
from mockserver.trial.webhook_clients import WebhookClientCandidate, WebhookClientRun, judge_webhook_client

MAX_OUTPUT_LINES: Final = 20
"""Lines of the client's output in a result: the last ones."""


@dataclass(frozen=True, kw_only=True)
class TrialPlan:
    """How the client is run."""

    command: Sequence[str]
    """Its words, with placeholders."""
    deadline: float
    """Seconds of real time for each run."""
    jobs: int
    """Runs at a time."""
    budget: float
    """Seconds of real time in which runs may begin."""
    receiver: ReceiverAddress | None = None
    """Where the command listens, if it receives webhooks."""
    expected_exits: Collection[int] = DEFAULT_EXITS
    redactor: Redactor = field(default_factory=Redactor)
    """Removes secrets from what the client printed."""
    repeat: Callable[[str], str] = str
    """Returns the command that runs one scenario again, by its name."""
    seconds: Callable[[], float]
    """The real time in seconds, from any beginning."""


def run_trial(plan: TrialPlan, server: TrialServer, candidates: Sequence[AnyCandidate]) -> Iterator[TrialResult]:
    """Yield the result of each candidate as its run ends. Raises `MockError` TRI002.

    When the caller stops early, the clients that still run are ended.
    """
    runner = ClientRunner()
    run_once = partial(run_within, plan, plan.seconds() + plan.budget, runner, server)
    with ThreadPoolExecutor(plan.jobs, thread_name_prefix="trial") as pool:
        futures = [pool.submit(run_once, each) for each in candidates]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
            runner.stop()


def run_within(
    plan: TrialPlan, ends_at: float, runner: ClientRunner, server: TrialServer, candidate: AnyCandidate
) -> TrialResult:
    """Run the client once, unless the budget is used up. Raises `MockError` TRI002."""
    if plan.seconds() >= ends_at:
        verdict = TrialVerdict(outcome=TrialOutcome.NOT_RUN, reasons=("the budget was used up",))
        return TrialResult(candidate=candidate, verdict=verdict, repeat=plan.repeat(candidate.scenario.name))
    if isinstance(candidate, ReceiverCandidate):
        verdict, story, end = try_receiver(plan, runner, server, candidate)
    elif isinstance(candidate, WebhookClientCandidate):
        verdict, story, end = try_webhook_client(plan, runner, server, candidate)
    else:
        verdict, story, end = try_client(plan, runner, server, candidate)
    return TrialResult(
        candidate=candidate,
        verdict=verdict,
        story=tuple(story),
        output=plan.redactor.redact_output(output_tail(end)),
        exit_code=end.exit_code,
        repeat=plan.repeat(candidate.scenario.name),
    )


Tried = tuple[TrialVerdict, Iterator[str], ClientEnd]
"""The verdict on a run, its story, and its end."""


def try_client(plan: TrialPlan, runner: ClientRunner, server: TrialServer, candidate: Candidate) -> Tried:
    """Run the client in front of a scenario. Raises `MockError` TRI002."""
    session = server.open_session(candidate)
    command = [session.fill_in(word) for word in plan.command]
    end = runner.run(command, session.environment(), plan.deadline)
    evidence = session.collect(end)
    return judge_run(evidence, plan.expected_exits), story_lines(evidence), end


def try_receiver(plan: TrialPlan, runner: ClientRunner, server: TrialServer, candidate: ReceiverCandidate) -> Tried:
    """Let the receiver have a scenario's webhooks. Raises `MockError` TRI002."""
    assert plan.receiver is not None  # noqa: S101 -- its candidates are chosen where it has an address
    run = ReceiverRun(
        server=server,
        candidate=candidate,
        url=plan.receiver.take(),
        ends_at=plan.seconds() + plan.deadline,
        seconds=plan.seconds,
    )
    evidence = run.run(runner, plan.command)
    return judge_receiver(evidence), receiver_story_lines(evidence), evidence.end


def try_webhook_client(
    plan: TrialPlan, runner: ClientRunner, server: TrialServer, candidate: WebhookClientCandidate
) -> Tried:
    """Run a client in front of a scenario whose webhooks it receives. Raises `MockError` TRI002."""
    assert plan.receiver is not None  # noqa: S101 -- as above
    run = WebhookClientRun(
        server=server, candidate=candidate, url=plan.receiver.take(), deadline=plan.deadline, seconds=plan.seconds
    )
    evidence = run.run(runner, plan.command)
    story = story_lines(evidence.as_client, evidence.as_receiver.deliveries)
    return judge_webhook_client(evidence, plan.expected_exits), story, evidence.as_client.end


def output_tail(end: ClientEnd) -> str:
    """Return the last lines that a client printed, those of stderr after those of stdout."""
    lines = [*end.stdout.splitlines(), *end.stderr.splitlines()]
    return "\n".join(lines[-MAX_OUTPUT_LINES:])
