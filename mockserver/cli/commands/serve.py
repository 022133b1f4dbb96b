"""`mockserver serve`: serves the fake API on a port."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import click

from mockserver import __version__
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import (
    HOST,
    PORT,
    client_host,
    clock_option,
    load_scenarios,
    number_range,
    option_group,
    refuse_option,
    resolve_paths,
    select_eras,
)
from mockserver.cli.output import log_to_stderr, print_result
from mockserver.composition import compose_settings, contract_violations_of
from mockserver.errors import MockError, Problem, refuse
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.server.addresses import DestinationRefused
from mockserver.server.app import App
from mockserver.server.memory_limit import MIN_MAX_MEMORY, parse_size
from mockserver.server.run import RunningServer, serve_forever
from mockserver.server.sessions import ServerSettings, SessionRegistry
from mockserver.server.webhooks.allowlist import Allowlist, entry_problem
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import installed_vendors
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """The values of the options."""

    host: str
    port: int
    pins: tuple[str, ...]
    clock: str
    seed: str
    check: bool
    admin_token: str
    allowed_hosts: tuple[str, ...]
    webhook: str | None
    webhook_secret: str
    allowed: tuple[str, ...]
    max_memory: str
    max_sessions: int
    log_level: str


serve_options: Final = option_group(ServeOptions, (
    click.option("--host", envvar="MOCKSERVER_HOST", default=HOST, show_default=True, help="Address to listen on."),
    click.option(
        "--port", envvar="MOCKSERVER_PORT", type=number_range(0, 65_535), default=PORT, show_default=True,
        help="Port to listen on; 0 picks a free port and prints it.",
    ),
    click.option(
        "--vendor", "pins", multiple=True, metavar="NAME[@DATE]",
        help="Serve a vendor as of a date: phaseo@2026-06-11. Repeatable; by default the newest era.",
    ),
    clock_option,
    click.option(
        "--seed", envvar="MOCKSERVER_SEED", default="0", show_default=True, help="Seed of ids and random choices."
    ),
    click.option("--check", is_flag=True, help="Judge every answer by its capture, and each job over time."),
    click.option(
        "--admin-token", envvar="MOCKSERVER_ADMIN_TOKEN", default="",
        help="Token that the admin API requires. On loopback no token is required; elsewhere one is generated.",
    ),
    click.option(
        "--allow-host", "allowed_hosts", multiple=True, metavar="NAME",
        help="Also answer admin calls under this host name. Repeatable; without a token only this machine's names "
        "work.",
    ),
    click.option("--webhook", metavar="URL", help="Send the webhooks of every vendor there."),
    click.option(
        "--webhook-secret", envvar="MOCKSERVER_WEBHOOK_SECRET", default="",
        help="Secret that signs these webhooks; whsec_mock by default.",
    ),
    click.option(
        "--allow-webhooks-to", "allowed", multiple=True, metavar="HOST[:PORT]",
        help="Also allow webhooks to this host name, address or network (10.0.0.0/8). Repeatable.",
    ),
    click.option(
        "--max-memory", default="1GB", show_default=True, metavar="SIZE",
        help="Memory that all sessions may take together (512MB, 4GB); beyond it, the least recently used go.",
    ),
    click.option(
        "--max-sessions", type=number_range(1, 1_000_000), default=10_000, show_default=True,
        help="Sessions at a time; beyond it, the least recently used go.",
    ),
    click.option(
        "--log-level", envvar="MOCKSERVER_LOG_LEVEL", default="warning", show_default=True,
        type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False), help="What goes to stderr.",
    ),
))  # fmt: skip


@click.command("serve")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE...]")
@serve_options
def serve_command(options: ServeOptions, scenarios: tuple[str, ...]) -> int:
    """Serve the fake API until you stop it.

    SCENARIO is a name (`mockserver list`) or a file. Each is played for its vendor in every session that does not
    choose another one. A client chooses one with the API key `scenario:NAME`.

    \f
    Raises `click.UsageError` for an unusable webhook option or limit, `MockError` for an unusable scenario.
    """
    log_to_stderr(options.log_level.upper())
    settings = server_settings(options, scenarios)
    token = options.admin_token
    if not token and not is_loopback(options.host):
        import secrets

        token = secrets.token_urlsafe(16)
    app = App(SessionRegistry(settings), token=token, allowed_hosts=options.allowed_hosts)

    def greet(running: RunningServer) -> None:
        print_result("\n".join(serve_greeting(running, settings, options.clock)))

    interrupted = serve_forever(app, options.host, options.port, greet)
    print_result("stopped")
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def server_settings(options: ServeOptions, scenarios: Sequence[str]) -> ServerSettings:
    """Return the settings of the server.

    Raises `click.UsageError` for an unusable webhook option or limit, `MockError` for an unusable scenario, vendor or
    clock.
    """
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    chosen = tuple(load_scenarios(resolve_paths(scenarios, library), library))
    eras = select_eras(options.pins, vendors)
    refuse_unservable(chosen, eras, vendors)
    return compose_settings(
        library,
        eras,
        scenarios=chosen,
        clock=options.clock,
        judged=options.check,
        seed=options.seed,
        hooks=webhook_endpoints(options, vendors),
        allowed=options.allowed,
        max_memory=parse_max_memory(options.max_memory),
        most_sessions=options.max_sessions,
    )


def webhook_endpoints(options: ServeOptions, vendors: Iterable[str]) -> Mapping[str, WebhookEndpoint]:
    """Return the endpoint of each vendor, none without `--webhook`. Raises `click.UsageError`."""
    for entry in options.allowed:
        problem = entry_problem(entry)
        if problem is not None:
            raise click.UsageError(f"--allow-webhooks-to {entry!r} {problem}.")
    if not options.webhook:
        refuse_option("webhook_secret", "needs --webhook: a scenario gives its endpoint's own secret")
        return {}
    try:
        Allowlist(options.allowed).check_url(options.webhook)
    except DestinationRefused as refused:
        raise click.UsageError(f"--webhook: {refused}") from None
    return dict.fromkeys(vendors, WebhookEndpoint(url=options.webhook, secret=options.webhook_secret))


def refuse_unservable(scenarios: Sequence[Scenario], eras: Mapping[str, Era], vendors: Mapping[str, Vendor]) -> None:
    """Raise `MockError` for two scenarios of one vendor (CLI002) or violate their contract (RUN006)."""
    refuse_shared_vendor(scenarios)
    problems: list[Problem] = []
    for scenario in scenarios:
        era = eras[scenario.vendor]
        if scenario.date:
            era = vendors[scenario.vendor].era(scenario.date) or era
        problems += contract_violations_of(scenario, era)
    if problems:
        raise MockError(*problems)


def parse_max_memory(text: str) -> int:
    """Parse the value of `--max-memory` into bytes. Raises `click.UsageError`."""
    size = parse_size(text)
    if size is None or size < MIN_MAX_MEMORY:
        raise click.UsageError(f"--max-memory {text!r} is not a size of at least 10MB, such as 512MB or 4GB.")
    return size


def is_loopback(host: str) -> bool:
    """Return True if only this machine can connect to a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_shared_vendor(scenarios: Sequence[Scenario]) -> None:
    """Raise `MockError` CLI002 if two scenarios are for one vendor."""
    names: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.vendor in names:
            problem = f"{names[scenario.vendor]} and {scenario.name} are both for {scenario.vendor}"
            hint = f"Leave one out: a client can choose it with the API key scenario:{scenario.name}."
            raise refuse("CLI002", problem, hint)
        names[scenario.vendor] = scenario.name


def serve_greeting(running: RunningServer, settings: ServerSettings, clock: str) -> Iterator[str]:
    """Render the lines printed at the start, made to be copied: URL, client code per vendor, clock, admin API."""
    url = f"http://{client_host(running.host)}:{running.port}"
    yield f"videojob-mockserver {__version__} on {url}"
    yield ""
    by_vendor = {scenario.vendor: scenario for scenario in settings.scenarios}
    for vendor in settings.vendors.values():
        yield from _vendor_lines(vendor, settings.eras[vendor.name], by_vendor.get(vendor.name), url)
    # A rate in the only scenario wins over --clock in every session that plays it.
    if len(settings.scenarios) == 1 and settings.scenarios[0].clock.mode is not None:
        clock = f"{settings.scenarios[0].clock.mode} (the scenario's)"
    if clock.startswith("auto"):
        yield f"clock      {clock}: each poll of a running job moves it; `mockserver clock advance 8h` too"
    elif clock.startswith("manual"):
        yield f"clock      {clock}: `mockserver clock advance 8h` moves it"
    else:
        yield f"clock      {clock}; `mockserver clock advance 8h` moves it, --clock manual stops it"
    playing = ", ".join(scenario.name for scenario in by_vendor.values()) or "none"
    yield f"scenarios  {playing}; a client chooses one with the API key scenario:NAME (see mockserver list)"
    for hook_url in {hook.url for hook in settings.hooks.values()}:
        yield f"webhooks   {hook_url}"
    token = running.app.token
    yield f"admin      {url}/__mock/health" + (f"   Authorization: Bearer {token}" if token else "")
    yield "stop       Ctrl-C"


def _vendor_lines(vendor: Vendor, default_era: Era, scenario: Scenario | None, url: str) -> Iterator[str]:
    era = default_era
    plays = ""
    scripted_cancels: frozenset[str] = frozenset()
    if scenario is not None:
        plays = f", playing {scenario.name}"
        scripted_cancels = frozenset(scenario.script.cancels)
        if scenario.date:
            era = vendor.era(scenario.date) or default_era
    yield f"{vendor.title} ({era.pin}{plays})"
    yield f"    {vendor.snippet(url, 'test-key')}"
    if not era.supports_cancel and era.main_kind.name not in scripted_cancels:
        note = f"    note: in this era every cancel of a {era.main_kind.name} is answered with 501"
        working = next((older for older in reversed(vendor.eras) if older.supports_cancel), None)
        if working is not None:
            note += f"; --vendor {working.pin} serves an era in which cancelling works"
        yield note
    for notice in era.notices:
        yield f"    note: {notice}"
    yield ""
