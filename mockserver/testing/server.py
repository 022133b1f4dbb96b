"""The server of a test process: one in a thread of its own, made at the first use, or one that runs already."""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Final

from mockserver.client.admin import call_admin, is_mock_server
from mockserver.client.http import HttpClient, Unreachable
from mockserver.composition import compose_settings
from mockserver.core.wire import Request
from mockserver.errors import MockError, refuse
from mockserver.installed import installed_vendors
from mockserver.installed.vendors import InstalledVendors
from mockserver.scenario.library import ScenarioLibrary
from mockserver.server.app import App
from mockserver.server.run import serve_in_thread
from mockserver.server.sessions import SessionRegistry
from mockserver.testing.admin import ConnectionPool
from mockserver.testing.plan import SessionPlan
from mockserver.testing.session import VideoJob

SHUTDOWN_SECONDS: Final = 0.2
"""Time for open requests when the run ends."""
MAX_NODE_LENGTH: Final = 120
"""Characters of a test's id in the name of its session."""
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.]+")


@dataclass(frozen=True, kw_only=True)
class SharedServer:
    """A mock server that the tests of this process share, each in a session of its own."""

    pool: ConnectionPool
    judged: bool
    """True if it judges answers and clients."""
    vendors: InstalledVendors
    run_id: str = field(default_factory=lambda: secrets.token_hex(3))
    """Keeps the sessions of this process apart from those of others on the same server."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        """`http://127.0.0.1:40123`, without a slash at the end."""
        return self.pool.url

    def open_session(self, node_id: str, plan: SessionPlan, folders: Sequence[Path] = ()) -> VideoJob:
        """Create the session of a test. Raises `MockError`: TST004, or the server's own code."""
        if plan.conduct == "error" and not self.judged:
            detail = f'conduct="error" needs a server that judges, and {self.url} does not'
            raise refuse("TST004", detail, "Start it with `mockserver serve --check`.")
        node = _NOT_IN_NAMES.sub("-", node_id).strip("-")[-MAX_NODE_LENGTH:]
        name = f"{node}-{self.run_id}-{next(self._numbers)}"
        return VideoJob(self.pool, name, plan, vendors=self.vendors, judged=self.judged, folders=folders)


@contextmanager
def start_server(root: Path) -> Iterator[SharedServer]:
    """Serve within the block, with the scenarios of `root` and the bundled ones; every answer is judged."""
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors, root / "scenarios")
    eras = {name: vendor.eras[-1] for name, vendor in vendors.served().items()}
    settings = compose_settings(library, eras, clock="manual", judged=True)
    # A file is looked up once in a run: each lookup reads the folders.
    settings = settings._replace(find_scenario=lru_cache(maxsize=None)(settings.find_scenario))
    with (
        serve_in_thread(App(SessionRegistry(settings)), grace=SHUTDOWN_SECONDS) as running,
        closing(ConnectionPool(running.url)) as pool,
    ):
        yield SharedServer(pool=pool, judged=True, vendors=vendors)


@contextmanager
def attach_server(url: str) -> Iterator[SharedServer]:
    """Use a server that runs already; `MOCKSERVER_ADMIN_TOKEN` has its token. Raises `MockError` TST003."""
    plain = url.rstrip("/")
    with closing(ConnectionPool(plain, os.environ.get("MOCKSERVER_ADMIN_TOKEN", ""))) as pool:
        try:
            with pool.connection() as client:
                if not is_mock_server(client):
                    hint = "Start one with `mockserver serve --check`."
                    raise refuse("TST003", f"{plain} is not a mock server", hint)
                judged = is_judging(client)
        except Unreachable as error:
            raise refuse("TST003", str(error), "Start it with `mockserver serve --check`.") from None
        yield SharedServer(pool=pool, judged=judged, vendors=installed_vendors())


def is_judging(client: HttpClient) -> bool:
    """Return True if the server judges its answers."""
    try:
        return call_admin(client, Request("GET", "/__mock/findings"), lambda answer: True)
    except MockError:
        return False
