"""The session of one test: what the fixture `videojob` is."""

import asyncio
from asyncio import sleep as sleep_in_real_time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import current_thread
from typing import Any, Final

from mockserver.client.admin import admin_path, session_url
from mockserver.client.key_set import read_key_set
from mockserver.client.vendor_view import VendorView
from mockserver.client.views import (
    BookingView,
    CallView,
    ChangeView,
    FindingView,
    JobView,
    as_booking,
    as_call,
    as_change,
    as_finding,
    as_job,
    instant,
    list_reader,
)
from mockserver.core.instants import SECOND, format_duration
from mockserver.errors import MockError, Problem, did_you_mean, refuse
from mockserver.installed.vendors import InstalledVendors
from mockserver.server.run import SERVER_THREAD
from mockserver.testing.admin import ConnectionPool, SessionAdmin
from mockserver.testing.plan import SessionPlan, scenario_fields
from mockserver.testing.receiver import ReceivedWebhook, WebhookHandler, WebhookListener, check_handler

__tracebackhide__ = True  # a refused call is shown at the line of the test that made it

RECEIVER_SECRET: Final = "whsec_videojob"  # noqa: S105 -- of deliveries within one test
Moment = str | float | timedelta
"""A length of time: `8h`, seconds as a number, or a `timedelta`."""


class VideoJob:
    """A session of the mock server that is this test's own: clock, jobs, journal, limits, scenario and seed.

    Each vendor is an attribute (`videojob.phaseo`). Every call raises `MockError`, with the server's own code, if the
    server refuses it.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        name: str,
        plan: SessionPlan,
        *,
        vendors: InstalledVendors,
        judged: bool = True,
        folders: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self.plan = plan
        """What the test's markers ask for."""
        self.judged = judged
        """True if the server judges answers and client (`serve --check`)."""
        self.url = session_url(pool.url, name)
        """Where the vendors' paths begin in this session."""
        self._vendors = vendors
        self._folders = folders
        self._admin = SessionAdmin(pool, name)
        self._listener: WebhookListener | None = None
        self.handler_errors: list[BaseException] = []
        """Exceptions of the handler of `receive` so far."""
        self._past_findings: tuple[FindingView, ...] = ()
        self._past_conduct: tuple[FindingView, ...] = ()
        self._create(plan)

    def __repr__(self) -> str:
        return f"<videojob {self.name} at {self.url}>"

    def __getattr__(self, name: str) -> VendorView:
        """Return a vendor. Raises `AttributeError` with the nearest name."""
        if name.startswith("_") or name not in self._vendors:
            near = did_you_mean(name, (*self._vendors, *dir(type(self))))
            raise AttributeError(f"videojob has no vendor and no attribute {name!r}{near}")
        return self.vendor(name)

    @property
    def vendor_names(self) -> tuple[str, ...]:
        """The vendors that the server has."""
        return tuple(self._vendors)

    def vendor(self, name: str) -> VendorView:
        """Return the vendor of that name. Raises `KeyError` if it is not installed."""
        return VendorView.of(self._vendors[name], self.url)

    # The clock

    @property
    def now(self) -> datetime:
        """The session's time."""
        return self._admin.get("clock", lambda shown: instant(shown["now"]))

    def advance(self, by: Moment) -> tuple[ChangeView, ...]:
        """Move the clock; return the changes of state when everything that fell due has happened."""
        return self._admin.post("clock", list_reader("happened", as_change), {"advance": duration_text(by)})

    def sleep(self, seconds: float) -> None:
        """Move the clock by seconds: to stand in for the `time.sleep` of a client."""
        self.advance(float(seconds))

    async def asleep(self, seconds: float, result: Any = None) -> Any:
        """Move the clock by seconds, then return `result`: to stand in for the `asyncio.sleep` of a client.

        The event loop runs on meanwhile.
        """
        # A sleep of 0 only lets others have a turn. The server of this process has its own loop, and real time.
        if seconds <= 0 or current_thread().name == SERVER_THREAD:
            return await sleep_in_real_time(seconds, result)
        await asyncio.to_thread(self.sleep, seconds)
        return result

    # Jobs, calls, money

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """The jobs of all vendors, oldest first; to look at them is no poll."""
        ids = self._admin.get("jobs", list_reader("jobs", lambda shown: shown["id"]))
        return tuple(map(self.job, ids))

    def job(self, job_id: str) -> JobView:
        """Return one job."""
        return self._admin.get(admin_path("jobs", job_id), as_job)

    def move(self, job_id: str, to: str, *, force: bool = False, item: int | None = None) -> JobView:
        """Move a job, or one item of a batch, to a state at once; `force`: against its lifecycle."""
        body: dict[str, Any] = {"to": to, "force": force}
        if item is not None:
            body["item"] = item
        self._admin.post(admin_path("jobs", job_id, "move"), dict, body)
        return self.job(job_id)

    @property
    def ledger(self) -> tuple[BookingView, ...]:
        """The money that moved so far."""
        return self._admin.get("ledger", list_reader("entries", as_booking))

    @property
    def journal(self) -> tuple[CallView, ...]:
        """The requests of the session with their answers, oldest first."""
        return self._admin.get("journal", list_reader("entries", as_call))

    def explain(self, request_id: str = "last") -> str:
        """Return why a request got its answer; `last` is the newest, `last:cancel` the newest cancel."""
        return self._admin.get(admin_path("explain", request_id), lambda shown: str(shown["text"]))

    # Judging

    @property
    def findings(self) -> tuple[FindingView, ...]:
        """The differences between the answers so far and the contract."""
        return self._past_findings + self._admin.get("findings", list_reader("findings", as_finding))

    @property
    def conduct(self) -> tuple[FindingView, ...]:
        """The client's breaches so far of what a vendor asks of its clients."""
        return self._past_conduct + self._admin.get("findings", list_reader("conduct", as_finding))

    # Scripts

    def use(self, scenario: str | Path | Mapping[str, Any]) -> None:
        """Begin the session again with a scenario: a name, a path, or the scenario itself. Its jobs are gone."""
        fields = scenario_fields(scenario, self._folders)
        if self.judged:
            self._past_findings, self._past_conduct = self.findings, self.conduct
        self._delete()
        self._create(self.plan, fields)

    def fault(
        self,
        *,
        on: str,
        do: Mapping[str, Any],
        when: Mapping[str, Any] | None = None,
        vendor: str | None = None,
        job: str | None = None,
        request: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a fault in the words of the scenario language; return its id, for `remove_fault`."""
        fields = {"on": on, "do": do, "when": when, "vendor": vendor, "job": job, "request": request}
        body = {name: value for name, value in fields.items() if value is not None}
        return self._admin.post("faults", lambda shown: str(shown["id"]), body)

    def remove_fault(self, fault_id: str) -> None:
        """Remove a fault."""
        self._admin.delete(admin_path("faults", fault_id), dict)

    # Webhooks

    @property
    def receiver(self) -> WebhookListener:
        """The receiver of this test: the first use makes it the endpoint of every vendor that sends webhooks."""
        return self._listener or self.receive()

    def receive(
        self, handler: WebhookHandler | None = None, *, vendor: str | None = None, **endpoint: Any
    ) -> WebhookListener:
        """Send the webhooks of a vendor, or of all that send any, to a receiver in this process.

        `handler` gets each delivery and returns the status of its answer (nothing: 200). What it raises fails the test.
        Without a handler a delivery is answered with 200
        if its signature is right, else with 401. `endpoint` has other keys of `webhooks:` in a scenario, such as
        `deliver=[{"on": "completed", "sign": "wrong-secret"}]`. Raises `MockError` TST001 for them without a vendor,
        TST006 for a handler that is no function or a coroutine function.
        """
        if handler is not None:
            check_handler(handler)
        if endpoint and vendor is None:
            raise refuse("TST001", f"{', '.join(endpoint)} differ between vendors", 'Name one: vendor="phaseo".')
        usable = self._vendors.usable()
        if self._listener is None:
            self._listener = WebhookListener(usable, RECEIVER_SECRET)
            self.handler_errors = self._listener.errors
        self._listener.handler = handler
        for name, each in usable.items():
            if name == vendor or (vendor is None and each.eras[-1].sends_webhooks):
                self._set_receiver(self._listener, name, endpoint)
        return self._listener

    def _set_receiver(self, listener: WebhookListener, vendor: str, endpoint: Mapping[str, Any]) -> None:
        """Send a vendor's webhooks to the listener, which learns the keys that verify them."""
        signature = listener.signature_of(vendor)
        # Stamped by the machine's clock, which the code under test compares the timestamp with.
        signing = {} if signature is None else {"secret": RECEIVER_SECRET, "stamp": "wall"}
        self.send_webhooks(listener.url, vendor=vendor, **{**signing, **endpoint})
        if signature is not None and signature.key_set_path:
            listener.public_keys += read_key_set(f"{self.url}/v/{vendor}{signature.key_set_path}")

    def send_webhooks(self, url: str, *, vendor: str, **endpoint: Any) -> None:
        """Send a vendor's webhooks to a receiver on this machine; `endpoint` has other keys of `webhooks:`."""
        self._admin.post("webhooks", dict, {"vendor": vendor, "url": url, **endpoint})

    @property
    def webhooks(self) -> tuple[ReceivedWebhook, ...]:
        """The deliveries that `receiver` got so far."""
        return () if self._listener is None else self._listener.received

    def wait_until(self, *, timeout: Moment = "5s", **condition: Any) -> Mapping[str, Any]:
        """Wait in real time, at most 60 s, until a condition holds; return its facts.

        A condition is one of `state="completed", job=id`, `polls=3, job=id`, `requests=2, operation="cancel"` and
        `delivery={"event": "video.completed"}`.
        """
        return self._admin.post("wait", dict, {"timeout": duration_text(timeout), **condition})

    # For the plugin

    def admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Make any other admin call of this session: `admin("POST", "limits", {...})`; return its answer.

        Raises `KeyError` for a method that no admin call has.
        """
        if method == "POST":
            return self._admin.post(path, dict, body)
        return {"GET": self._admin.get, "DELETE": self._admin.delete}[method](path, dict)

    def close(self) -> None:
        """Delete the session, and stop its receiver."""
        try:
            self._delete()
        finally:
            if self._listener is not None:
                self._listener.close()

    def _create(self, plan: SessionPlan, scenario: Mapping[str, str] | None = None) -> None:
        fields = {**plan.session_fields(self.name), **(scenario or {})}
        try:
            self._admin.post("sessions", dict, {name: value for name, value in fields.items() if value})
        except MockError as error:
            problems = error.problems
        else:
            return
        raise MockError(*(with_source_line(problem, fields.get("text", "")) for problem in problems))

    def _delete(self) -> None:
        self._admin.delete(admin_path("sessions", self.name), dict)


def with_source_line(problem: Problem, source: str) -> Problem:
    """Return a problem of a scenario with its line, which the server's answer does not repeat."""
    lines = source.splitlines()
    if not 0 < problem.location.line <= len(lines):
        return problem
    return problem._replace(excerpt=lines[problem.location.line - 1])


def duration_text(value: Moment) -> str:
    """Return a length of time as the server reads it: `8h`; a number is seconds."""
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        value = value.total_seconds()
    return format_duration(round(value * SECOND))
