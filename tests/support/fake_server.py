"""A mock server for one test: on a free port, in a thread, with a clock that only the test moves.

    with fake_server() as server:
        client = Phaseo(api_key="test-key", base_url=f"{server.url}/v1")
        video = client.videos.create({...})
        server.advance("26s")

The captures judge all answers of the vendors, including undeclared fields; a finding fails the test when the block
ends.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit

from mockserver.core.clock import Clock
from mockserver.core.instants import Instant, parse_duration
from mockserver.engine.session import Session
from mockserver.installed import installed_vendors
from mockserver.scenario.model import Scenario
from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.run import serve_in_thread
from mockserver.server.sessions import DEFAULT_SESSION, SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.stores import memory_store
from mockserver.stores.open_log import open_log
from mockserver.vendors.registry import resolve_era
from tests.support.eras import newest_without_quota
from tests.support.fake_world import START, ContractObserver
from tests.support.http_client import Refusal, ServerResponse, send_request

SERVER_NUMBERS = count(1)
__all__ = ["START", "FakeServer", "Refusal", "ServerResponse", "fake_server"]


@dataclass(frozen=True)
class FakeServer:
    """A running server, with access to its sessions."""

    url: str
    """`http://127.0.0.1:PORT`, without a slash at the end."""
    app: App
    hub: SessionRegistry
    contract_observer: ContractObserver

    def session(self, name: str = DEFAULT_SESSION) -> Session:
        """Return a session; create it if it does not exist."""
        return self.hub.get_or_create(name, wall_clock())

    def now(self, session: str = DEFAULT_SESSION) -> Instant:
        """Read a session's clock."""
        return self.session(session).clock.now(wall_clock())

    def advance(self, by: str, session: str = DEFAULT_SESSION) -> None:
        """Advance a session's clock: `30s`, `8h`."""
        duration = parse_duration(by)
        assert duration is not None, f"{by!r} is no duration"
        held = self.session(session)
        held.clock = held.clock.advance(wall_clock(), duration)

    def move(self, job_id: str, to: str, session: str = DEFAULT_SESSION) -> None:
        """Move a job into another state, along its lifecycle."""
        self.admin(f"jobs/{quote(job_id)}/move", {"to": to}, session=session)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> ServerResponse:
        """Send a request; a dict or list is sent as JSON, and `path` may be a URL from a response of this server."""
        assert path.startswith(self.url) or not urlsplit(path).netloc, f"{path} leads away from {self.url}"
        url = path if path.startswith(self.url) else f"{self.url}{path}"
        return send_request(url, method, body, headers)

    def admin(self, call: str, body: Any = None, *, session: str = DEFAULT_SESSION, method: str = "") -> Any:
        """Make an admin call (a POST if it has a body), which must succeed; return the decoded answer."""
        verb = method or ("GET" if body is None else "POST")
        answer = self.request(verb, f"/__mock/{call}", body, {"X-Mock-Session": session})
        assert answer.status < 300, f"{verb} {call}: {answer.status} {answer.body!r}"
        return answer.json


@contextmanager
def fake_server(
    *pins: str,
    known: Sequence[Scenario] = (),
    judged: bool = True,
    fast_path: bool = True,
    token: str = "",
    allowed_hosts: Sequence[str] = (),
    **settings: Any,
) -> Iterator[FakeServer]:
    """Run a server within the block.

    `pins` are eras (`phaseo@2026-05-06`; the newest without a quota for other vendors, and a bundled pack only if a
    scenario is its own), `known` the scenarios that an API key or an admin call can name, `settings` other fields of
    `ServerSettings`.
    """
    named = [pin.partition("@")[0] for pin in pins]
    vendors = installed_vendors().served(*named, *(scenario.vendor for scenario in known))
    contract_observer = ContractObserver(strict=True)
    eras = {name: newest_without_quota(vendor) for name, vendor in vendors.items() if name not in named}
    eras |= {era.vendor: era for era in (resolve_era(pin, vendors) for pin in pins)}
    scenarios = {scenario.name: scenario for scenario in known}
    defaults = {
        "vendors": vendors,
        "eras": eras,
        "make_store": memory_store,
        "find_scenario": scenarios.get,
        "scenario_names": lambda: sorted(scenarios),
        "clock": lambda real: Clock(real, START, 0.0),
        "observers": (contract_observer.observe,) if judged else (),
    }
    store = os.environ.get("MOCKSERVER_TEST_STORE")
    if store is not None:
        # Each server of the run has sessions of its own.
        defaults["log"] = open_log(store.format(server=next(SERVER_NUMBERS)), wall_clock())
    hub = SessionRegistry(ServerSettings(**{**defaults, **settings}))
    app = App(hub, token=token, allowed_hosts=allowed_hosts, fast_path=fast_path)
    with serve_in_thread(app) as running:
        yield FakeServer(running.url, app, hub, contract_observer)
    if contract_observer.exchange_count:
        contract_observer.assert_clean()
