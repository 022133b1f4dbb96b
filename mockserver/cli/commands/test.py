"""`mockserver test`: plays scenarios and checks every answer."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Final

import click

from mockserver.cli.base_url import target_url
from mockserver.cli.completers import complete_eras, complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_overwriting, write_requested
from mockserver.cli.options import (
    duration_option,
    file_option,
    is_given,
    json_option,
    junit_option,
    load_scenarios,
    number_range,
    option_group,
    parse_duration_option,
    refuse_option,
    resolve_paths,
    select_eras,
    token_option,
)
from mockserver.cli.output import (
    Progress,
    print_json,
    print_message,
    print_problem,
    print_report,
    redact_output,
    sleep_with_progress,
)
from mockserver.client.admin import is_mock_server
from mockserver.client.http import HttpClient, Unreachable
from mockserver.contract.documents.places import contracts_at_rest
from mockserver.core.clock import Clock
from mockserver.core.text import pluralize
from mockserver.errors import refuse
from mockserver.installed import installed_vendors
from mockserver.installed.derived_contracts import NO_CONTRACT, has_contract
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_play import redact_play
from mockserver.runner.play.results import PlayResult, plays_exit_code
from mockserver.runner.races.explore import DEFAULT_MAX_INTERLEAVINGS, explore, scenario_for_token
from mockserver.runner.reports.escape import display_path
from mockserver.runner.reports.plays import text
from mockserver.runner.reports.plays.html import plays_html
from mockserver.runner.reports.plays.json_report import plays_json
from mockserver.runner.reports.plays.junit import plays_junit
from mockserver.runner.suite import Suite
from mockserver.runner.targets import factories
from mockserver.runner.targets.factories import TargetFactory
from mockserver.runner.targets.scenario_upload import upload_missing
from mockserver.scenario.library import ScenarioLibrary, scenario_name
from mockserver.scenario.model import Scenario
from mockserver.server.signals import ignore_stop_signals
from mockserver.stores import memory_store
from mockserver.vendors.http import USUAL_KEY
from mockserver.vendors.registry import resolve_era


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """The values of the options."""

    vendor: str | None
    http: bool
    base_url: str | None
    key: str
    patience: str
    seed: str
    """Replaces the scenarios' own seed; empty: theirs."""
    explores: bool
    orders: int
    replay: str | None
    admin_token: str
    as_json: bool
    junit: Path | None
    html: Path | None

    def refuse_contradictions(self) -> None:
        """Raise `click.UsageError` for options that exclude each other, or need one that was not given."""
        if self.http and self.base_url:
            raise click.UsageError("--http and --base-url exclude each other.")
        if self.explores and (self.http or self.base_url or self.replay is not None):
            raise click.UsageError("--explore plays in this process; --http, --base-url and --replay exclude it.")
        if not self.explores:
            refuse_option("orders", "needs --explore")
        if not self.base_url:
            refuse_option("patience", "needs --base-url: only a live API makes a play wait")

    @property
    def rerun_options(self) -> str:
        """The options that a command needs, beside the scenario, to play it again the same way."""
        values = {"--base-url": self.base_url, "--seed": self.seed, "--replay": self.replay}
        if is_given("patience"):
            values["--patience"] = self.patience
        options = [f" {name} {quote(value)}" for name, value in values.items() if value]
        if self.http:
            options.insert(0, " --http")
        return "".join(options)


@dataclass(kw_only=True)
class SuiteRun:
    """The plays so far, and how they are reported."""

    options: PlayOptions
    files: Mapping[str, Path]
    """Scenario files by the names that a command may give them."""
    progress: Progress = field(default_factory=Progress)
    redactor: Redactor | None = None
    """Removes the secrets of a server's answers; None for answers of this process, whose keys open nothing."""
    results: list[PlayResult] = field(default_factory=list)
    started_at: float = field(default_factory=time.monotonic)

    def add_result(self, result: PlayResult) -> None:
        """Keep a result without secrets, and print its line at once unless the report is JSON."""
        if self.redactor is not None:
            result = redact_play(result, self.redactor)
        name = short_name(result.scenario, self.files)
        result = replace(result, command_options=self.options.rerun_options, short_name=name)
        self.results.append(result)
        if not self.options.as_json:
            print_report(text.outcome_line(result))

    def finish(self, reason: str | None = None) -> int:
        """Write the files, print the report, and return the exit code; `reason`: why the run ended early."""
        self.progress.clear()
        code = plays_exit_code(self.results)
        problems = write_requested(
            (self.options.junit, partial(plays_junit, self.results)),
            (self.options.html, partial(plays_html, self.results, code)),
        )
        if problems:
            code = ExitCode.USAGE
        if self.options.as_json:
            print_json(plays_json(self.results, code).decode())
        elif self.results or reason is None:
            print_report(text.closing_report(self.results, time.monotonic() - self.started_at))
        if reason is not None:
            print_message(f"mockserver test: {reason}")
        for vendor in sorted({result.scenario.vendor for result in self.results}):
            if not has_contract(vendor):
                print_message(f"mockserver test: {NO_CONTRACT.format(vendor=vendor)}")
        for problem in problems:
            print_problem(problem)
        return code


play_options: Final = option_group(PlayOptions, (
    click.option("--vendor", metavar="NAME", help="Only this vendor's scenarios.", shell_complete=complete_eras),
    click.option("--http", is_flag=True, help="Play over real HTTP, on a server started in this process."),
    click.option("--base-url", metavar="URL", help="Play on this server: a `mockserver serve` or a live API."),
    click.option(
        "--key", envvar="MOCKSERVER_API_KEY", default=USUAL_KEY, show_default=True, metavar="KEY",
        help="API key of every request that sets no other; a live API needs a real one.",
    ),
    duration_option(
        "--patience", default="10m", help="How long a play may wait on a live API; a longer play is inconclusive."
    ),
    click.option("--seed", default="", metavar="TEXT", help="Seed that replaces the scenarios' own."),
    click.option("--explore", "explores", is_flag=True, help="Play every order in which the scenarios' races can go."),
    click.option(
        "--orders", type=number_range(1, 1_000_000), metavar="NUMBER", default=DEFAULT_MAX_INTERLEAVINGS,
        show_default=True, help="With --explore: maximum number of orders per scenario.",
    ),
    click.option("--replay", metavar="TOKEN", help="Replay one order of the one SCENARIO."),
    token_option,
    json_option,
    junit_option,
    file_option("--html", help="Also write a page on which each play that is not ok is drawn over time."),
))  # fmt: skip


@click.command("test")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]", shell_complete=complete_scenarios)
@play_options
def test_command(options: PlayOptions, scenarios: tuple[str, ...]) -> int:
    """Play scenarios in virtual time and check every answer against the play and the captured contract.

    Without SCENARIO, the command plays `./scenarios` and all bundled scenarios. With --explore, it plays every order
    of their races, each in its own session; an order that breaks an expectation has a token for --replay.
    Exit codes: 0 all as expected, 1 a play failed, 2 an unusable file, 3 inconclusive, unreachable or nothing to play.

    \f
    Raises `click.UsageError` for options that exclude each other, `MockError` RUN010 for `--replay` of several.
    """
    options.refuse_contradictions()
    redactor = Redactor((options.key, options.admin_token))
    if options.key != USUAL_KEY:
        redact_output(redactor.redact_output)
    library = ScenarioLibrary(installed_vendors())
    chosen = select_scenarios(options, scenarios, library)
    refuse_overwriting({"--junit": options.junit, "--html": options.html}, [scenario.path for scenario in chosen])
    run = SuiteRun(options=options, files=library.files(), redactor=redactor if options.base_url else None)
    try:
        with contracts_at_rest(), open_target(options, chosen, run.progress) as make_target:
            suite = Suite(installed_vendors(), make_target, options.key)
            if options.explores:
                explore_all(suite, chosen, run, seed=options.seed, orders=options.orders)
            else:
                play_all(suite, chosen, run)
    except Unreachable as error:
        # A failed play before that counts; a run without one proved nothing.
        return run.finish(str(error)) or ExitCode.INCONCLUSIVE
    except KeyboardInterrupt:
        ignore_stop_signals()
        run.finish(f"interrupted after {len(run.results)} of {pluralize(len(chosen), 'scenario')}")
        return ExitCode.INTERRUPTED
    finally:
        run.progress.clear()
    return run.finish()


def select_scenarios(options: PlayOptions, names: Sequence[str], library: ScenarioLibrary) -> Sequence[Scenario]:
    """Return the scenarios to play: the named ones, else all, of one vendor if the options say so.

    Raises `MockError` for an unusable file, an unknown name or vendor, and RUN010 for `--replay` of several.
    """
    paths = [path for _, path in sorted(library.files().items())]
    if names:
        paths = resolve_paths(names, library)
    chosen = load_scenarios(paths, library, named=bool(names))
    if options.vendor:
        only = resolve_era(options.vendor, installed_vendors()).vendor
        chosen = [scenario for scenario in chosen if scenario.vendor == only]
    if options.replay is None:
        return chosen
    if len(chosen) != 1:
        problem = f"--replay needs one scenario, and {len(chosen)} are selected"
        raise refuse("RUN010", problem, "Name it: mockserver test NAME --replay TOKEN")
    return [scenario_for_token(chosen[0], options.seed, options.replay)]


def short_name(scenario: Scenario, files: Mapping[str, Path]) -> str | None:
    """Return the name that finds the scenario's file on the command line, for a path outside the working folder.

    Returns None where only the path finds it: another file has the name, or a file of that name lies here.
    """
    file = Path(scenario.path)
    name = scenario_name(file)
    named = files.get(name)
    if named is None or Path(name).is_file() or not Path(display_path(scenario.path)).is_absolute():
        return None
    if named.resolve() != file.resolve():
        return None
    return name


def play_all(suite: Suite, chosen: Sequence[Scenario], run: SuiteRun) -> None:
    """Play every scenario once. Raises `Unreachable`."""
    for number, scenario in enumerate(chosen, 1):
        run.progress.show(f"{number}/{len(chosen)} {scenario.name}")
        result = suite.play(scenario)
        run.progress.clear()
        run.add_result(result)


def explore_all(suite: Suite, chosen: Sequence[Scenario], run: SuiteRun, *, seed: str, orders: int) -> None:
    """Play up to `orders` orders of every scenario that has a race, and print how many have none."""
    without_race = 0
    for scenario in chosen:

        def show_order(order: int, total: int, name: str = scenario.name) -> None:
            run.progress.show(f"{name}: order {order} of {total}")

        result = explore(suite, scenario, seed, orders, show_order)
        run.progress.clear()
        if result is None:
            without_race += 1
        else:
            run.add_result(result)
    if without_race:
        print_message(f"mockserver test: {pluralize(without_race, 'scenario')} without a race left out")


@contextmanager
def open_target(options: PlayOptions, chosen: Sequence[Scenario], progress: Progress) -> Iterator[TargetFactory]:
    """Open the engine, a server in this process, a mock server elsewhere, or a live API.

    Raises `MockError` CLI007 for two scenarios of one name on a server, the RUN codes of a refused upload, and
    `Unreachable`.
    """
    if options.http:
        _refuse_same_names(chosen)
        with embedded_server(chosen, options.seed) as url:
            yield factories.mock_server_targets(url, options.seed)
        return
    if options.base_url is None:
        yield factories.in_process_targets(memory_store, options.seed)
        return
    url = target_url(options.base_url, *(scenario.vendor for scenario in chosen))
    patience = parse_duration_option("--patience", options.patience)
    client = HttpClient(url, options.admin_token)
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
        yield factories.mock_server_targets(url, options.seed, token=options.admin_token, run_id=run_id)
    else:
        yield factories.live_targets(url, sleep=sleep_with_progress(progress), patience=patience)


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
    from mockserver.server.sessions import SessionRegistry
    from mockserver.server.settings import ServerSettings

    by_name = {scenario.name: scenario for scenario in chosen}
    vendors = installed_vendors()
    settings = ServerSettings(
        vendors=vendors,
        eras=select_eras((), vendors, [scenario.vendor for scenario in chosen]),
        make_store=memory_store,
        find_scenario=by_name.get,
        scenario_names=lambda: sorted(by_name),
        clock=lambda wall_now: Clock(wall_now, factories.DEFAULT_START, 0.0),
        seed=seed or factories.DEFAULT_SEED,
    )
    with serve_in_thread(App(SessionRegistry(settings))) as running:
        yield running.url
