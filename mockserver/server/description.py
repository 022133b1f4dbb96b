"""What a server serves and how to go on, as JSON has it: for `GET /` and for the greeting of `serve`."""

from typing import Any, Final

from mockserver import __version__
from mockserver.core.clock import ClockMode
from mockserver.core.instants import Instant, rfc3339
from mockserver.server.sessions import DEFAULT_SESSION, SessionRegistry

EXAMPLE_KEY: Final = "test-key"
"""The API key in the variables: any key is accepted."""


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
            "environment": dict(registry.settings.vendors[name].environment(url, EXAMPLE_KEY)),
            "read_by": {each.name: each.read_by for each in registry.settings.vendors[name].sdk_variables},
            "scenario": playing.get(name),
        }
        for name, era in eras.items()
    ]


def describe_server(registry: SessionRegistry, url: str, wall_now: Instant) -> dict[str, Any]:
    """Return what is served and how to go on, as JSON has it."""
    session = registry.get(DEFAULT_SESSION)
    clock = registry.settings.clock(wall_now) if session is None else session.clock
    return {
        "server": "videojob-mockserver",
        "version": __version__,
        "url": url,
        "vendors": describe_vendors(registry, url),
        "clock": {"now": rfc3339(clock.now(wall_now), digits=3), "mode": str(ClockMode(clock.rate, clock.poll_step))},
        "scenarios": registry.scenarios.names(),
        "admin": f"{url}/__mock/",
    }
