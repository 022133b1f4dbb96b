"""Which session, which vendor: from a request to the one who answers it.

A session is named, in this order, by the header `X-Mock-Session`, by the prefix `/s/{session}`, by the API key
`scenario:NAME#SESSION`; anything else shares the session `default`. The vendor is found by the first segment of the
path, or named by `/v/{vendor}`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from mockserver.core.clock import Clock
from mockserver.core.instants import HOUR, Duration, Instant
from mockserver.core.wire import Request, Response
from mockserver.engine.journal import StaleRequest
from mockserver.engine.near_misses import nearest_operations
from mockserver.engine.router import Router
from mockserver.engine.session.session import Session
from mockserver.engine.session.setup import AnswerChecker, AnswerObserver, SessionSetup
from mockserver.engine.store import Store
from mockserver.errors import MockError, Problem, did_you_mean, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.problem import problem_from_error, problem_response
from mockserver.vendors.api import Era, RequestError, Vendor
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

DEFAULT_SESSION: Final = "default"
MAX_NAME_LENGTH: Final = 200


@dataclass(frozen=True)
class ServerSettings:
    """How the server was started."""

    vendors: Mapping[str, Vendor]
    eras: Mapping[str, Era]
    """The era of each vendor where no scenario says otherwise."""
    make_store: Callable[[Era], Store]
    find_scenario: Callable[[str], Scenario | None]
    """A scenario by name, or None; for API keys and the admin API."""
    scenario_names: Callable[[], list[str]]
    scenarios: tuple[Scenario, ...] = ()
    """The scenarios that every session has unless it names its own, one for each vendor at most."""
    clock: Callable[[Instant], Clock] = lambda real: Clock(real, real)
    seed: str = "0"
    observers: tuple[AnswerObserver, ...] = ()
    checker: AnswerChecker | None = None
    """Judges every answer before it is given; nothing is judged without one."""
    most_sessions: int = 10_000
    most_sockets: int = 1_000
    """Open websockets of one session; a further one is closed at once."""
    idle: Duration = HOUR
    """Sessions not asked for so long are forgotten when room is needed for others."""
    check_scenario: Callable[[Scenario, Era], list[Problem]] = lambda scenario, era: []
    """What a scenario that is sent while the server runs makes the fake say against the captured contract."""
    hooks: Mapping[str, WebhookEndpoint] = field(default_factory=dict)
    """Webhook endpoints by vendor, for sessions whose scenario names none."""
    allowed: tuple[str, ...] = ()
    """Hosts, addresses and networks that may be posted to beside this machine."""
    address: str = "http://127.0.0.1:4810"
    """What a request without a usable Host header is taken to have called, until the server knows its port."""


class RoutedRequest(NamedTuple):
    """Where a request goes: the session, the vendor, the request without our prefixes."""

    session: Session
    vendor: str
    request: Request
    base_path: str
    """`/s/NAME`, with the epoch where the request names it; nothing for the default session."""
    key_error: str = ""


@dataclass(slots=True)
class _SessionEntry:
    session: Session
    scenarios: tuple[Scenario, ...]
    """What it plays."""
    seed: str
    """The seed that was asked for; empty: the scenario's, or the server's."""
    rate: float | None
    """The rate that was asked for; None: the scenario's, or the server's."""
    last_used: Instant


@dataclass(slots=True)
class SessionRegistry:
    """All sessions of one server."""

    settings: ServerSettings
    uploaded: dict[str, Scenario] = field(default_factory=dict)
    """The scenarios that were sent while the server runs, by name."""
    upload_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while one is being read: a server that stops waits for one of them at most."""
    _entries: dict[str, _SessionEntry] = field(default_factory=dict)
    _next_epochs: dict[str, int] = field(default_factory=dict)
    """Names of deleted sessions, with the epoch that would come next."""
    _routers: dict[str, Router] = field(default_factory=dict)
    _vendors_by_segment: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for vendor in self.settings.vendors.values():
            for era in vendor.eras:
                for operation in era.operations:
                    for path in (operation.path, *operation.aliases):
                        homes = self._vendors_by_segment.setdefault(path.split("/", 2)[1], [])
                        if vendor.name not in homes:
                            homes.append(vendor.name)

    def router(self, era: Era) -> Router:
        """An era's router, built once."""
        known = self._routers.get(era.pin)
        if known is None:
            known = self._routers[era.pin] = Router(era.operations)
        return known

    def find_scenario(self, name: str) -> Scenario | None:
        """The scenario of that name: one that was sent, else the server's own; None where there is neither."""
        return self.uploaded.get(name) or self.settings.find_scenario(name)

    def scenario_names(self) -> list[str]:
        """The scenarios that keys and sessions can name."""
        return sorted({*self.uploaded, *self.settings.scenario_names()})

    def sessions_on_older(self, name: str) -> list[str]:
        """The sessions that play a scenario of that name as it was before it was sent anew."""
        newest = self.uploaded[name]
        chosen = ((held.session.name, each) for held in self._entries.values() for each in held.scenarios)
        return [session for session, each in chosen if each.name == name and each is not newest]

    def names(self) -> list[str]:
        """The sessions there are."""
        return list(self._entries)

    def get(self, name: str) -> Session | None:
        """A session that exists, or None."""
        held = self._entries.get(name)
        return held.session if held is not None else None

    def touch_if_current(self, session: Session, wall_now: Instant) -> bool:
        """Whether this is the session of its name yet; it is asked for now."""
        held = self._entries.get(session.name)
        if held is None or held.session is not session:
            return False
        held.last_used = wall_now
        return True

    def get_or_create(
        self, name: str, wall_now: Instant, scenario: Scenario | None = None, request: Request | None = None
    ) -> Session:
        """The session of that name, made where there is none; `name@epoch` must be its present epoch.

        A request of a former epoch is remembered as late.
        """
        plain = strip_epoch(name)
        epoch = name[len(plain) + 1 :]
        held = self._entries.get(plain)
        if epoch and (held is None or int(epoch) != held.session.epoch):
            if request is not None:
                self.note_stale(plain, int(epoch), request, wall_now)
            raise refuse(
                "SES003",
                f"session {plain!r} is in epoch {held.session.epoch if held else 'none'}; "
                f"this request belongs to epoch {epoch}",
                "it was sent before a reset, or by a client that a former test left running",
            )
        if held is None:
            return self.create(plain, wall_now, scenario)
        held.last_used = wall_now
        return held.session

    def note_stale(self, name: str, epoch: int, request: Request, wall_now: Instant) -> None:
        """Let the session of that name know of a request that belongs to an epoch before its own."""
        session = self.get(name)
        if session is not None and epoch < session.epoch:
            session.journal.stale_requests.append(
                StaleRequest(session.clock.now(wall_now), epoch, request.method, request.path)
            )

    def last_epoch(self, name: str) -> int:
        """The last epoch of a deleted session; 0 where none of that name is known."""
        return self._next_epochs.get(name, 1) - 1

    def create(
        self, name: str, wall_now: Instant, scenario: Scenario | None = None, seed: str = "", rate: float | None = None
    ) -> Session:
        """A new session of a name that nobody has; its epochs go on from those of a deleted one of its name.

        Without a scenario it plays the server's; `rate` is its clock's where that is not the scenario's or the
        server's. The idle make room for it.
        """
        _check_session_name(name)
        epoch = self._next_epochs.pop(name, 1)
        if len(self._entries) >= self.settings.most_sessions:
            self._evict(wall_now)
        chosen = (scenario,) if scenario is not None else self.settings.scenarios
        session = Session(self._make_setup(name, self._initial_clock(chosen, rate, wall_now), chosen, seed), epoch)
        self._entries[name] = _SessionEntry(session, chosen, seed, rate, wall_now)
        return session

    def _evict(self, wall_now: Instant) -> None:
        idle = [name for name, held in self._entries.items() if held.last_used <= wall_now - self.settings.idle]
        oldest = min(self._entries, key=lambda name: self._entries[name].last_used)
        for name in idle or [oldest]:
            self.delete(name)

    def delete(self, name: str) -> bool:
        """Forget a session; whether there was one. What still asks for `name@epoch` learns that it is gone."""
        held = self._entries.pop(name, None)
        if held is None:
            return False
        held.session.close()
        self._next_epochs[name] = held.session.epoch + 1
        held.session.journal.notify()
        while len(self._next_epochs) > self.settings.most_sessions:
            self._next_epochs.pop(next(iter(self._next_epochs)))
        return True

    def reset(self, name: str, wall_now: Instant) -> Session:
        """A new epoch: the same scenario, seed and clock, nothing happened yet.

        A scenario that was sent anew meanwhile is played as it is now.
        """
        held = self._entries[self.get_or_create(name, wall_now).name]
        chosen, held.scenarios = held.scenarios, tuple(self.uploaded.get(each.name, each) for each in held.scenarios)
        before, clock = held.session, self._initial_clock(held.scenarios, held.rate, wall_now)
        if held.scenarios == chosen:
            held.session = before.reset(clock)
        else:
            setup = self._make_setup(before.name, clock, held.scenarios, held.seed)
            held.session = Session(setup, before.epoch + 1)
        before.journal.notify()
        before.close()
        return held.session

    def _initial_clock(self, scenarios: tuple[Scenario, ...], rate: float | None, wall_now: Instant) -> Clock:
        """A session's first clock: as asked for, else as its one scenario says, else the server's."""
        clock = self.settings.clock(wall_now)
        start = clock.session_start
        if len(scenarios) == 1:
            asked = scenarios[0].clock
            start = start if asked.start is None else asked.start
            rate = asked.rate if rate is None else rate
        rate = clock.rate if rate is None else rate
        return Clock(wall_now, start, rate, rate or clock.resume_rate)

    def _make_setup(self, name: str, clock: Clock, scenarios: tuple[Scenario, ...], seed: str) -> SessionSetup:
        eras = {**self.settings.eras, **{scenario.vendor: self.era_for(scenario) for scenario in scenarios}}
        scripted = scenarios[0].seed if len(scenarios) == 1 else ""
        return SessionSetup(
            name=name,
            eras=eras,
            clock=clock,
            seed=seed or scripted or self.settings.seed,
            make_store=self.settings.make_store,
            scripts={scenario.vendor: scenario.script for scenario in scenarios},
            endpoints=self.settings.hooks,
            scenario_name=", ".join(scenario.name for scenario in scenarios),
            observers=self.settings.observers,
            checker=self.settings.checker,
            routers={era.pin: self.router(era) for era in eras.values()},
        )

    def era_for(self, scenario: Scenario) -> Era:
        """The era a scenario pins, else the one that the server serves."""
        pinned = self.settings.vendors[scenario.vendor].era(scenario.date) if scenario.date else None
        return pinned or self.settings.eras[scenario.vendor]

    def route(self, request: Request, wall_now: Instant) -> RoutedRequest | Response:
        """Who answers: or our own answer, where nobody can."""
        try:
            return self._route(request, wall_now)
        except MockError as error:
            return problem_from_error(error)

    def _route(self, request: Request, wall_now: Instant) -> RoutedRequest | Response:
        path, prefixed = _cut_prefix(request.path, "s")
        path, named_vendor = _cut_prefix(path, "v")
        named = request.headers.get("x-mock-session", "") or (unquote(prefixed) if prefixed else "")
        vendor = self._find_vendor(path, named_vendor, named)
        if vendor is None:
            return self._not_found(request, path, named_vendor)
        inner = request if path == request.path else _with_path(request, path)
        key = _api_key(self.settings.eras[vendor], inner)
        scenario, own, stranger = self._scenario_of_key(key)
        if named and own and strip_epoch(named) != strip_epoch(own):
            raise refuse("SES002", f"the header or prefix names session {named!r}, the API key {own!r}", "name it once")
        asked = named or own or DEFAULT_SESSION
        session = self.get_or_create(asked, wall_now, scenario, request)
        if scenario is not None and session.setup.scenario_name != scenario.name:
            raise refuse(
                "SES002",
                f"session {session.name!r} plays {session.setup.scenario_name or 'none'}, not {scenario.name!r}",
                f"another session: scenario:{scenario.name}#another-name",
            )
        shown = f"{session.name}@{session.epoch}" if _has_epoch(asked) else session.name
        base = "" if shown == DEFAULT_SESSION else f"/s/{quote(shown, safe='@')}"
        return RoutedRequest(session, vendor, inner, base, stranger)

    def _scenario_of_key(self, key: str) -> tuple[Scenario | None, str, str]:
        """A `scenario:NAME#SESSION` key: the scenario, the session's name, or why there is no such scenario."""
        if not key.startswith("scenario:"):
            return None, "", ""
        name, _, own = key.removeprefix("scenario:").partition("#")
        scenario = self.find_scenario(name)
        if scenario is None:
            near = did_you_mean(name, self.scenario_names())
            return None, "", f"no scenario {name[:80]!r}{near}"
        return scenario, own or name, ""

    def _find_vendor(self, path: str, named_vendor: str, session_name: str) -> str | None:
        if named_vendor:
            return named_vendor if named_vendor in self.settings.vendors else None
        homes = self._vendors_by_segment.get(path.split("/", 2)[1] if "/" in path else "", [])
        if len(homes) < 2:
            return homes[0] if homes else None
        held = self._entries.get(strip_epoch(session_name or DEFAULT_SESSION))
        scripted = held.session.setup.scripts if held is not None else {}
        return next((home for home in homes if home in scripted), homes[0])

    def _not_found(self, request: Request, path: str, named_vendor: str) -> Response:
        """No vendor of that name, or none that has this path: our own 404, with what is nearest."""
        vendors = self.settings.vendors
        if named_vendor:
            detail = f"no vendor {named_vendor[:80]!r}{did_you_mean(named_vendor[:80], vendors)}"
            return problem_response(404, "SRV002", detail, "vendors: " + ", ".join(vendors))
        eras = self.settings.eras.values()
        found = [
            (era.vendor, miss) for era in eras for miss in nearest_operations(request.method, path, era.operations, 1)
        ]
        found.sort(key=lambda pair: pair[1].distance)
        closest = did_you_mean(path[:200], [miss.template for _, miss in found])
        return problem_response(
            404,
            "SRV002",
            f"no vendor serves {request.method} {path[:200]}{closest}",
            "vendors' paths begin with " + ", ".join(sorted("/" + home for home in self._vendors_by_segment)),
            nearest=[{"vendor": vendor, **miss.json()} for vendor, miss in found],
        )


def _check_session_name(name: str) -> None:
    """Refuse a name that cannot be asked for: `@1` at its end means an epoch, and clients resolve `/s/../`."""
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise refuse("SES001", "a session's name is 1 to 200 printable characters", "X-Mock-Session: my-test")
    if name in (".", "..") or _has_epoch(name):
        raise refuse("SES001", f"{name!r} is no session's name", "X-Mock-Session: my-test")


def strip_epoch(name: str) -> str:
    """A session's name without its epoch."""
    return name.partition("@")[0] if _has_epoch(name) else name


def _has_epoch(name: str) -> bool:
    _, _, epoch = name.rpartition("@")
    return "@" in name and epoch.isdecimal() and epoch.isascii() and len(epoch) < 10 and name.count("@") == 1


def _cut_prefix(path: str, letter: str) -> tuple[str, str]:
    """Cut `/s/NAME` off a path: what is left, and NAME."""
    parts = path.split("/", 3)
    if len(parts) == 4 and parts[1] == letter and parts[2]:
        return "/" + parts[3], parts[2]
    return path, ""


def _with_path(request: Request, path: str) -> Request:
    return Request(request.method, path, request.query, request.headers, request.body)


def _api_key(era: Era, request: Request) -> str:
    key = era.parse_api_key(request)
    return "" if isinstance(key, RequestError) else key
