"""`mockserver test`: plays scenarios and judges every answer."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import NamedTuple

import click

from mockserver.cli import Exit
from mockserver.cli.options import (
    chosen_eras,
    chosen_paths,
    duration,
    json_option,
    junit_option,
    loaded,
    token_option,
)
from mockserver.cli.say import Progress, complain, say, waiting, write
from mockserver.core.clock import Clock
from mockserver.core.counting import count
from mockserver.core.instants import Duration
from mockserver.errors import refuse
from mockserver.runner.exploring import MOST, again, explore
from mockserver.runner.play import KEY
from mockserver.runner.played import Played
from mockserver.runner.reporting import plays
from mockserver.runner.reporting.escape import path as shown
from mockserver.runner.suite import SEED, START, MakeTarget, Suite, bare_url, in_process, live, over_http
from mockserver.runner.teaching import make_known
from mockserver.runner.wire import Unreachable, Wire, is_ours
from mockserver.scenario.library import Library
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from mockserver.vendors.api import Vendor
from mockserver.vendors.registry import installed, resolve


class Where(NamedTuple):
    """Whom to play on."""

    http: bool = False
    base_url: str = ""
    token: str = ""
    seed: str = ""
    patience: Duration = 0


class Bounds(NamedTuple):
    """What is explored."""

    seed: str
    orders: int


@dataclass
class Run:
    """What was played so far, and how it is told."""

    as_json: bool
    junit: Path | None
    options: str
    """Beside the scenario, for who plays it again."""
    files: Mapping[str, Path]
    """Scenario files by the name that a command may give them."""
    played: list[Played] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, one: Played) -> None:
        """Tell a person at once."""
        one = replace(one, options=self.options, name=_name(one.scenario, self.files))
        self.played.append(one)
        if not self.as_json:
            say(plays.line(one))

    def close(self) -> None:
        """Everything else, in every form that was asked for."""
        seconds = time.monotonic() - self.began
        say(plays.as_json(self.played).decode() if self.as_json else plays.closing(self.played, seconds))
        if self.junit is not None:
            write(self.junit, plays.junit(self.played))

    @property
    def code(self) -> int:
        """The exit code of what was played."""
        return plays.exit_code(self.played)


@click.command("test")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]")
@click.option("--vendor", default="", metavar="NAME", help="Only this vendor's scenarios.")
@click.option("--http", is_flag=True, help="Play over real HTTP, on a server of our own in this process.")
@click.option("--base-url", default="", metavar="URL", help="Play on this server: one of ours, or a live API.")
@click.option(
    "--key", envvar="MOCKSERVER_API_KEY", default=KEY, show_default=True, metavar="KEY",
    help="The API key of every request that names no other: a live API wants a real one.",
)  # fmt: skip
@click.option(
    "--patience", default="10m", show_default=True, metavar="DURATION",
    help="How long a play may wait on a live API; a longer one is inconclusive.",
)  # fmt: skip
@click.option("--seed", default="", metavar="TEXT", help="Instead of the scenarios' own seed.")
@click.option("--explore", "explores", is_flag=True, help="Try every order in which the scenarios' races can go.")
@click.option(
    "--orders", type=click.IntRange(1, 1_000_000), default=MOST, show_default=True, metavar="NUMBER",
    help="With --explore: at most so many orders of each scenario.",
)  # fmt: skip
@click.option("--replay", default=None, metavar="TOKEN", help="Play one order again, of the one SCENARIO.")
@token_option
@json_option
@junit_option
def command(
    scenarios: tuple[str, ...],
    vendor: str,
    http: bool,
    base_url: str,
    key: str,
    patience: str,
    seed: str,
    explores: bool,
    orders: int,
    replay: str | None,
    admin_token: str,
    as_json: bool,
    junit: Path | None,
) -> int:
    """Play scenarios in virtual time and judge every answer by the captured contract.

    Without SCENARIO, the project's own `./scenarios` and all bundled ones are played. With --explore it is every order
    of their races, each in a session of its own, and an order that breaks an expectation has a token for --replay.
    Exit codes: 0 all as expected, 1 a play failed, 2 an unusable file, 3 inconclusive, unreachable, nothing to play.
    """
    if http and base_url:
        raise click.UsageError("--http and --base-url exclude each other.")
    if explores and (http or base_url or replay is not None):
        raise click.UsageError("--explore plays in this process, every order: it goes with no other target or token.")
    vendors = installed()
    library = Library(vendors)
    chosen = _chosen(scenarios, vendor, library, vendors)
    if replay is not None:
        chosen = _replayed(chosen, seed, replay)
    where = Where(http, bare_url(base_url, vendors), admin_token, seed, duration(patience))
    options = _options(http, {"--base-url": base_url, "--seed": seed, "--replay": replay or ""})
    run = Run(as_json, junit, options, library.files())
    progress = Progress()
    try:
        with _target(where, chosen, vendors, progress) as make:
            suite = Suite(vendors, make, key)
            if explores:
                _explore(suite, chosen, Bounds(seed, orders), run, progress)
            else:
                _play(suite, chosen, run, progress)
    except Unreachable as error:
        run.close()
        complain(f"mockserver test: {error}")
        return run.code or Exit.INCONCLUSIVE
    except KeyboardInterrupt:
        run.close()
        complain(f"mockserver test: interrupted after {len(run.played)} of {count(len(chosen), 'scenario')}")
        return Exit.INTERRUPTED
    finally:
        progress.clear()
    run.close()
    return run.code


def _options(http: bool, asked: Mapping[str, str]) -> str:
    """What decides how a scenario is played, as it is typed."""
    return " --http" * http + "".join(f" {name} {quote(said)}" for name, said in asked.items() if said)


def _name(scenario: Scenario, files: Mapping[str, Path]) -> str:
    """The name of a scenario whose file does not lie below, where a command finds that file by it; else nothing."""
    file = Path(scenario.path)
    named = files.get(file.stem)
    if named is None or Path(file.stem).is_file() or not Path(shown(scenario.path)).is_absolute():
        return ""
    return file.stem if named.resolve() == file.resolve() else ""


def _play(suite: Suite, chosen: Sequence[Scenario], run: Run, progress: Progress) -> None:
    for number, scenario in enumerate(chosen, 1):
        progress.show(f"{number}/{len(chosen)} {scenario.name}")
        one = suite.play(scenario)
        progress.clear()
        run.add(one)


def _explore(suite: Suite, chosen: Sequence[Scenario], bounds: Bounds, run: Run, progress: Progress) -> None:
    """Each scenario that has a race, in every order; the others are left out, and that is said."""
    left = 0
    for scenario in chosen:

        def tell(order: int, total: int, name: str = scenario.name) -> None:
            progress.show(f"{name}: order {order} of {total}")

        one = explore(suite, scenario, bounds.seed, bounds.orders, tell)
        progress.clear()
        if one is None:
            left += 1
        else:
            run.add(one)
    if left:
        complain(f"mockserver test: {count(left, 'scenario')} without a race left out")


def _replayed(chosen: Sequence[Scenario], seed: str, token: str) -> list[Scenario]:
    if len(chosen) != 1:
        raise refuse(
            "RUN010",
            f"--replay is for one scenario, and these are {len(chosen)}",
            "mockserver test NAME --replay TOKEN",
        )
    return [again(chosen[0], seed, token)]


def _chosen(names: Sequence[str], vendor: str, library: Library, vendors: Mapping[str, Vendor]) -> list[Scenario]:
    only = resolve(vendor, vendors).vendor if vendor else ""
    paths = chosen_paths(names, library) if names else [path for _, path in sorted(library.files().items())]
    return [scenario for scenario in loaded(paths, library) if only in ("", scenario.vendor)]


@contextmanager
def _target(
    where: Where, chosen: Sequence[Scenario], vendors: Mapping[str, Vendor], progress: Progress
) -> Iterator[MakeTarget]:
    """Whom to play on: the engine, our own server over HTTP, a server of ours elsewhere, or a live API."""
    if where.http:
        _one_each(chosen)
        with _own_server(chosen, vendors, where.seed) as url:
            yield over_http(url, where.seed)
    elif not where.base_url:
        yield in_process(memory_store, where.seed)
    elif _is_ours(where, chosen):
        yield over_http(where.base_url, where.seed, token=where.token, run=_run_tag())
    else:
        yield live(where.base_url, sleep=waiting(progress), patience=where.patience)


def _is_ours(where: Where, chosen: Sequence[Scenario]) -> bool:
    """Whether the server has our admin API: then its clock can be moved, and it is sent what it does not know."""
    wire = Wire(where.base_url, where.token)
    try:
        if not is_ours(wire):
            return False
        _one_each(chosen)
        make_known(wire, chosen)
    finally:
        wire.close()
    return True


def _one_each(chosen: Sequence[Scenario]) -> None:
    """A server knows scenarios by name: two of one name would be played as one."""
    seen: dict[str, str] = {}
    for scenario in chosen:
        if scenario.name in seen:
            raise refuse("CLI007", f"{seen[scenario.name]} and {scenario.path} are both called {scenario.name!r}")
        seen[scenario.name] = scenario.path


def _run_tag() -> str:
    import secrets

    return secrets.token_hex(4)


@contextmanager
def _own_server(chosen: Sequence[Scenario], vendors: Mapping[str, Vendor], seed: str) -> Iterator[str]:
    from mockserver.server.desk import Desk
    from mockserver.server.hub import Hub, Settings
    from mockserver.server.run import in_thread

    known = {scenario.name: scenario for scenario in chosen}
    settings = Settings(
        vendors=vendors,
        eras=chosen_eras((), vendors),
        make_store=memory_store,
        find_scenario=known.get,
        scenario_names=lambda: sorted(known),
        clock=lambda real: Clock(real, START, 0.0),
        seed=seed or SEED,
    )
    with in_thread(Desk(Hub(settings))) as running:
        yield running.url
