"""`mockserver test`: plays scenarios and judges every answer."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from mockserver.cli.options import chosen_eras
from mockserver.core.clock import Clock
from mockserver.core.wire import Request
from mockserver.runner import reports
from mockserver.runner.play import Played
from mockserver.runner.suite import SEED, START, MakeTarget, Suite, in_process, live, over_http
from mockserver.runner.targets import Unreachable, Wire
from mockserver.scenario.library import Library
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from mockserver.vendors.api import Vendor
from mockserver.vendors.registry import installed


@click.command("test")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO...]")
@click.option("--http", is_flag=True, help="Play over real HTTP, on a server of our own in this process.")
@click.option("--base-url", default="", metavar="URL", help="Play on this server: one of ours, or a live API.")
@click.option("--seed", default="", help="Instead of the scenarios' own seed.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML to this file, too.")
def command(scenarios: tuple[str, ...], http: bool, base_url: str, seed: str, as_json: bool, junit: Path | None) -> int:
    """Play scenarios in virtual time and judge every answer by the captured contract.

    SCENARIO is a name or a file; without any, the project's own `./scenarios` and all bundled ones are played.
    Exit codes: 0 all as expected, 1 a play failed, 2 an unusable file, 3 inconclusive or unreachable.
    """
    vendors = installed()
    library = Library(vendors)
    chosen = [library.load(name) for name in scenarios or sorted(library.files())]
    began = time.monotonic()
    try:
        with _target(http, base_url, seed, library, vendors) as make:
            suite = Suite(vendors, make)
            played = [suite.play(scenario) for scenario in chosen]
    except Unreachable as error:
        click.echo(f"mockserver test: {error}", err=True)
        return 3
    _report(played, time.monotonic() - began, as_json=as_json, junit=junit)
    return reports.exit_code(played)


def _report(played: list[Played], seconds: float, *, as_json: bool, junit: Path | None) -> None:
    if junit is not None:
        junit.write_bytes(reports.junit(played))
    click.echo(reports.as_json(played).decode() if as_json else reports.terminal(played, seconds))


@contextmanager
def _target(
    http: bool, base_url: str, seed: str, library: Library, vendors: Mapping[str, Vendor]
) -> Iterator[MakeTarget]:
    """Whom to play on: the engine, our own server over HTTP, a server of ours elsewhere, or a live API."""
    if base_url:
        yield over_http(base_url, seed) if _is_ours(base_url) else live(base_url)
    elif http:
        with _own_server(library, vendors, seed) as url:
            yield over_http(url, seed)
    else:
        yield in_process(memory_store, seed or SEED)


def _is_ours(base_url: str) -> bool:
    """Whether the server has our admin API: then its clock can be moved."""
    wire = Wire(base_url)
    try:
        answer = wire.ask(Request("GET", "/__mock/version"))
    finally:
        wire.close()
    return answer.status == 200 and b"videojob-mockserver" in answer.body


@contextmanager
def _own_server(library: Library, vendors: Mapping[str, Vendor], seed: str) -> Iterator[str]:
    from mockserver.server.desk import Desk
    from mockserver.server.hub import Hub, Settings
    from mockserver.server.run import in_thread

    def find(name: str) -> Scenario | None:
        return library.find(name)

    settings = Settings(
        vendors=vendors,
        eras=chosen_eras((), vendors),
        make_store=memory_store,
        find_scenario=find,
        scenario_names=lambda: sorted(library.files()),
        clock=lambda real: Clock(real, START, 0.0),
        seed=seed or SEED,
    )
    with in_thread(Desk(Hub(settings))) as running:
        yield running.url
