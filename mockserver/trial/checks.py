"""Runs a user's check with one scenario after another: each is served in a session of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from mockserver.distill.minimizer import CheckRun
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.trial.candidates import make_candidate
from mockserver.trial.client_process import ClientRunner
from mockserver.trial.sessions import TrialServer, refuse_unknown_placeholders, serve_scenarios

_MAX_LINE: Final = 120
"""Characters of the check's last line that are repeated."""


@dataclass
class CheckRunner:
    """The runs of one check, one at a time."""

    check: str
    """A line for the shell, with placeholders."""
    deadline: float
    """Seconds of real time for each run."""
    server: TrialServer
    _count: int = 0
    _runner: ClientRunner = field(default_factory=ClientRunner)

    def run(self, scenario: Scenario) -> CheckRun:
        """Serve a scenario, run the check, and say how it ended. Raises `MockError` TRI002."""
        self._count += 1
        vendor = self.server.library.vendors[scenario.vendor]
        # As `serve` has it: a trial gives created jobs another course.
        candidate = replace(make_candidate(scenario, vendor), scenario=scenario)
        self.server.served[scenario.name] = scenario
        session = self.server.open_session(candidate, f"check-{self._count}")
        try:
            end = self._runner.run(session.fill_in(self.check), session.environment(), self.deadline)
            sent_requests = session.count_requests() > 0
        finally:
            session.delete()
        lines = [line for line in (*end.stdout.splitlines(), *end.stderr.splitlines()) if line.strip()]
        last_line = lines[-1].strip()[:_MAX_LINE] if lines else ""
        return CheckRun(end.exit_code, last_line, sent_requests)


@contextmanager
def serve_checks(check: str, library: ScenarioLibrary, deadline: float, clock: str | None) -> Iterator[CheckRunner]:
    """Serve what a check is run with, on a free port, within the block; `deadline` in seconds of real time.

    `clock` None: that of a trial. Raises `MockError` SES004 for what is no clock, TRI004 for an unknown placeholder.
    """
    refuse_unknown_placeholders(check)
    with serve_scenarios(library, (), clock) as server:
        yield CheckRunner(check, deadline, server)
