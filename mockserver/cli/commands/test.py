"""`mockserver test`: plays scenarios and judges every answer."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import NamedTuple

import click

from mockserver.cli import ExitCode
from mockserver.cli.options import (
    json_option,
    junit_option,
    load_scenarios,
    parse_duration_option,
    resolve_paths,
    select_eras,
    token_option,
)
from mockserver.cli.output import Progress, print_message, print_result, sleep_with_progress, write_file
from mockserver.core.clock import Clock
from mockserver.core.instants import Duration
from mockserver.core.text import pluralize
from mockserver.errors import refuse
from mockserver.runner.play.player import DEFAULT_API_KEY
from mockserver.runner.play.results import PlayResult, plays_exit_code
from mockserver.runner.races.explore import DEFAULT_MAX_INTERLEAVINGS, explore, scenario_for_token
from mockserver.runner.reports.escape import display_path as shown
from mockserver.runner.reports.plays import text
from mockserver.runner.reports.plays.json_report import plays_json
from mockserver.runner.reports.plays.junit import plays_junit
from mockserver.runner.suite import Suite, strip_vendor_prefix
from mockserver.runner.targets.factories import (
    DEFAULT_SEED,
    DEFAULT_START,
    TargetFactory,
    in_process_targets,
    live_targets,
    mock_server_targets,
)
from mockserver.runner.targets.http_client import HttpClient, Unreachable, is_mock_server
from mockserver.runner.targets.scenario_upload import upload_missing
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from mockserver.vendors.api import Vendor
from mockserver.vendors.registry import installed_vendors, resolve_era


class TargetOptions(NamedTuple):
    """Whom to play on."""

    http: bool = False
    base_url: str = ""
    token: str = ""
    seed: str = ""
    patience: Duration = 0


class ExploreOptions(NamedTuple):
    """What is explored."""

    seed: str
    orders: int


@dataclass
class SuiteRun:
    """What was played so far, and how it is told."""

    as_json: bool
    junit: Path | None
    rerun_options: str
    """Beside the scenario, for who plays it again."""
    files: Mapping[str, Path]
    """Scenario files by the name that a command may give them."""
    results: list[PlayResult] = field(default_factory=list)
    started_at: float = field(default_factory=time.monotonic)

    def add_result(self, result: PlayResult) -> None:
        """Tell a person at once."""
        result = replace(
            result, command_options=self.rerun_options, short_name=_short_name(result.scenario, self.files)
        )
        self.results.append(result)
        if not self.as_json:
            print_result(text.outcome_line(result))

    def finish(self) -> None:
        """Everything else, in every form that was asked for."""
        seconds = time.monotonic() - self.started_at
        print_result(plays_json(self.results).decode() if self.as_json else text.closing_report(self.results, seconds))
        if self.junit is not None:
            write_file(self.junit, plays_junit(self.results))

    @property
    def exit_code(self) -> int:
        """The exit code of what was played."""
        return plays_exit_code(self.results)


@click.command("test")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]")
@click.option("--vendor", default="", metavar="NAME", help="Only this vendor's scenarios.")
@click.option("--http", is_flag=True, help="Play over real HTTP, on a server of our own in this process.")
@click.option("--base-url", default="", metavar="URL", help="Play on this server: one of ours, or a live API.")
@click.option(
    "--key", envvar="MOCKSERVER_API_KEY", default=DEFAULT_API_KEY, show_default=True, metavar="KEY",
    help="The API key of every request that names no other: a live API wants a real one.",
)  # fmt: skip
@click.option(
    "--patience", default="10m", show_default=True, metavar="DURATION",
    help="How long a play may wait on a live API; a longer one is inconclusive.",
)  # fmt: skip
@click.option("--seed", default="", metavar="TEXT", help="Instead of the scenarios' own seed.")
@click.option("--explore", "explores", is_flag=True, help="Try every order in which the scenarios' races can go.")
@click.option(
    "--orders", type=click.IntRange(1, 1_000_000), default=DEFAULT_MAX_INTERLEAVINGS, show_default=True, metavar="NUMBER",
    help="With --explore: at most so many orders of each scenario.",
)  # fmt: skip
@click.option("--replay", default=None, metavar="TOKEN", help="Play one order again, of the one SCENARIO.")
@token_option
@json_option
@junit_option
def test_command(
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
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    chosen = _select_scenarios(scenarios, vendor, library, vendors)
    if replay is not None:
        chosen = _select_order(chosen, seed, replay)
    where = TargetOptions(
        http, strip_vendor_prefix(base_url, vendors), admin_token, seed, parse_duration_option(patience)
    )
    options = _rerun_options(http, {"--base-url": base_url, "--seed": seed, "--replay": replay or ""})
    run = SuiteRun(as_json, junit, options, library.files())
    progress = Progress()
    try:
        with _open_target(where, chosen, vendors, progress) as make:
            suite = Suite(vendors, make, key)
            if explores:
                _explore_all(suite, chosen, ExploreOptions(seed, orders), run, progress)
            else:
                _play_all(suite, chosen, run, progress)
    except Unreachable as error:
        run.finish()
        print_message(f"mockserver test: {error}")
        return run.exit_code or ExitCode.INCONCLUSIVE
    except KeyboardInterrupt:
        run.finish()
        print_message(f"mockserver test: interrupted after {len(run.results)} of {pluralize(len(chosen), 'scenario')}")
        return ExitCode.INTERRUPTED
    finally:
        progress.clear()
    run.finish()
    return run.exit_code


def _rerun_options(http: bool, options: Mapping[str, str]) -> str:
    """What decides how a scenario is played, as it is typed."""
    return " --http" * http + "".join(f" {name} {quote(said)}" for name, said in options.items() if said)


def _short_name(scenario: Scenario, files: Mapping[str, Path]) -> str:
    """The name of a scenario whose file does not lie below, where a command finds that file by it; else nothing."""
    file = Path(scenario.path)
    named = files.get(file.stem)
    if named is None or Path(file.stem).is_file() or not Path(shown(scenario.path)).is_absolute():
        return ""
    return file.stem if named.resolve() == file.resolve() else ""


def _play_all(suite: Suite, chosen: Sequence[Scenario], run: SuiteRun, progress: Progress) -> None:
    for number, scenario in enumerate(chosen, 1):
        progress.show(f"{number}/{len(chosen)} {scenario.name}")
        one = suite.play(scenario)
        progress.clear()
        run.add_result(one)


def _explore_all(
    suite: Suite, chosen: Sequence[Scenario], limits: ExploreOptions, run: SuiteRun, progress: Progress
) -> None:
    """Each scenario that has a race, in every order; the others are left out, and that is said."""
    left = 0
    for scenario in chosen:

        def tell(order: int, total: int, name: str = scenario.name) -> None:
            progress.show(f"{name}: order {order} of {total}")

        one = explore(suite, scenario, limits.seed, limits.orders, tell)
        progress.clear()
        if one is None:
            left += 1
        else:
            run.add_result(one)
    if left:
        print_message(f"mockserver test: {pluralize(left, 'scenario')} without a race left out")


def _select_order(chosen: Sequence[Scenario], seed: str, token: str) -> list[Scenario]:
    if len(chosen) != 1:
        raise refuse(
            "RUN010",
            f"--replay is for one scenario, and these are {len(chosen)}",
            "mockserver test NAME --replay TOKEN",
        )
    return [scenario_for_token(chosen[0], seed, token)]


def _select_scenarios(
    names: Sequence[str], vendor: str, library: ScenarioLibrary, vendors: Mapping[str, Vendor]
) -> list[Scenario]:
    only = resolve_era(vendor, vendors).vendor if vendor else ""
    paths = resolve_paths(names, library) if names else [path for _, path in sorted(library.files().items())]
    return [scenario for scenario in load_scenarios(paths, library) if only in ("", scenario.vendor)]


@contextmanager
def _open_target(
    options: TargetOptions, chosen: Sequence[Scenario], vendors: Mapping[str, Vendor], progress: Progress
) -> Iterator[TargetFactory]:
    """Whom to play on: the engine, our own server over HTTP, a server of ours elsewhere, or a live API."""
    if options.http:
        _refuse_same_names(chosen)
        with _embedded_server(chosen, vendors, options.seed) as url:
            yield mock_server_targets(url, options.seed)
    elif not options.base_url:
        yield in_process_targets(memory_store, options.seed)
    elif _prepare_if_ours(options, chosen):
        yield mock_server_targets(options.base_url, options.seed, token=options.token, run_id=_run_tag())
    else:
        yield live_targets(options.base_url, sleep=sleep_with_progress(progress), patience=options.patience)


def _prepare_if_ours(options: TargetOptions, chosen: Sequence[Scenario]) -> bool:
    """Whether the server has our admin API: then its clock can be moved, and it is sent what it does not know."""
    wire = HttpClient(options.base_url, options.token)
    try:
        if not is_mock_server(wire):
            return False
        _refuse_same_names(chosen)
        upload_missing(wire, chosen)
    finally:
        wire.close()
    return True


def _refuse_same_names(chosen: Sequence[Scenario]) -> None:
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
def _embedded_server(chosen: Sequence[Scenario], vendors: Mapping[str, Vendor], seed: str) -> Iterator[str]:
    from mockserver.server.app import App
    from mockserver.server.run import serve_in_thread
    from mockserver.server.sessions import ServerSettings, SessionRegistry

    known = {scenario.name: scenario for scenario in chosen}
    settings = ServerSettings(
        vendors=vendors,
        eras=select_eras((), vendors),
        make_store=memory_store,
        find_scenario=known.get,
        scenario_names=lambda: sorted(known),
        clock=lambda real: Clock(real, DEFAULT_START, 0.0),
        seed=seed or DEFAULT_SEED,
    )
    with serve_in_thread(App(SessionRegistry(settings))) as running:
        yield running.url
