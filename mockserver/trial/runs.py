"""Runs a client in front of many scenarios, several at a time, within a budget of real time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from mockserver.redaction.redactor import Redactor
from mockserver.trial.candidates import Candidate
from mockserver.trial.client_process import ClientEnd, ClientRunner
from mockserver.trial.results import TrialResult
from mockserver.trial.sessions import TrialServer
from mockserver.trial.story import story_lines
from mockserver.trial.verdicts import DEFAULT_EXITS, TrialOutcome, TrialVerdict, judge_run

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
    expected_exits: Collection[int] = DEFAULT_EXITS
    redactor: Redactor = field(default_factory=Redactor)
    """Removes secrets from what the client printed."""
    repeat: Callable[[str], str] = str
    """Returns the command that runs one scenario again, by its name."""
    seconds: Callable[[], float]
    """The real time in seconds, from any beginning."""


def run_trial(plan: TrialPlan, server: TrialServer, candidates: Sequence[Candidate]) -> Iterator[TrialResult]:
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
    plan: TrialPlan, ends_at: float, runner: ClientRunner, server: TrialServer, candidate: Candidate
) -> TrialResult:
    """Run the client once, unless the budget is used up. Raises `MockError` TRI002."""
    if plan.seconds() >= ends_at:
        verdict = TrialVerdict(outcome=TrialOutcome.NOT_RUN, reasons=("the budget was used up",))
        return TrialResult(candidate=candidate, verdict=verdict, repeat=plan.repeat(candidate.scenario.name))
    session = server.open_session(candidate)
    command = [session.fill_in(word) for word in plan.command]
    end = runner.run(command, session.environment(), plan.deadline)
    evidence = session.collect(end)
    return TrialResult(
        candidate=candidate,
        verdict=judge_run(evidence, plan.expected_exits),
        story=tuple(story_lines(evidence)),
        output=plan.redactor.redact_output(output_tail(end)),
        exit_code=end.exit_code,
        repeat=plan.repeat(candidate.scenario.name),
    )


def output_tail(end: ClientEnd) -> str:
    """Return the last lines that a client printed, those of stderr after those of stdout."""
    lines = [*end.stdout.splitlines(), *end.stderr.splitlines()]
    return "\n".join(lines[-MAX_OUTPUT_LINES:])
