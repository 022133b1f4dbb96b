"""`mockserver serve`: the fake API on a port."""

import logging
import sys
from collections.abc import Iterator, Mapping

import click

from mockserver import __version__
from mockserver.cli import ExitCode
from mockserver.cli.options import HOST, PORT, client_host, clock_option, load_scenarios, resolve_paths, select_eras
from mockserver.cli.output import print_result
from mockserver.core.clock import Clock, parse_clock_rate
from mockserver.core.instants import Instant
from mockserver.engine.session.setup import AnswerChecker
from mockserver.errors import MockError, Problem, refuse
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.server.addresses import DestinationRefused
from mockserver.server.app import App
from mockserver.server.run import RunningServer, serve_forever
from mockserver.server.sessions import ServerSettings, SessionRegistry
from mockserver.server.webhooks.allowlist import Allowlist, invalid_entries
from mockserver.stores import memory_store
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import installed_vendors
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


@click.command("serve")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE...]")
@click.option("--host", envvar="MOCKSERVER_HOST", default=HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port", envvar="MOCKSERVER_PORT", type=click.IntRange(0, 65535), default=PORT, show_default=True,
    help="Port to listen on; 0 takes a free one and prints it.",
)  # fmt: skip
@click.option(
    "--vendor", "pins", multiple=True, metavar="NAME[@DATE]",
    help="Serve a vendor as of a date: phaseo@2026-06-11. Repeatable; the newest era otherwise.",
)  # fmt: skip
@clock_option
@click.option("--seed", envvar="MOCKSERVER_SEED", default="0", show_default=True, help="Seed of ids and choices.")
@click.option("--check", is_flag=True, help="Judge every answer, and each job over time.")
@click.option(
    "--admin-token", envvar="MOCKSERVER_ADMIN_TOKEN", default="",
    help="What the admin API asks for; made up where others can reach it.",
)  # fmt: skip
@click.option("--webhook", metavar="URL", default="", help="Post the webhooks of every vendor there.")
@click.option(
    "--webhook-secret", envvar="MOCKSERVER_WEBHOOK_SECRET", default="",
    help="What they are signed with; whsec_mock unless given.",
)  # fmt: skip
@click.option(
    "--allow-webhooks-to", "allowed", multiple=True, metavar="HOST",
    help="Post there too, not only to this machine: a name, an address, or a network (10.0.0.0/8). Repeatable.",
)  # fmt: skip
@click.option(
    "--log-level", envvar="MOCKSERVER_LOG_LEVEL", default="warning", show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False), help="What goes to stderr.",
)  # fmt: skip
def serve_command(
    scenarios: tuple[str, ...],
    host: str,
    port: int,
    pins: tuple[str, ...],
    clock: str,
    seed: str,
    check: bool,
    admin_token: str,
    webhook: str,
    webhook_secret: str,
    allowed: tuple[str, ...],
    log_level: str,
) -> int:
    """Serve the fake API until you stop it.

    SCENARIO is a name (`mockserver list`) or a file; each governs the vendor that it names, in every session that
    does not choose its own. A client chooses one with the API key `scenario:NAME`.
    """
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(message)s", stream=sys.stderr)
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    chosen = tuple(load_scenarios(resolve_paths(scenarios, library), library))
    _refuse_shared_vendor(chosen)
    eras = select_eras(pins, vendors)
    _check_contracts(chosen, vendors, eras)
    rate = parse_clock_rate(clock)
    settings = ServerSettings(
        vendors=vendors,
        eras=eras,
        make_store=memory_store,
        find_scenario=library.find,
        scenario_names=lambda: sorted(library.files()),
        scenarios=chosen,
        clock=lambda real: _make_clock(real, rate),
        seed=seed,
        checker=_make_checker() if check else None,
        check_scenario=_contract_violations_of,
        hooks=_webhook_endpoints(webhook, webhook_secret, vendors, allowed),
        allowed=_check_hosts(allowed),
    )
    token = admin_token or _generate_token(host)
    desk = App(SessionRegistry(settings), token=token)
    interrupted = serve_forever(
        desk, host, port, lambda running: print_result("\n".join(_serve_greeting(running, settings, clock)))
    )
    print_result("stopped")
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def _check_hosts(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of --allow-webhooks-to, unless one of them is no host."""
    wrong = invalid_entries(words)
    if wrong:
        said = "is neither a host's name nor an address nor a network; it has no scheme, port or path."
        raise click.UsageError(f"--allow-webhooks-to {wrong[0]!r} {said}")
    return words


def _webhook_endpoints(
    url: str, secret: str, vendors: Mapping[str, Vendor], allowed: tuple[str, ...]
) -> Mapping[str, WebhookEndpoint]:
    """One endpoint for every vendor; an address that may not be posted to is refused before anything starts."""
    if not url:
        return {}
    try:
        Allowlist(allowed).check_url(url)
    except DestinationRefused as refused:
        raise click.UsageError(f"--webhook {url!r}: {refused}") from None
    return dict.fromkeys(vendors, WebhookEndpoint(url=url, secret=secret))


def _make_clock(wall_now: Instant, rate: float) -> Clock:
    clock = Clock(wall_now, wall_now)
    return clock.freeze(wall_now) if rate == 0 else clock.scale(wall_now, rate)


def _refuse_shared_vendor(scenarios: tuple[Scenario, ...]) -> None:
    seen: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.vendor in seen:
            raise refuse(
                "CLI002",
                f"{seen[scenario.vendor]} and {scenario.name} both govern {scenario.vendor}",
                f"Serve one, and reach the other with the API key scenario:{scenario.name}.",
            )
        seen[scenario.vendor] = scenario.name


def _check_contracts(scenarios: tuple[Scenario, ...], vendors: Mapping[str, Vendor], eras: Mapping[str, Era]) -> None:
    """Refuse what would make the fake break the captured contract; only scenarios that speak for it are tried."""
    speaking = [scenario for scenario in scenarios if scenario.script.may_break_contract]
    if not speaking:
        return
    from mockserver.runner.judge.contract_lint import contract_violations

    problems: list[Problem] = []
    for scenario in speaking:
        pinned = vendors[scenario.vendor].era(scenario.date) if scenario.date else None
        problems += contract_violations(scenario, pinned or eras[scenario.vendor], memory_store)
    if problems:
        raise MockError(*problems)


def _contract_violations_of(scenario: Scenario, era: Era) -> list[Problem]:
    """What a scenario that is sent while the server runs makes the fake say against the contract."""
    if not scenario.script.may_break_contract:
        return []
    from mockserver.runner.judge.contract_lint import contract_violations

    return contract_violations(scenario, era, memory_store)


def _generate_token(host: str) -> str:
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


def _make_checker() -> AnswerChecker:
    """Only here: the contract is not read by those who do not ask for it."""
    from mockserver.runner.judge.judges import ServerJudge as Judging

    return Judging()


def _serve_greeting(running: RunningServer, settings: ServerSettings, clock: str) -> Iterator[str]:
    """What a person needs to begin."""
    url = f"http://{client_host(running.host)}:{running.port}"
    yield f"videojob-mockserver {__version__} on {url}"
    yield ""
    by_vendor = {scenario.vendor: scenario for scenario in settings.scenarios}
    for vendor in settings.vendors.values():
        yield from _vendor_lines(vendor, settings.eras[vendor.name], by_vendor.get(vendor.name), url)
    token = running.app.token
    yield f"clock      {_clock_line(settings, clock)}"
    yield f"scenarios  {_scenarios_line(by_vendor)}"
    hooks = {hook.url for hook in settings.hooks.values()}
    yield from (f"webhooks   {hook}" for hook in hooks)
    yield f"admin      {url}/__mock/health" + (f"   Authorization: Bearer {token}" if token else "")
    yield "stop       Ctrl-C"


def _vendor_lines(vendor: Vendor, default_era: Era, scenario: Scenario | None, url: str) -> Iterator[str]:
    pinned = vendor.era(scenario.date) if scenario is not None and scenario.date else None
    era = pinned or default_era
    plays = f", playing {scenario.name}" if scenario is not None else ""
    yield f"{vendor.title} ({era.pin}{plays})"
    yield f"    {vendor.snippet(url, 'test-key')}"
    if not era.supports_cancel and (scenario is None or scenario.script.cancel is None):
        working = next((older for older in reversed(vendor.eras) if older.supports_cancel), None)
        other = f"; --vendor {working.pin} serves one in which it works" if working else ""
        yield f"    note: in this era every cancel answers 501{other}"
    yield ""


def _clock_line(settings: ServerSettings, clock: str) -> str:
    if len(settings.scenarios) == 1 and settings.scenarios[0].clock.rate is not None:
        rate = settings.scenarios[0].clock.rate
        clock = {0.0: "manual", 1.0: "real"}.get(rate, f"x{rate:g}") + " (the scenario's)"
    moves = "`mockserver clock advance 8h` moves it"
    return f"{clock}: {moves}" if clock.startswith("manual") else f"{clock}; {moves}, --clock manual stops it"


def _scenarios_line(by_vendor: Mapping[str, Scenario]) -> str:
    playing = ", ".join(scenario.name for scenario in by_vendor.values()) or "none: each vendor does as it does"
    return f"{playing}. The API key scenario:NAME picks one for its client: mockserver list"
