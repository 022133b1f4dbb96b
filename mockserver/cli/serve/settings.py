"""From the options of `serve` to the settings of its server; everything unusable is refused here, before the start."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from mockserver.cli.options import load_scenarios, refuse_option, resolve_paths, select_eras
from mockserver.cli.output import print_problem
from mockserver.cli.serve.options import ServeOptions
from mockserver.composition import compose_settings, contract_violations_of
from mockserver.data import missing_data
from mockserver.errors import MockError, Problem, refuse
from mockserver.installed import installed_vendors
from mockserver.scenario.library import PROJECT_FOLDER, ScenarioLibrary, scenarios_below
from mockserver.scenario.model import Scenario
from mockserver.server.addresses import DestinationRefused
from mockserver.server.clock import wall_clock
from mockserver.server.memory_limit import MIN_MAX_MEMORY, parse_size
from mockserver.server.settings import ServerSettings
from mockserver.server.tls import ServerTls, issued_certificates, load_certificate, tls_context
from mockserver.server.webhooks.allowlist import Allowlist, entry_problem
from mockserver.stores.open_log import open_log
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

ANY_HOSTS: Final = ("0.0.0.0", "::")  # noqa: S104 -- nothing is bound to it
"""Addresses to listen on that no client connects to."""


def server_settings(options: ServeOptions, scenarios: Sequence[str]) -> ServerSettings:
    """Return the settings of the server.

    Raises `click.UsageError` for an unusable webhook option or limit, `MockError` for an unusable scenario, vendor or
    clock.
    """
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    chosen = tuple(load_scenarios(resolve_paths(scenarios, library), library))
    pins = (*options.pins, *options.only)
    named = {pin.partition("@")[0] for pin in pins}
    playing = {scenario.vendor for scenario in chosen}
    eras = select_eras(pins, vendors, playing)
    if options.only:
        eras = {name: era for name, era in eras.items() if name in named | playing}
    # With --only the other vendors are not served, usable or not.
    unasked = () if options.only else vendors.default_names
    for problem in (*vendors.problems(unasked), *missing_data()):
        print_problem(problem)
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
        named=frozenset(named),
        max_memory=parse_max_memory(options.max_memory),
        most_sessions=options.max_sessions,
        log=open_log(options.store, wall_clock()),
        workers=options.workers,
        receivers_tls=None if options.ca is None else tls_context(options.ca),
    )


@contextmanager
def server_tls(options: ServeOptions) -> Iterator[ServerTls | None]:
    """Yield the TLS that the options ask for, or None; certificates that are made are there within the block.

    Raises `click.UsageError` for options that contradict each other, `MockError` SRV025 for unusable files.
    """
    if options.tls_cert is not None or options.tls_key is not None:
        if options.tls_cert is None or options.tls_key is None:
            raise click.UsageError("--tls-cert and --tls-key go together.")
        if options.tls or options.tls_dir is not None:
            raise click.UsageError("--tls and --tls-dir make a certificate; --tls-cert has one already.")
        yield load_certificate(options.tls_cert, options.tls_key)
    elif options.tls or options.tls_dir is not None:
        host = () if options.host in ANY_HOSTS else (options.host,)
        with issued_certificates(options.tls_dir, (*host, *options.allowed_hosts)) as tls:
            yield tls
    else:
        yield None


def watched_files(named: Iterable[Path], folder: Path = PROJECT_FOLDER) -> Iterator[Path]:
    """Yield the scenario files that `--watch` reads again: the named ones, and those of the project."""
    yield from named
    if folder.is_dir():
        yield from scenarios_below(folder)


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
