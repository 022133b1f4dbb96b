"""The server of a trial, and the session of each run on it."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from mockserver.client.admin import AdminClient, admin_path, session_url
from mockserver.client.http import HttpClient
from mockserver.client.vendor_view import VendorView
from mockserver.client.views import CallView, FindingView, as_call, as_finding, as_job, list_reader
from mockserver.composition import compose_settings
from mockserver.core.clock import CLOCK_MODES, ClockMode, parse_clock_mode
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.server.app import App
from mockserver.server.run import serve_in_thread
from mockserver.server.sessions import SessionRegistry
from mockserver.trial.candidates import Candidate
from mockserver.trial.client_process import ClientEnd
from mockserver.trial.evidence import TrialEvidence

TRIAL_CLOCK: Final = ClockMode(1.0, CLOCK_MODES["auto"].poll_step)
"""The clock of a trial: each poll moves it as far as the client would have slept, and real time passes as well.

Without real time a delayed answer would never come, and an answer that is wrong for a second would stay wrong.
"""
VARIABLE: Final = "MOCKSERVER_TRIAL_"
MAX_JOBS: Final = 20
"""Jobs of a session that are looked at: the first ones."""
PLACEHOLDERS: Final = ("base_url", "key", "scenario")
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{([a-z_]+)\}")
_SHUTDOWN_SECONDS: Final = 0.2
_LOOPBACK: Final = "127.0.0.1,localhost"


@dataclass(frozen=True)
class TrialServer:
    """A server of this process that has the scenarios of a trial."""

    url: str
    library: ScenarioLibrary
    served: dict[str, Scenario]
    """What a session can name."""

    def open_session(self, candidate: Candidate, name: str = "") -> "TrialSession":
        """Create the session of one run; by default it has the scenario's name."""
        session = TrialSession(self.url, candidate, self.library, name)
        session.create()
        return session


@contextmanager
def serve_scenarios(
    library: ScenarioLibrary, scenarios: Iterable[Scenario], clock: str | None, usual_clock: ClockMode = TRIAL_CLOCK
) -> Iterator[TrialServer]:
    """Serve scenarios, by name, within the block; `clock` None: the usual one.

    A scenario that sets its own clock keeps it. Raises `MockError` SES004 for what is no clock.
    """
    mode = usual_clock if clock is None else parse_clock_mode(clock)
    served = {scenario.name: scenario for scenario in scenarios}
    names = {scenario.vendor for scenario in served.values()}
    eras = {name: library.vendors[name].eras[-1] for name in sorted(names)}
    settings = compose_settings(library, eras, judged=True)._replace(
        find_scenario=served.get,
        scenario_names=lambda: sorted(served),
        clock=lambda wall_now: mode.start(wall_now, wall_now),
    )
    with serve_in_thread(App(SessionRegistry(settings)), grace=_SHUTDOWN_SECONDS) as running:
        yield TrialServer(running.url, library, served)


def client_environment(view: VendorView, facts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment of a client: this process's, with the variables of the vendor and of the trial.

    `facts` are those of the run, besides base URL and key; an empty one is left out.
    """
    given = {f"{VARIABLE}{name}": value for name, value in facts.items() if value}
    # The server is on this machine: no proxy stands before it.
    direct = {name: ",".join(filter(None, (os.environ.get(name), _LOOPBACK))) for name in ("NO_PROXY", "no_proxy")}
    own = {f"{VARIABLE}BASE_URL": view.url, f"{VARIABLE}KEY": view.api_key}
    return {**os.environ, **direct, **view.env(), **own, **given}


def fill_in(word: str, values: Mapping[str, str]) -> str:
    """Return a word of a command with the values of its placeholders; `${key}` is a variable of a shell."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), word)


def refuse_unknown_placeholders(command: str, *, receives: bool = False, has_other_braces: bool = False) -> None:
    """Raise `MockError` TRI004 for a name in braces that is no placeholder; `has_other_braces`: only if it is near one.

    `receives`: the command is a receiver of webhooks, and has two more.
    """
    known = (*PLACEHOLDERS, *(("receiver", "port") if receives else ()))
    for found in _PLACEHOLDER.finditer(command):
        near = did_you_mean(found[1], known)
        if found[1] not in known and (near or not has_other_braces):
            listed = ", ".join(f"{{{name}}}" for name in known)
            hint = f"Placeholders: {listed}. Other braces have a space: {{ {found[1]} }}."
            raise refuse("TRI004", f"the command has an unknown placeholder {{{found[1]}}}{near}", hint)


def is_frozen(admin: AdminClient) -> bool:
    """Stop the clock of a session; returns False if a poll has begun to move it, for which the server waits a while."""
    try:
        admin.post("clock", dict, {"freeze": True})
    except MockError as error:
        if error.problems[0].code != "ADM006":
            raise
        return False
    return True


class TrialSession:
    """The session of one run: what the client is given, and what it leaves behind."""

    def __init__(self, url: str, candidate: Candidate, library: ScenarioLibrary, name: str = "") -> None:
        self._url = url
        self._candidate = candidate
        self.name = name or f"trial-{candidate.scenario.name}"
        vendor = library.vendors[candidate.scenario.vendor]
        self.view = VendorView.of(vendor, session_url(url, self.name))

    def create(self) -> None:
        """Create the session on the server."""
        with closing(HttpClient(self._url)) as http:
            body = {"name": self.name, "scenario": self._candidate.scenario.name}
            AdminClient(http, self.name).post("sessions", dict, body)

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the client."""
        scenario = self._candidate.scenario
        facts = {
            "SCENARIO": scenario.name,
            "VENDOR": scenario.vendor,
            "OPERATIONS": ",".join(self._candidate.operations),
            "JOB": self._candidate.job_id,
        }
        return client_environment(self.view, facts)

    def fill_in(self, word: str) -> str:
        """Return a word of the command with the values of its placeholders: `{base_url}`, `{key}`, `{scenario}`."""
        values = (self.view.url, self.view.api_key, self._candidate.scenario.name)
        return fill_in(word, dict(zip(PLACEHOLDERS, values, strict=True)))

    def count_requests(self) -> int:
        """Return how many requests have reached the session."""
        with closing(HttpClient(self._url)) as http:
            total: int = AdminClient(http, self.name).get("journal", lambda answer: answer["total"])
        return total

    def delete(self) -> None:
        """Delete the session."""
        with closing(HttpClient(self._url)) as http:
            AdminClient(http, self.name).delete(admin_path("sessions", self.name), dict)

    def final_deliveries(self) -> Sequence[Mapping[str, Any]]:
        """Stop the session's clock, and return its webhook deliveries, oldest first, with those that are under way."""
        with closing(HttpClient(self._url)) as http:
            admin = AdminClient(http, self.name)
            # On a clock that stands, the list waits for what is under way.
            while not is_frozen(admin):
                pass
            return admin.get("deliveries", list_reader("deliveries", dict))

    def collect(self, end: ClientEnd) -> TrialEvidence:
        """Return what the run left behind, and delete the session."""
        with closing(HttpClient(self._url)) as http:
            admin = AdminClient(http, self.name)
            total: int = admin.get("journal", lambda answer: answer["total"])
            calls: tuple[CallView, ...] = admin.get("journal", list_reader("entries", as_call))
            ids = admin.get("jobs", list_reader("jobs", lambda shown: shown["id"]))
            jobs = tuple(admin.get(admin_path("jobs", job_id), as_job) for job_id in ids[:MAX_JOBS])
            conduct: tuple[FindingView, ...] = admin.get("findings", list_reader("conduct", as_finding))
            admin.delete(admin_path("sessions", self.name), dict)
        return TrialEvidence(
            candidate=self._candidate, end=end, calls=calls, call_count=total, jobs=jobs, conduct=conduct
        )
