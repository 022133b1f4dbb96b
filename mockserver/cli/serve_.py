"""`mockserver serve`: the fake API on a port."""

import logging
import sys

import click

from mockserver.cli import INTERRUPTED
from mockserver.cli.options import chosen_eras, clock_option
from mockserver.core.clock import Clock
from mockserver.core.instants import Instant
from mockserver.engine.session import Observer
from mockserver.errors import refuse
from mockserver.scenario.library import Library
from mockserver.scenario.model import Scenario
from mockserver.server.desk import Desk
from mockserver.server.hub import Hub, Settings
from mockserver.server.modes import clock_rate
from mockserver.server.run import Running, serve_forever
from mockserver.stores import memory_store
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import installed


@click.command("serve")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO...]")
@click.option("--host", envvar="MOCKSERVER_HOST", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", envvar="MOCKSERVER_PORT", type=click.IntRange(0, 65535), default=4810, show_default=True,
    help="Port to listen on; 0 takes a free one and prints it.",
)  # fmt: skip
@click.option(
    "--vendor", "pins", multiple=True, metavar="NAME[@DATE]",
    help="Serve a vendor as of a date: phaseo@2026-06-11. Repeatable; the newest era otherwise.",
)  # fmt: skip
@clock_option
@click.option("--seed", envvar="MOCKSERVER_SEED", default="0", show_default=True, help="Seed of ids and choices.")
@click.option("--check", is_flag=True, help="Judge every answer by its capture; findings go to the log.")
@click.option(
    "--admin-token", envvar="MOCKSERVER_ADMIN_TOKEN", default="",
    help="What the admin API asks for; made up where others can reach it.",
)  # fmt: skip
@click.option(
    "--log-level", envvar="MOCKSERVER_LOG_LEVEL", default="warning", show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False), help="What goes to stderr.",
)  # fmt: skip
def command(
    scenarios: tuple[str, ...],
    host: str,
    port: int,
    pins: tuple[str, ...],
    clock: str,
    seed: str,
    check: bool,
    admin_token: str,
    log_level: str,
) -> int:
    """Serve the fake API until you stop it.

    SCENARIO is a name (`mockserver list`) or a file; each governs the vendor that it names, in every session that
    does not choose its own. A client chooses one with the API key `scenario:NAME`.
    """
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(message)s", stream=sys.stderr)
    vendors = installed()
    library = Library(vendors)
    loaded = tuple(library.load(name) for name in scenarios)
    _one_each(loaded)
    rate = clock_rate(clock)
    settings = Settings(
        vendors=vendors,
        eras=chosen_eras(pins, vendors),
        make_store=memory_store,
        find_scenario=library.find,
        scenario_names=lambda: sorted(library.files()),
        scenarios=loaded,
        clock=lambda real: _clock(real, rate),
        seed=seed,
        observers=(_checker(),) if check else (),
        address=f"http://{host}:{port}",
    )
    token = admin_token or _token(host)
    desk = Desk(Hub(settings), token=token)
    interrupted = serve_forever(desk, host, port, lambda running: _greet(running, settings, clock, token))
    click.echo("stopped")
    return INTERRUPTED if interrupted else 0


def _clock(real: Instant, rate: float) -> Clock:
    clock = Clock(real, real)
    return clock.freeze(real) if rate == 0 else clock.scale(real, rate)


def _one_each(scenarios: tuple[Scenario, ...]) -> None:
    seen: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.vendor in seen:
            raise refuse(
                "CLI002",
                f"{seen[scenario.vendor]} and {scenario.name} both govern {scenario.vendor}",
                f"serve one, and reach the other with the API key scenario:{scenario.name}",
            )
        seen[scenario.vendor] = scenario.name


def _token(host: str) -> str:
    """Nothing on loopback, where only this machine's people are; elsewhere a secret made up for this run."""
    if host in ("127.0.0.1", "localhost", "::1") or _is_loopback(host):
        return ""
    import secrets

    return secrets.token_urlsafe(16)


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checker() -> Observer:
    from mockserver.runner.judging import logging_observer

    return logging_observer()


def _greet(running: Running, settings: Settings, clock: str, token: str) -> None:
    """What a person needs to begin."""
    url = running.url
    lines = [f"videojob-mockserver on {url}", ""]
    for vendor in settings.vendors.values():
        lines += _introduce(vendor, settings.eras[vendor.name], url)
    playing = ", ".join(scenario.name for scenario in settings.scenarios) or "none (the vendors' own behaviour)"
    lines += [
        f"clock      {clock}" + (f": POST {url}/__mock/clock moves it" if clock == "manual" else ""),
        f"scenarios  {playing}; any of `mockserver list` by the API key scenario:NAME",
        f"admin      {url}/__mock/health" + (f"   Authorization: Bearer {token}" if token else ""),
        "stop       Ctrl-C",
    ]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _introduce(vendor: Vendor, era: Era, url: str) -> list[str]:
    lines = [f"{vendor.title} ({era.pin})", f"    {vendor.snippet(url, 'test-key')}"]
    if not era.cancels_work:
        working = next((older for older in reversed(vendor.eras) if older.cancels_work), None)
        other = f"; --vendor {working.pin} serves one in which it works" if working else ""
        lines.append(f"    note: in this era every cancel answers 501{other}")
    return [*lines, ""]
