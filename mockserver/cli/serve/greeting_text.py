"""The greeting of `serve`: what is served and how to go on, for a person as lines, for a program as one JSON object."""

import os
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any, Final

from mockserver import __version__
from mockserver.cli.options import client_host
from mockserver.core.instants import Instant
from mockserver.core.text import pluralize
from mockserver.scenario.model import Scenario
from mockserver.server.description import describe_vendors, kept_options
from mockserver.server.run import RunningServer
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.stores.open_log import MEMORY, public_location
from mockserver.vendors.api import Era, Role, Vendor

MAX_KEPT: Final = 3
"""Sessions that a line names."""


def serve_greeting(
    running: RunningServer, settings: ServerSettings, clock: str, variables: Mapping[str, str], store: str = MEMORY
) -> Iterator[str]:
    """Render the lines printed at the start, made to be copied: URL, client code per vendor, clock, admin API.

    `store` is the location of the one that keeps the sessions.
    """
    url = client_url(running)
    yield f"videojob-mockserver {__version__} on {url}"
    yield ""
    by_vendor = {scenario.vendor: scenario for scenario in settings.scenarios}
    asked_for = {*settings.named, *by_vendor}
    for name in sorted(settings.eras, key=lambda each: each not in asked_for):
        yield from vendor_lines(settings.vendors[name], settings.eras[name], by_vendor.get(name), url)
    # A rate in the only scenario wins over --clock in every session that plays it.
    if len(settings.scenarios) == 1 and settings.scenarios[0].clock.mode is not None:
        clock = f"{settings.scenarios[0].clock.mode} (the scenario's)"
    if clock.startswith("auto"):
        yield f"clock      {clock}: each poll of a running job moves it; `mockserver clock advance 8h` too"
    elif clock.startswith("manual"):
        yield f"clock      {clock}: `mockserver clock advance 8h` moves it"
    else:
        yield f"clock      {clock}; `mockserver clock advance 8h` moves it, --clock manual stops it"
    if store != MEMORY:
        registry = running.app.registry
        sessions = "shared" if registry.keeper.is_shared else pluralize(len(registry.entries), "session")
        yield f"store      {public_location(store)}: {sessions}"
        yield from kept_lines(registry, running.app.wall_clock())
    playing = ", ".join(scenario.name for scenario in by_vendor.values()) or "none"
    yield f"scenarios  {playing}; a client chooses one with the API key scenario:NAME (see mockserver list)"
    if variables:
        yield "tls        its authority is the server's own; clients trust it by these variables:"
        yield from (f"    export {name}={quote(value)}" for name, value in variables.items())
    for hook_url in {hook.url for hook in settings.hooks.values()}:
        yield f"webhooks   {hook_url}"
    token = running.app.token
    yield f"admin      {url}/__mock/health" + (f"   Authorization: Bearer {token}" if token else "")
    yield "stop       Ctrl-C"


def kept_lines(registry: SessionRegistry, wall_now: Instant) -> Iterator[str]:
    """Render which sessions of a store go on with other eras or clocks than the options say."""
    kept = [
        f"{name} ({', '.join(options)})"
        for name, entry in registry.entries.items()
        if (options := kept_options(registry, entry, wall_now))
    ]
    if len(kept) > MAX_KEPT:
        kept[MAX_KEPT:] = [f"and {len(kept) - MAX_KEPT} more: `mockserver sessions` lists them"]
    if kept:
        yield f"    note: sessions that go on as the store has them, not as the options say: {', '.join(kept)}"


def ready_object(running: RunningServer, variables: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what a program that started the server needs to know, once it listens.

    `variables` are those with which clients trust the server's certificate.
    """
    app = running.app
    url = client_url(running)
    ready = {
        "url": url,
        "host": running.host,
        "port": running.port,
        "pid": os.getpid(),
        "version": __version__,
        "vendors": describe_vendors(app.registry, url),
    }
    if variables:
        ready["environment"] = dict(variables)
    if app.token:
        ready["admin_token"] = app.token
    return ready


def client_url(running: RunningServer) -> str:
    """Return the address that a client on this machine uses."""
    return f"{running.app.scheme}://{client_host(running.host)}:{running.port}"


def vendor_lines(vendor: Vendor, default_era: Era, scenario: Scenario | None, url: str) -> Iterator[str]:
    """Render the client code of one vendor, and what a newcomer must know about its era."""
    era = default_era
    plays = ""
    scripted_cancels: frozenset[str] = frozenset()
    if scenario is not None:
        plays = f", playing {scenario.name}"
        scripted_cancels = frozenset(scenario.script.cancels)
        if scenario.date:
            era = vendor.era(scenario.date) or default_era
    yield f"{vendor.title} ({era.pin}{plays})"
    yield f"    {vendor.snippet(url, vendor.own_key('test-key'))}"
    has_cancel = era.operation_of(era.main_kind.name, Role.CANCEL) is not None
    if has_cancel and not era.supports_cancel and era.main_kind.name not in scripted_cancels:
        note = f"    note: in this era every cancel of a {era.main_kind.name} is answered with 501"
        working = next((older for older in reversed(vendor.eras) if older.supports_cancel), None)
        if working is not None:
            note += f"; --vendor {working.pin} serves an era in which cancelling works"
        yield note
    for notice in era.notices:
        yield f"    note: {notice}"
    yield ""
