"""`mockserver test`: plays scenarios and checks every answer."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import NamedTuple

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import (
    duration_option,
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
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_play import redact_play
from mockserver.runner.play.player import DEFAULT_API_KEY
from mockserver.runner.play.results import PlayResult, plays_exit_code
from mockserver.runner.races.explore import DEFAULT_MAX_INTERLEAVINGS, explore, scenario_for_token
from mockserver.runner.reports.escape import display_path
from mockserver.runner.reports.plays import text
from mockserver.runner.reports.plays.json_report import plays_json
from mockserver.runner.reports.plays.junit import plays_junit
from mockserver.runner.suite import Suite, strip_vendor_prefix
from mockserver.runner.targets import factories
from mockserver.runner.targets.factories import TargetFactory
from mockserver.runner.targets.http_client import HttpClient, Unreachable, is_mock_server
from mockserver.runner.targets.scenario_upload import upload_missing
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from mockserver.vendors.registry import installed_vendors, resolve_era


class TargetOptions(NamedTuple):
    """The target of the plays; without `http` and `base_url`, the engine in this process."""

    http: bool = False
    base_url: str | None = None
    token: str = ""
    seed: str = ""
    """Replaces the scenarios' own seed; empty: theirs."""
    patience: Duration = 0


@dataclass(kw_only=True)
class SuiteRun:
    """The plays so far, and how they are reported."""

    as_json: bool
    junit: Path | None
    rerun_options: str
    """The options that a command needs, beside the scenario, to play it again the same way."""
    files: Mapping[str, Path]
    """Scenario files by the names that a command may give them."""
    redactor: Redactor | None = None
    """Removes the secrets of a server's answers; None for answers of this process, whose keys open nothing."""
    results: list[PlayResult] = field(default_factory=list)
    started_at: float = field(default_factory=time.monotonic)

    def add_result(self, result: PlayResult) -> None:
        """Keep a result without secrets, and print its line at once unless the report is JSON."""
        if self.redactor is not None:
            result = redact_play(result, self.redactor)
        name = short_name(result.scenario, self.files)
        result = replace(result, command_options=self.rerun_options, short_name=name)
        self.results.append(result)
        if not self.as_json:
            print_result(text.outcome_line(result))

    def finish(self) -> int:
        """Print the report, write the JUnit file, and return the exit code. Raises `MockError` CLI005."""
        if self.as_json:
            print_result(plays_json(self.results).decode())
        else:
            print_result(text.closing_report(self.results, time.monotonic() - self.started_at))
        if self.junit is not None:
            write_file(self.junit, plays_junit(self.results))
        return plays_exit_code(self.results)


@click.command("test")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]")
@click.option("--vendor", metavar="NAME", help="Only this vendor's scenarios.")
@click.option("--http", is_flag=True, help="Play over real HTTP, on a server started in this process.")
@click.option("--base-url", metavar="URL", help="Play on this server: a `mockserver serve` or a live API.")
@click.option(
    "--key", envvar="MOCKSERVER_API_KEY", default=DEFAULT_API_KEY, show_default=True, metavar="KEY",
    help="API key of every request that sets no other; a live API needs a real one.",
)  # fmt: skip
@duration_option(
    "--patience", default="10m", help="How long a play may wait on a live API; a longer play is inconclusive."
)
@click.option("--seed", default="", metavar="TEXT", help="Seed that replaces the scenarios' own.")
@click.option("--explore", "explores", is_flag=True, help="Play every order in which the scenarios' races can go.")
@click.option(
    "--orders", type=click.IntRange(1, 1_000_000), metavar="NUMBER",
    default=DEFAULT_MAX_INTERLEAVINGS, show_default=True, help="With --explore: maximum number of orders per scenario.",
)  # fmt: skip
@click.option("--replay", metavar="TOKEN", help="Replay one order of the one SCENARIO.")
@token_option
@json_option
@junit_option
def test_command(
    scenarios: tuple[str, ...],
    vendor: str | None,
    http: bool,
    base_url: str | None,
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
    """Play scenarios in virtual time and check every answer against the play and the captured contract.

    Without SCENARIO, the command plays `./scenarios` and all bundled scenarios. With --explore, it plays every order
    of their races, each in its own session; an order that breaks an expectation has a token for --replay.
    Exit codes: 0 all as expected, 1 a play failed, 2 an unusable file, 3 inconclusive, unreachable or nothing to play.

    \f
    Raises `click.UsageError` for options that exclude each other, `MockError` RUN010 for `--replay` of several.
    """
    if http and base_url:
        raise click.UsageError("--http and --base-url exclude each other.")
    if explores and (http or base_url or replay is not None):
        raise click.UsageError("--explore plays in this process; --http, --base-url and --replay exclude it.")
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    paths = [path for _, path in sorted(library.files().items())]
    if scenarios:
        paths = resolve_paths(scenarios, library)
    chosen = load_scenarios(paths, library)
    if vendor:
        only = resolve_era(vendor, vendors).vendor
        chosen = [scenario for scenario in chosen if scenario.vendor == only]
    if replay is not None:
        if len(chosen) != 1:
            problem = f"--replay needs one scenario, and {len(chosen)} are selected"
            raise refuse("RUN010", problem, "mockserver test NAME --replay TOKEN")
        chosen = [scenario_for_token(chosen[0], seed, replay)]
    url = strip_vendor_prefix(base_url, vendors) if base_url else None
    options = TargetOptions(http, url, admin_token, seed, parse_duration_option(patience))
    rerun_values = {"--base-url": base_url, "--seed": seed, "--replay": replay}
    rerun_options = [f" {name} {quote(value)}" for name, value in rerun_values.items() if value]
    if http:
        rerun_options.insert(0, " --http")
    run = SuiteRun(
        as_json=as_json,
        junit=junit,
        rerun_options="".join(rerun_options),
        files=library.files(),
        redactor=Redactor((key, admin_token)) if base_url else None,
    )
    progress = Progress()
    try:
        with open_target(options, chosen, progress) as make_target:
            suite = Suite(vendors, make_target, key)
            if explores:
                explore_all(suite, chosen, run, progress, seed=seed, orders=orders)
            else:
                for number, scenario in enumerate(chosen, 1):
                    progress.show(f"{number}/{len(chosen)} {scenario.name}")
                    result = suite.play(scenario)
                    progress.clear()
                    run.add_result(result)
    except Unreachable as error:
        # A failed play before that counts; a run without one proved nothing.
        code = run.finish()
        print_message(f"mockserver test: {error}")
        return code or ExitCode.INCONCLUSIVE
    except KeyboardInterrupt:
        run.finish()
        print_message(f"mockserver test: interrupted after {len(run.results)} of {pluralize(len(chosen), 'scenario')}")
        return ExitCode.INTERRUPTED
    finally:
        progress.clear()
    return run.finish()


def short_name(scenario: Scenario, files: Mapping[str, Path]) -> str | None:
    """Return the name that finds the scenario's file on the command line, for a path outside the working folder.

    Returns None where only the path finds it: another file has the name, or a file of that name lies here.
    """
    file = Path(scenario.path)
    named = files.get(file.stem)
    if named is None or Path(file.stem).is_file() or not Path(display_path(scenario.path)).is_absolute():
        return None
    if named.resolve() != file.resolve():
        return None
    return file.stem


def explore_all(
    suite: Suite, chosen: Sequence[Scenario], run: SuiteRun, progress: Progress, *, seed: str, orders: int
) -> None:
    """Play up to `orders` orders of every scenario that has a race, and print how many have none."""
    without_race = 0
    for scenario in chosen:

        def show_order(order: int, total: int, name: str = scenario.name) -> None:
            progress.show(f"{name}: order {order} of {total}")

        result = explore(suite, scenario, seed, orders, show_order)
        progress.clear()
        if result is None:
            without_race += 1
        else:
            run.add_result(result)
    if without_race:
        print_message(f"mockserver test: {pluralize(without_race, 'scenario')} without a race left out")


@contextmanager
def open_target(options: TargetOptions, chosen: Sequence[Scenario], progress: Progress) -> Iterator[TargetFactory]:
    """Open the engine, a server in this process, a mock server elsewhere, or a live API.

    Raises `MockError` CLI007 for two scenarios of one name on a server, and the RUN codes of a refused upload.
    """
    if options.http:
        _refuse_same_names(chosen)
        with embedded_server(chosen, options.seed) as url:
            yield factories.mock_server_targets(url, options.seed)
        return
    if options.base_url is None:
        yield factories.in_process_targets(memory_store, options.seed)
        return
    client = HttpClient(options.base_url, options.token)
    try:
        is_mock = is_mock_server(client)
        if is_mock:
            _refuse_same_names(chosen)
            upload_missing(client, chosen)
    finally:
        client.close()
    if is_mock:
        # Sessions of several runs on one server must not meet.
        run_id = secrets.token_hex(4)
        yield factories.mock_server_targets(options.base_url, options.seed, token=options.token, run_id=run_id)
    else:
        sleep = sleep_with_progress(progress)
        yield factories.live_targets(options.base_url, sleep=sleep, patience=options.patience)


def _refuse_same_names(chosen: Sequence[Scenario]) -> None:
    """Raise `MockError` CLI007 for two scenarios of one name: a server would play one of them twice."""
    paths: dict[str, str] = {}
    for scenario in chosen:
        if scenario.name in paths:
            problem = f"{paths[scenario.name]} and {scenario.path} have the same name {scenario.name!r}"
            raise refuse("CLI007", problem)
        paths[scenario.name] = scenario.path


@contextmanager
def embedded_server(chosen: Sequence[Scenario], seed: str) -> Iterator[str]:
    """Serve the chosen scenarios on a free port of this machine, with the clock stopped; yields the URL."""
    from mockserver.server.app import App
    from mockserver.server.run import serve_in_thread
    from mockserver.server.sessions import ServerSettings, SessionRegistry

    by_name = {scenario.name: scenario for scenario in chosen}
    vendors = installed_vendors()
    settings = ServerSettings(
        vendors=vendors,
        eras=select_eras((), vendors),
        make_store=memory_store,
        find_scenario=by_name.get,
        scenario_names=lambda: sorted(by_name),
        clock=lambda wall_now: Clock(wall_now, factories.DEFAULT_START, 0.0),
        seed=seed or factories.DEFAULT_SEED,
    )
    with serve_in_thread(App(SessionRegistry(settings))) as running:
        yield running.url
