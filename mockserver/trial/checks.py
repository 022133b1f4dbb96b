"""Runs a user's check with one scenario after another: each is served in a session of its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from mockserver.distill.minimizer import CheckRun
from mockserver.errors import did_you_mean, refuse
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.trial.candidates import make_candidate
from mockserver.trial.client_process import ClientRunner
from mockserver.trial.sessions import PLACEHOLDERS, TrialServer, serve_scenarios

_IN_BRACES: Final = re.compile(r"(?<!\$)\{([a-z_]+)\}")
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


def refuse_unknown_placeholders(check: str) -> None:
    """Raise `MockError` TRI004 for a word in braces that no placeholder has."""
    for found in _IN_BRACES.finditer(check):
        if found[1] not in PLACEHOLDERS:
            message = f"the check has an unknown placeholder {{{found[1]}}}{did_you_mean(found[1], PLACEHOLDERS)}"
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise refuse("TRI004", message, f"Placeholders: {known}. Other braces have a space: {{ {found[1]} }}.")


@contextmanager
def serve_checks(check: str, library: ScenarioLibrary, deadline: float, clock: str | None) -> Iterator[CheckRunner]:
    """Serve what a check is run with, on a free port, within the block; `deadline` in seconds of real time.

    `clock` None: that of a trial. Raises `MockError` SES004 for what is no clock, TRI004 for an unknown placeholder.
    """
    refuse_unknown_placeholders(check)
    with serve_scenarios(library, (), clock) as server:
        yield CheckRunner(check, deadline, server)
