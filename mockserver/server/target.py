"""Routes a request to its session, its vendor and its operation: once, for everything that comes after.

A session is named, in this order, by the header `X-Mock-Session`, by the prefix `/s/{session}`, by the API key
`scenario:NAME#SESSION`; anything else shares the session `default`. The vendor is named by `/v/{vendor}`, or chosen by
the call (see `vendor_choice`).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response
from mockserver.engine.handle import IncomingRequest, VendorContext
from mockserver.engine.near_misses import nearest_operations
from mockserver.engine.router import NoMatch
from mockserver.engine.session import Session
from mockserver.errors import did_you_mean, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.limits import PREPARED_BODY_BYTES
from mockserver.server.problem import problem_response
from mockserver.server.sessions import DEFAULT_SESSION, SessionRegistry, has_epoch, strip_epoch
from mockserver.server.settings import ServerSettings
from mockserver.server.vendor_choice import VendorChooser

HOME_PATHS: Final = frozenset({"/", "/favicon.ico"})
"""The paths of the mock server itself outside of the admin API."""


class RoutedRequest(NamedTuple):
    """A request with everything that was found out about it. A named tuple, because one is made for each poll."""

    session: Session
    context: VendorContext
    incoming: IncomingRequest
    """Its path is without the prefixes `/s/{session}` and `/v/{vendor}`; the URLs handed out have those it came with.
    """

    @property
    def may_wait(self) -> bool:
        """True if the answer may be sent later than it is made, or the session may alter it."""
        match = self.incoming.match
        operation = None if isinstance(match, NoMatch) else match.operation
        return self.session.intervenes_in(self.context.era.vendor, operation)

    @property
    def takes_long(self) -> bool:
        """True for a request that is prepared in a thread: it has a large body, or computes much without one."""
        match = self.incoming.match
        if isinstance(match, NoMatch):
            return False
        if match.operation.body.is_ignored:
            return match.operation.prepare is not None
        return len(self.incoming.request.body) > PREPARED_BODY_BYTES


class _KeyTarget(NamedTuple):
    """What an API key names besides the customer."""

    scenario: Scenario | None = None
    session_name: str | None = None
    error: str | None = None


_PLAIN_KEY = _KeyTarget()


class TargetFinder:
    """Routes the requests of one server."""

    def __init__(self, registry: SessionRegistry, scheme: str, address: Callable[[], str]) -> None:
        self._registry = registry
        self._scheme = scheme
        self._address = address
        """Returns where the server listens, for a client that does not say how it knows the server."""
        self._settings = registry.settings
        self._chooser = VendorChooser(registry)
        self._sole_vendors = self._chooser.sole_vendors()

    def route(self, request: Request, wall_now: Instant) -> RoutedRequest | Response:
        """Route a request; returns the mock server's own answer where no vendor serves the path: its page, or 404.

        Creates the session if there is none. Raises MockError SES001, SES002 (two sessions named) or SES003.
        """
        path, named_session, named_vendor = _read_prefixes(request)
        vendor = named_vendor
        if vendor is None and not self._registry.factory.serves_others:
            vendor = self._sole_vendors.get(path.partition("/")[2].partition("/")[0])
        keeper = self._registry.keeper
        if keeper.is_shared:
            keeper.refresh(strip_epoch(named_session or DEFAULT_SESSION))
        if vendor is None:
            entry = self._registry.entries.get(strip_epoch(named_session or DEFAULT_SESSION))
            vendor, tied = self._chooser.choose(request, path, entry)
            if tied:
                return self._ambiguous(request, path, named_session, tied)
        if vendor is None or (vendor == named_vendor and vendor not in self._settings.vendors):
            return self._own_answer(request, path, named_vendor, wall_now)
        received = request
        if path != request.path:
            request = Request(request.method, path, request.query, request.headers, request.body)
        era = self._settings.eras.get(vendor) or self._settings.era(vendor)
        api_key = era.parse_api_key(request)
        key = _PLAIN_KEY
        if api_key.startswith("scenario:"):
            key = self._key_target(api_key)
            if self._serves_another(key.scenario):
                return self.route(received, wall_now)
        session_name = named_session or key.session_name or DEFAULT_SESSION
        session = self._find_session(session_name, named_session, key, received, wall_now)
        context = session.vendors.get(vendor) or session.context(vendor)
        if context.era.parse_api_key is not era.parse_api_key:
            # A scenario pins another era, which may take its keys elsewhere.
            api_key = context.era.parse_api_key(request)
        base_url = self._url_for(request)
        if session_name != DEFAULT_SESSION:
            shown = session.label if has_epoch(session_name) else session.name
            base_url += f"/s/{quote(shown, safe='@')}"
        if named_vendor is not None:
            base_url += f"/v/{vendor}"
        match = context.router.match(request.method, path)
        return RoutedRequest(session, context, IncomingRequest(request, base_url, match, api_key, key.error))

    def _url_for(self, request: Request) -> str:
        """Return the server's address as the client of a request knows it."""
        host = request.headers.get("host", "")
        return f"{self._scheme}://{host}" if _is_plain_host(host) else self._address()

    def _find_session(
        self, session_name: str, named: str | None, key: _KeyTarget, request: Request, wall_now: Instant
    ) -> Session:
        """Return the session of that name. Raises MockError SES002 if key and header (or prefix) disagree."""
        if named and key.session_name and strip_epoch(named) != strip_epoch(key.session_name):
            detail = f"the header or prefix names session {named!r}, the API key {key.session_name!r}"
            raise refuse("SES002", detail, "name it once")
        keeper = self._registry.keeper
        if keeper.is_shared and session_name != (named or DEFAULT_SESSION):
            keeper.refresh(strip_epoch(session_name))
        # Most requests name a session that is there, without an epoch: the registry need not check that.
        entry = self._registry.entries.get(session_name)
        if entry is None:
            session = self._registry.get_or_create(session_name, wall_now, key.scenario, request)
        else:
            entry.last_used = wall_now
            session = entry.session
        if key.scenario is not None and session.setup.scenario_name != key.scenario.name:
            playing = session.setup.scenario_name or "none"
            detail = f"session {session.name!r} plays {playing}, not {key.scenario.name!r}"
            raise refuse("SES002", detail, f"another session: scenario:{key.scenario.name}#another-name")
        return session

    def _serves_another(self, scenario: Scenario | None) -> bool:
        """Return True if a scenario is the first one of a vendor that is not served unasked: it counts from now on."""
        factory = self._registry.factory
        if scenario is None or scenario.vendor in self._settings.eras or factory.serves_others:
            return False
        factory.serves_others = True
        return True

    def _key_target(self, api_key: str) -> _KeyTarget:
        """Return what a key `scenario:NAME#SESSION` names, or why there is no such scenario."""
        name, _, session_name = api_key.removeprefix("scenario:").partition("#")
        scenario = self._registry.scenarios.find(name)
        if scenario is None and self._registry.keeper.is_shared:
            self._registry.keeper.refresh("")
            scenario = self._registry.scenarios.find(name)
        if scenario is None:
            near = did_you_mean(name, self._registry.scenarios.names())
            return _KeyTarget(error=f"no scenario {name[:80]!r}{near}")
        return _KeyTarget(scenario, session_name or name)

    def _ambiguous(self, request: Request, path: str, named_session: str | None, vendors: Sequence[str]) -> Response:
        """Return the 300 for a call that several vendors have, with its address at each of them."""
        session = f"/s/{quote(named_session, safe='@')}" if named_session else ""
        query = f"?{request.query}" if request.query else ""
        addresses = [
            {"vendor": name, "url": f"{self._url_for(request)}{session}/v/{name}{path}{query}"} for name in vendors
        ]
        detail = f"{request.method} {path[:200]} is a call of {' and '.join(vendors)}"
        hint = "use an address of one of them, serve --only one of them, or play a scenario of one of them"
        return problem_response(300, "SRV026", detail, hint, addresses=addresses)

    def _own_answer(self, request: Request, path: str, named_vendor: str | None, wall_now: Instant) -> Response:
        """Return the mock server's own answer to a request that no vendor gets: its page, or 404."""
        if request.path in HOME_PATHS and request.method in ("GET", "HEAD"):
            # Imported late: few servers are ever asked for the page.
            from mockserver.server.home import home_response

            return home_response(request, self._registry, self._url_for(request), wall_now)
        return self._not_found(request, path, named_vendor)

    def _not_found(self, request: Request, path: str, named_vendor: str | None) -> Response:
        """Return the 404 for an unknown vendor, or for a path that no vendor has, with the nearest operations."""
        vendors = self._settings.vendors
        if path == "/__mock":
            detail = "/__mock is no call of the admin API"
            return problem_response(404, "SRV002", detail, "GET /__mock/ lists its calls")
        if named_vendor is not None:
            detail = f"no vendor {named_vendor[:80]!r}{did_you_mean(named_vendor[:80], vendors)}"
            return problem_response(404, "SRV002", detail, "vendors: " + ", ".join(vendors))
        found = [
            (era.vendor, miss)
            for era in self._settings.eras.values()
            for miss in nearest_operations(request.method, path, era.operations, 1)
        ]
        found.sort(key=lambda pair: pair[1].distance)
        closest = did_you_mean(path[:200], [miss.template for _, miss in found])
        detail = f"no vendor serves {request.method} {path[:200]}{closest}"
        hint = "vendors' paths begin with " + ", ".join("/" + segment for segment in self._chooser.segments)
        hint = "; ".join((hint, *pack_hints(self._settings, request.method, path)))
        nearest = [{"vendor": vendor, **miss.json()} for vendor, miss in found]
        return problem_response(404, "SRV002", detail, hint, nearest=nearest)


@lru_cache(maxsize=256)
def _is_plain_host(host: str) -> bool:
    """Return True if a Host header can begin the URLs of an answer."""
    return 0 < len(host) < 262 and host.isascii() and all(char.isalnum() or char in ".-:[]_" for char in host)


def pack_hints(settings: ServerSettings, method: str, path: str) -> list[str]:
    """Return a hint for each bundled pack that has a call and is not served at the bare address."""
    return [
        f"{name} (a bundled pack) has this call: use /v/{name}{path[:200]} or serve --vendor {name}"
        for name in settings.packs_with_call(method, path)
        if name not in settings.eras
    ]


def single_session_name(header: str | None, prefix: str) -> str:
    """Return the session that header and prefix of a request name. Raises MockError SES002 if they disagree."""
    if header and strip_epoch(header) != strip_epoch(prefix):
        detail = f"the header names session {header[:80]!r}, the prefix {prefix[:80]!r}"
        raise refuse("SES002", detail, "name it once")
    return header or prefix


def _read_prefixes(request: Request) -> tuple[str, str | None, str | None]:
    """Return the path behind the prefixes, and the session and the vendor that prefixes and headers name.

    Raises MockError SES002 if they name two sessions.
    """
    path = request.path
    session = request.headers.get("x-mock-session")
    vendor: str | None = None
    if path.startswith("/s/"):
        path, prefixed = _cut_prefix(path)
        if prefixed:
            session = single_session_name(session, unquote(prefixed))
    if path.startswith("/v/"):
        path, vendor = _cut_prefix(path)
    return path, session, vendor


def _cut_prefix(path: str) -> tuple[str, str | None]:
    """Cut `/s/NAME` or `/v/NAME` off a path; returns the rest and NAME, or the path and None where nothing follows."""
    parts = path.split("/", 3)
    if len(parts) == 4 and parts[2]:
        return "/" + parts[3], parts[2]
    return path, None
