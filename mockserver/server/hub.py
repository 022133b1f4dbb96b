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
from mockserver.engine.journal import Stale
from mockserver.engine.nearness import near
from mockserver.engine.routing import Router
from mockserver.engine.session import Session
from mockserver.engine.setup import Checker, Observer, Setup
from mockserver.engine.store import Store
from mockserver.errors import MockError, Problem, nearest, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.problem import from_error, problem
from mockserver.vendors.api import Era, Trouble, Vendor
from mockserver.vendors.hooks import Hook

DEFAULT: Final = "default"
LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Settings:
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
    observers: tuple[Observer, ...] = ()
    checker: Checker | None = None
    """Judges every answer before it is given; nothing is judged without one."""
    most_sessions: int = 10_000
    most_sockets: int = 1_000
    """Open websockets of one session; a further one is closed at once."""
    idle: Duration = HOUR
    """Sessions not asked for so long are forgotten when room is needed for others."""
    check_scenario: Callable[[Scenario, Era], list[Problem]] = lambda scenario, era: []
    """What a scenario that is sent while the server runs makes the fake say against the captured contract."""
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    """Webhook endpoints by vendor, for sessions whose scenario names none."""
    allowed: tuple[str, ...] = ()
    """Hosts, addresses and networks that may be posted to beside this machine."""
    address: str = "http://127.0.0.1:4810"
    """What a request without a usable Host header is taken to have called, until the server knows its port."""


class Target(NamedTuple):
    """Where a request goes: the session, the vendor, the request without our prefixes."""

    session: Session
    vendor: str
    request: Request
    base_path: str
    """`/s/NAME`, with the epoch where the request names it; nothing for the default session."""
    stranger: str = ""


@dataclass(slots=True)
class _Held:
    session: Session
    chosen: tuple[Scenario, ...]
    """What it plays."""
    seed: str
    """The seed that was asked for; empty: the scenario's, or the server's."""
    rate: float | None
    """The rate that was asked for; None: the scenario's, or the server's."""
    asked: Instant


@dataclass(slots=True)
class Hub:
    """All sessions of one server."""

    settings: Settings
    sent: dict[str, Scenario] = field(default_factory=dict)
    """The scenarios that were sent while the server runs, by name."""
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while one is being read: a server that stops waits for one of them at most."""
    _sessions: dict[str, _Held] = field(default_factory=dict)
    _ended: dict[str, int] = field(default_factory=dict)
    """Names of deleted sessions, with the epoch that would come next."""
    _routers: dict[str, Router] = field(default_factory=dict)
    _homes: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for vendor in self.settings.vendors.values():
            for era in vendor.eras:
                for operation in era.operations:
                    for path in (operation.path, *operation.aliases):
                        homes = self._homes.setdefault(path.split("/", 2)[1], [])
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
        return self.sent.get(name) or self.settings.find_scenario(name)

    def scenario_names(self) -> list[str]:
        """The scenarios that keys and sessions can name."""
        return sorted({*self.sent, *self.settings.scenario_names()})

    def playing(self, name: str) -> list[str]:
        """The sessions that play a scenario of that name as it was before it was sent anew."""
        newest = self.sent[name]
        chosen = ((held.session.name, each) for held in self._sessions.values() for each in held.chosen)
        return [session for session, each in chosen if each.name == name and each is not newest]

    def names(self) -> list[str]:
        """The sessions there are."""
        return list(self._sessions)

    def get(self, name: str) -> Session | None:
        """A session that exists, or None."""
        held = self._sessions.get(name)
        return held.session if held is not None else None

    def still(self, session: Session, real: Instant) -> bool:
        """Whether this is the session of its name yet; it is asked for now."""
        held = self._sessions.get(session.name)
        if held is None or held.session is not session:
            return False
        held.asked = real
        return True

    def open(
        self, name: str, real: Instant, scenario: Scenario | None = None, request: Request | None = None
    ) -> Session:
        """The session of that name, made where there is none; `name@epoch` must be its present epoch.

        A request of a former epoch is remembered as late.
        """
        plain = plain_name(name)
        epoch = name[len(plain) + 1 :]
        held = self._sessions.get(plain)
        if epoch and (held is None or int(epoch) != held.session.epoch):
            if request is not None:
                self.late(plain, int(epoch), request, real)
            raise refuse(
                "SES003",
                f"session {plain!r} is in epoch {held.session.epoch if held else 'none'}; "
                f"this request belongs to epoch {epoch}",
                "it was sent before a reset, or by a client that a former test left running",
            )
        if held is None:
            return self.make(plain, real, scenario)
        held.asked = real
        return held.session

    def late(self, name: str, epoch: int, request: Request, real: Instant) -> None:
        """Let the session of that name know of a request that belongs to an epoch before its own."""
        session = self.get(name)
        if session is not None and epoch < session.epoch:
            session.journal.stale.append(Stale(session.clock.now(real), epoch, request.method, request.path))

    def ended(self, name: str) -> int:
        """The last epoch of a deleted session; 0 where none of that name is known."""
        return self._ended.get(name, 1) - 1

    def make(
        self, name: str, real: Instant, scenario: Scenario | None = None, seed: str = "", rate: float | None = None
    ) -> Session:
        """A new session of a name that nobody has; its epochs go on from those of a deleted one of its name.

        Without a scenario it plays the server's; `rate` is its clock's where that is not the scenario's or the
        server's. The idle make room for it.
        """
        _check_name(name)
        epoch = self._ended.pop(name, 1)
        if len(self._sessions) >= self.settings.most_sessions:
            self._evict(real)
        chosen = (scenario,) if scenario is not None else self.settings.scenarios
        session = Session(self._setup(name, self._clock(chosen, rate, real), chosen, seed), epoch)
        self._sessions[name] = _Held(session, chosen, seed, rate, real)
        return session

    def _evict(self, real: Instant) -> None:
        idle = [name for name, held in self._sessions.items() if held.asked <= real - self.settings.idle]
        oldest = min(self._sessions, key=lambda name: self._sessions[name].asked)
        for name in idle or [oldest]:
            self.delete(name)

    def delete(self, name: str) -> bool:
        """Forget a session; whether there was one. What still asks for `name@epoch` learns that it is gone."""
        held = self._sessions.pop(name, None)
        if held is None:
            return False
        held.session.end()
        self._ended[name] = held.session.epoch + 1
        held.session.journal.tell()
        while len(self._ended) > self.settings.most_sessions:
            self._ended.pop(next(iter(self._ended)))
        return True

    def reset(self, name: str, real: Instant) -> Session:
        """A new epoch: the same scenario, seed and clock, nothing happened yet.

        A scenario that was sent anew meanwhile is played as it is now.
        """
        held = self._sessions[self.open(name, real).name]
        chosen, held.chosen = held.chosen, tuple(self.sent.get(each.name, each) for each in held.chosen)
        before, clock = held.session, self._clock(held.chosen, held.rate, real)
        if held.chosen == chosen:
            held.session = before.again(clock)
        else:
            setup = self._setup(before.name, clock, held.chosen, held.seed)
            held.session = Session(setup, before.epoch + 1)
        before.journal.tell()
        before.end()
        return held.session

    def _clock(self, scenarios: tuple[Scenario, ...], rate: float | None, real: Instant) -> Clock:
        """A session's first clock: as asked for, else as its one scenario says, else the server's."""
        clock = self.settings.clock(real)
        start = clock.virtual
        if len(scenarios) == 1:
            asked = scenarios[0].clock
            start = start if asked.start is None else asked.start
            rate = asked.rate if rate is None else rate
        rate = clock.rate if rate is None else rate
        return Clock(real, start, rate, rate or clock.resumes_at)

    def _setup(self, name: str, clock: Clock, scenarios: tuple[Scenario, ...], seed: str) -> Setup:
        eras = {**self.settings.eras, **{scenario.vendor: self.era_of(scenario) for scenario in scenarios}}
        scripted = scenarios[0].seed if len(scenarios) == 1 else ""
        return Setup(
            name=name,
            eras=eras,
            clock=clock,
            seed=seed or scripted or self.settings.seed,
            make_store=self.settings.make_store,
            scripts={scenario.vendor: scenario.script for scenario in scenarios},
            hooks=self.settings.hooks,
            scenario=", ".join(scenario.name for scenario in scenarios),
            observers=self.settings.observers,
            checker=self.settings.checker,
            routers={era.pin: self.router(era) for era in eras.values()},
        )

    def era_of(self, scenario: Scenario) -> Era:
        """The era a scenario pins, else the one that the server serves."""
        pinned = self.settings.vendors[scenario.vendor].era(scenario.date) if scenario.date else None
        return pinned or self.settings.eras[scenario.vendor]

    def target(self, request: Request, real: Instant) -> Target | Response:
        """Who answers: or our own answer, where nobody can."""
        try:
            return self._target(request, real)
        except MockError as error:
            return from_error(error)

    def _target(self, request: Request, real: Instant) -> Target | Response:
        path, prefixed = _cut(request.path, "s")
        path, named_vendor = _cut(path, "v")
        named = request.headers.get("x-mock-session", "") or (unquote(prefixed) if prefixed else "")
        vendor = self._vendor(path, named_vendor, named)
        if vendor is None:
            return self._lost(request, path, named_vendor)
        inner = request if path == request.path else _with_path(request, path)
        key = _key(self.settings.eras[vendor], inner)
        scenario, own, stranger = self._by_key(key)
        if named and own and plain_name(named) != plain_name(own):
            raise refuse("SES002", f"the header or prefix names session {named!r}, the API key {own!r}", "name it once")
        asked = named or own or DEFAULT
        session = self.open(asked, real, scenario, request)
        if scenario is not None and session.setup.scenario != scenario.name:
            raise refuse(
                "SES002",
                f"session {session.name!r} plays {session.setup.scenario or 'none'}, not {scenario.name!r}",
                f"another session: scenario:{scenario.name}#another-name",
            )
        shown = f"{session.name}@{session.epoch}" if _pinned(asked) else session.name
        base = "" if shown == DEFAULT else f"/s/{quote(shown, safe='@')}"
        return Target(session, vendor, inner, base, stranger)

    def _by_key(self, key: str) -> tuple[Scenario | None, str, str]:
        """A `scenario:NAME#SESSION` key: the scenario, the session's name, or why there is no such scenario."""
        if not key.startswith("scenario:"):
            return None, "", ""
        name, _, own = key.removeprefix("scenario:").partition("#")
        scenario = self.find_scenario(name)
        if scenario is None:
            near = nearest(name, self.scenario_names())
            return None, "", f"no scenario {name[:80]!r}{near}"
        return scenario, own or name, ""

    def _vendor(self, path: str, named: str, session: str) -> str | None:
        if named:
            return named if named in self.settings.vendors else None
        homes = self._homes.get(path.split("/", 2)[1] if "/" in path else "", [])
        if len(homes) < 2:
            return homes[0] if homes else None
        held = self._sessions.get(plain_name(session or DEFAULT))
        scripted = held.session.setup.scripts if held is not None else {}
        return next((home for home in homes if home in scripted), homes[0])

    def _lost(self, request: Request, path: str, named: str) -> Response:
        """No vendor of that name, or none that has this path: our own 404, with what is nearest."""
        vendors = self.settings.vendors
        if named:
            detail = f"no vendor {named[:80]!r}{nearest(named[:80], vendors)}"
            return problem(404, "SRV002", detail, "vendors: " + ", ".join(vendors))
        eras = self.settings.eras.values()
        found = [(era.vendor, miss) for era in eras for miss in near(request.method, path, era.operations, 1)]
        found.sort(key=lambda pair: pair[1].distance)
        closest = nearest(path[:200], [miss.template for _, miss in found])
        return problem(
            404,
            "SRV002",
            f"no vendor serves {request.method} {path[:200]}{closest}",
            "vendors' paths begin with " + ", ".join(sorted("/" + home for home in self._homes)),
            nearest=[{"vendor": vendor, **miss.json()} for vendor, miss in found],
        )


def _check_name(name: str) -> None:
    """Refuse a name that cannot be asked for: `@1` at its end means an epoch, and clients resolve `/s/../`."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise refuse("SES001", "a session's name is 1 to 200 printable characters", "X-Mock-Session: my-test")
    if name in (".", "..") or _pinned(name):
        raise refuse("SES001", f"{name!r} is no session's name", "X-Mock-Session: my-test")


def plain_name(name: str) -> str:
    """A session's name without its epoch."""
    return name.partition("@")[0] if _pinned(name) else name


def _pinned(name: str) -> bool:
    _, _, epoch = name.rpartition("@")
    return "@" in name and epoch.isdecimal() and epoch.isascii() and len(epoch) < 10 and name.count("@") == 1


def _cut(path: str, letter: str) -> tuple[str, str]:
    """Cut `/s/NAME` off a path: what is left, and NAME."""
    parts = path.split("/", 3)
    if len(parts) == 4 and parts[1] == letter and parts[2]:
        return "/" + parts[3], parts[2]
    return path, ""


def _with_path(request: Request, path: str) -> Request:
    return Request(request.method, path, request.query, request.headers, request.body)


def _key(era: Era, request: Request) -> str:
    key = era.credentials(request)
    return "" if isinstance(key, Trouble) else key
