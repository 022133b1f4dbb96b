"""What a server serves and how to go on, as JSON has it: for `GET /` and for the greeting of `serve`."""

from contextlib import suppress
from typing import Any

from mockserver import __version__
from mockserver.core.clock import ClockMode
from mockserver.core.instants import Instant, rfc3339
from mockserver.errors import MockError
from mockserver.server.session_entry import SessionEntry
from mockserver.server.sessions import DEFAULT_SESSION, SessionRegistry
from mockserver.vendors.http import USUAL_KEY


def describe_vendors(registry: SessionRegistry, url: str) -> list[dict[str, Any]]:
    """Return each served vendor: name, title, era, base URL, the variables that point clients here, who reads each."""
    eras = dict(registry.settings.eras)
    playing = {}
    for scenario in registry.settings.scenarios:
        eras[scenario.vendor] = registry.settings.era_for(scenario)
        playing[scenario.vendor] = scenario.name
    return [
        {
            "name": name,
            "title": registry.settings.vendors[name].title,
            "era": era.pin,
            "base_url": url + era.prefix,
            "environment": dict(registry.settings.vendors[name].environment(url, USUAL_KEY)),
            "read_by": {each.name: each.read_by for each in registry.settings.vendors[name].sdk_variables},
            "scenario": playing.get(name),
        }
        for name, era in eras.items()
    ]


def kept_eras(registry: SessionRegistry, entry: SessionEntry) -> list[str]:
    """Return the eras of a session in which it would not begin now: it began on a server with other options."""
    expected = registry.factory.initial_eras(entry.scenarios, entry.eras)
    kept = entry.session.setup.eras
    return [era.pin for vendor, era in kept.items() if expected.get(vendor, era).pin != era.pin]


def kept_options(registry: SessionRegistry, entry: SessionEntry, wall_now: Instant) -> list[str]:
    """Return the eras and the clock of a session with which it would not begin now."""
    clock = entry.session.clock
    begun = registry.factory.initial_clock(entry.scenarios, entry.clock_mode, wall_now)
    kept, expected = ClockMode(clock.rate, clock.poll_step), ClockMode(begun.rate, begun.poll_step)
    return [*kept_eras(registry, entry), *([] if kept == expected else [f"clock {kept}"])]


def describe_server(registry: SessionRegistry, url: str, wall_now: Instant) -> dict[str, Any]:
    """Return what is served and how to go on, as JSON has it."""
    with suppress(MockError):  # the page is there while a store is gone
        registry.keeper.refresh(DEFAULT_SESSION)
    session = registry.get(DEFAULT_SESSION)
    clock = registry.settings.clock(wall_now) if session is None else session.clock
    kept = {name: eras for name, entry in registry.entries.items() if (eras := kept_eras(registry, entry))}
    own = kept.pop(DEFAULT_SESSION, [])
    return {
        **({"kept": {DEFAULT_SESSION: own, "other_sessions": len(kept)}} if own or kept else {}),
        "server": "videojob-mockserver",
        "version": __version__,
        "url": url,
        "vendors": describe_vendors(registry, url),
        "clock": {"now": rfc3339(clock.now(wall_now), digits=3), "mode": str(ClockMode(clock.rate, clock.poll_step))},
        "scenarios": registry.scenarios.names(),
        "admin": f"{url}/__mock/",
    }
