"""Runs a receiver once: starts it, plays a scenario whose webhooks go to it, and collects what it answered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final

from mockserver.client.admin import AdminClient, admin_path, session_url
from mockserver.client.http import HttpClient, Unreachable
from mockserver.client.vendor_view import VendorView
from mockserver.client.views import JobView, as_job, list_reader
from mockserver.contract.findings import Finding
from mockserver.core.instants import HOUR, Duration
from mockserver.core.wire import Exchange
from mockserver.errors import MockError
from mockserver.runner.play.player import Player
from mockserver.runner.targets.mock_server import MockServerTarget, SessionSpec
from mockserver.scenario.model import Scenario
from mockserver.trial.client_process import ClientRunner, RunningClient
from mockserver.trial.receiver_address import is_open, url_port
from mockserver.trial.receiver_candidates import ReceiverCandidate
from mockserver.trial.receptions import ReceiverEvidence, Reception, match_deliveries
from mockserver.trial.relay import Relay, lost_answers, serve_relay
from mockserver.trial.sessions import MAX_JOBS, TrialServer, client_environment, fill_in

RETRY_TIME: Final[Duration] = HOUR
"""The session's time after a play in which the vendor tries again: longer than every documented schedule."""
LOOK_SECONDS: Final = 0.02
"""Seconds between two looks whether the receiver listens."""
DYING_SECONDS: Final = 1.0
"""Seconds that a receiver which broke off a delivery has to end: a process closes its connections before it is gone."""


class _NoJudge:
    """Judges nothing: on trial is the receiver, not the fake."""

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """Find nothing."""
        return ()

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """Ignore which exchanges overlap."""

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> Sequence[Finding]:
        """Find nothing."""
        return ()


@dataclass(kw_only=True)
class ReceiverRun:
    """One run of a receiver."""

    server: TrialServer
    candidate: ReceiverCandidate
    url: str
    """Where the receiver listens."""
    ends_at: float
    """The deadline, by `seconds`."""
    seconds: Callable[[], float]
    """The real time in seconds, from any beginning."""
    _controls: Sequence[Reception] = ()
    _deliveries: Sequence[Reception] = ()
    _jobs: Sequence[JobView] = ()

    @property
    def name(self) -> str:
        """The name of its session."""
        return f"trial-{self.candidate.scenario.name}"

    def run(self, runner: ClientRunner, command: Sequence[str]) -> ReceiverEvidence:
        """Run the receiver to the end of the scenario's play, and an hour of retries. Raises `MockError` TRI002."""
        relay = Relay(url=self.url, is_over=self._is_over)
        with (
            serve_relay(relay) as relay_url,
            closing(self._open_session(self.name, self.candidate.sent_to(relay_url))) as target,
            runner.start(self.words(command), self.environment()) as client,
        ):
            is_listening = self._wait_until_open(client)
            if is_listening and self.candidate.needs_control:
                self._controls = self._play_control(relay, relay_url)
            if is_listening:
                relay.lose_answers(lost_answers(self.candidate.endpoint.receiver_responses))
                self._deliveries = self._play(self.candidate.scenario, target, relay)
                self._jobs = jobs_of(self.server.url, self.name)
            # An exit code that it has before it is stopped is its own.
            is_dying = any(each.is_broken_off for each in (*self._controls, *self._deliveries))
            client.wait(DYING_SECONDS if is_dying else 0)
        return ReceiverEvidence(
            candidate=self.candidate,
            url=self.url,
            is_listening=is_listening,
            end=client.end(),
            controls=self._controls,
            deliveries=self._deliveries,
            jobs=self._jobs,
        )

    def _wait_until_open(self, client: RunningClient) -> bool:
        while client.exit_code is None and not self._is_over():
            if is_open(self.url):
                return True
            client.wait(LOOK_SECONDS)
        return False

    def _play_control(self, relay: Relay, relay_url: str) -> Sequence[Reception]:
        """Play the scenario without its faults: a receiver that refuses everything has not recognized a forgery."""
        scenario = self.candidate.sent_to(relay_url, honest=True)
        with closing(self._open_session(f"{self.name}-control", scenario)) as target:
            return self._play(scenario, target, relay)

    def _is_over(self) -> bool:
        return self.seconds() >= self.ends_at

    def _open_session(self, name: str, scenario: Scenario) -> MockServerTarget:
        self.server.served[name] = scenario
        may_lose_answers = bool(scenario.script.faults)
        # Jobs and events of a session have ids of its own.
        spec = SessionSpec(name, name, name)
        return MockServerTarget(self.server.url, spec, may_lose_answers=may_lose_answers, runs_due_items=True)

    def _play(self, scenario: Scenario, target: MockServerTarget, relay: Relay) -> Sequence[Reception]:
        first = len(relay.relayed)
        player = Player(scenario, self.candidate.era, target, _NoJudge())
        # A receiver that does not answer stops the clock (ADM042): its deliveries show that.
        with suppress(MockError, Unreachable):
            player.play()
            target.advance_to(player.step_clock.elapsed + RETRY_TIME)
        return tuple(match_deliveries(self.candidate, target.deliveries(None), relay.relayed[first:]))

    def words(self, command: Sequence[str]) -> list[str]:
        """Return the command with the values of its placeholders."""
        view = self._view()
        values = {
            "base_url": view.url,
            "key": view.api_key,
            "scenario": self.candidate.scenario.name,
            "receiver": self.url,
            "port": str(url_port(self.url)),
        }
        return [fill_in(word, values) for word in command]

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the receiver."""
        # A receiver is ended by a signal, at which Python would lose what it has not written yet.
        return {**client_environment(self._view(), dict(self._facts())), "PYTHONUNBUFFERED": "1"}

    def _facts(self) -> Iterator[tuple[str, str]]:
        yield "SCENARIO", self.candidate.scenario.name
        yield "VENDOR", self.candidate.scenario.vendor
        yield "WEBHOOK_URL", self.url
        yield "WEBHOOK_PORT", str(url_port(self.url))
        yield "WEBHOOK_ID", self.candidate.endpoint.id
        if self.candidate.vendor_signs:
            yield "WEBHOOK_SECRET", self.candidate.secret
            yield "WEBHOOK_JWKS", f"{self._session_url()}/v/{self.candidate.scenario.vendor}/.well-known/jwks.json"

    def _session_url(self) -> str:
        return session_url(self.server.url, self.name)

    def _view(self) -> VendorView:
        return VendorView.of(self.server.library.vendors[self.candidate.scenario.vendor], self._session_url())


def jobs_of(server_url: str, session: str) -> Sequence[JobView]:
    """Return the first jobs of a session."""
    with closing(HttpClient(server_url)) as http:
        admin = AdminClient(http, session)
        ids = admin.get("jobs", list_reader("jobs", lambda shown: shown["id"]))
        return tuple(admin.get(admin_path("jobs", job_id), as_job) for job_id in ids[:MAX_JOBS])
