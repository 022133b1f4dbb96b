"""What several subcommands share: options, and how names on the command line become eras and scenarios."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver.core.instants import Duration, parse_duration
from mockserver.errors import MockError, Problem, refuse
from mockserver.scenario.library import SUFFIXES, ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import resolve_era

HOST: Final = "127.0.0.1"
PORT: Final = 4810
COMPANION_PORT: Final = 4811
"""Where `proxy` and `listen` listen, beside a server."""

clock_option = click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="real|manual|xN",
    help="How the sessions' time runs: as the world's, only when told, or N times as fast.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
token_option = click.option(
    "--admin-token", envvar="MOCKSERVER_ADMIN_TOKEN", default="", help="The admin API's token, where it wants one."
)


junit_option = click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write JUnit XML to this file, too.",
)  # fmt: skip


def companion_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--host` and `--port` of what listens beside a server."""
    host = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
    port = click.option(
        "--port", type=click.IntRange(0, 65535), default=COMPANION_PORT, show_default=True,
        help="Port to listen on; 0 takes a free one and prints it.",
    )  # fmt: skip
    return host(port(command))


def parse_duration_option(text: str) -> Duration:
    """An option's duration; raises `MockError` (CLI006)."""
    found = parse_duration(text)
    if found is None:
        raise refuse("CLI006", f"{text!r} is no duration", "such as 250ms, 30s, 10m or 8h")
    return found


def default_server_url() -> str:
    """Where `mockserver serve` answers with the same environment: `MOCKSERVER_HOST` and `MOCKSERVER_PORT`."""
    return f"http://{client_host(os.environ.get('MOCKSERVER_HOST') or HOST)}:{_default_port()}"


def _default_port() -> str:
    return os.environ.get("MOCKSERVER_PORT") or str(PORT)


def client_host(host: str) -> str:
    """A host as a client on this machine calls it: a server that listens everywhere is here, too."""
    local = {"0.0.0.0": HOST, "::": "::1"}.get(host, host)  # noqa: S104 -- nothing is bound to it
    return f"[{local}]" if ":" in local else local


def select_eras(pins: Iterable[str], vendors: Mapping[str, Vendor]) -> dict[str, Era]:
    """Every vendor's era: the pinned one, else its newest."""
    pinned = {era.vendor: era for era in (resolve_era(pin, vendors) for pin in pins)}
    return {name: pinned.get(name, vendor.eras[-1]) for name, vendor in vendors.items()}


def resolve_paths(names: Iterable[str], library: ScenarioLibrary) -> list[Path]:
    """The files that names, paths and folders mean, each once; all that mean none are told together."""
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for name in names:
        place = Path(name)
        if place.is_dir():
            found |= dict.fromkeys(sorted(path for path in place.rglob("*") if path.suffix in SUFFIXES))
            continue
        try:
            found[library.resolve(name)] = None
        except MockError as error:
            problems += error.problems
    if problems:
        raise MockError(*problems)
    return list(found)


def load_scenarios(paths: Iterable[Path], library: ScenarioLibrary) -> list[Scenario]:
    """The scenarios of these files; what is wrong with all of them is told together."""
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            scenarios.append(library.load(str(path)))
        except MockError as error:
            problems += error.problems
    if problems:
        raise MockError(*problems)
    return scenarios
