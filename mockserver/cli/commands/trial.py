"""`mockserver trial`: puts a client in front of scenarios, each of which catches a mistake of clients."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import join, quote
from typing import Final

import click

from mockserver.cli.completers import complete_clock_modes, complete_eras, complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_overwriting, write_requested
from mockserver.cli.options import (
    default_option,
    duration_option,
    file_option,
    json_option,
    junit_option,
    load_scenarios,
    number_range,
    option_group,
    parse_time_limit,
)
from mockserver.cli.output import Progress, print_json, print_problem, print_result, quiet_log, redact_output
from mockserver.core.text import pluralize
from mockserver.installed import installed_vendors
from mockserver.redaction.redactor import Redactor
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.server.signals import ignore_stop_signals
from mockserver.trial.candidates import choose_about_webhooks, choose_scenarios, make_candidate
from mockserver.trial.receiver_address import ReceiverAddress, parse_receiver_address
from mockserver.trial.receiver_candidates import make_receiver_candidate
from mockserver.trial.reports.html import trial_html
from mockserver.trial.reports.json_report import candidate_json, trial_json
from mockserver.trial.reports.junit import trial_junit
from mockserver.trial.reports.text import closing_lines, result_line
from mockserver.trial.results import AnyCandidate, TrialReport, TrialResult
from mockserver.trial.runs import TrialPlan, run_trial
from mockserver.trial.sessions import TRIAL_CLOCK, TrialServer, refuse_unknown_placeholders, serve_scenarios
from mockserver.trial.webhook_clients import WEBHOOK_CLOCK, make_webhook_client_candidate
from mockserver.vendors.registry import resolve_era

DEFAULT_JOBS: Final = 2
MAX_JOBS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOptions:
    """The values of the options."""

    only: tuple[str, ...]
    vendor: str | None
    listed: bool
    deadline: str
    budget: str
    jobs: int
    clock: str | None
    expect_exit: tuple[int, ...]
    receiver: str | None
    webhooks_to: str | None
    as_json: bool
    junit: Path | None
    html: Path | None

    def repeat(self, command: Sequence[str], name: str) -> str:
        """Return the command line that runs the client in front of one scenario again."""
        words = ["mockserver trial --only", quote(name)]
        words += [f"--expect-exit {code}" for code in self.expect_exit]
        if self.clock is not None:
            words.append(f"--clock {quote(self.clock)}")
        if self.receiver is not None:
            words.append(f"--receiver {quote(self.receiver)}")
        if self.webhooks_to is not None:
            words.append(f"--webhooks-to {quote(self.webhooks_to)}")
        return " ".join([*words, "--", join(command)])


trial_options: Final = option_group(TrialOptions, (
    click.option(
        "--only", multiple=True, metavar="NAME|PATTERN", help="Only this scenario, or those of a pattern (cancel-*).",
        shell_complete=complete_scenarios,
    ),
    click.option("--vendor", metavar="NAME", help="Only this vendor's scenarios.", shell_complete=complete_eras),
    click.option("--list", "listed", is_flag=True, help="List the scenarios and what they catch; run nothing."),
    duration_option("--deadline", default="20s", help="Real time of each run; a client that still runs then is ended."),
    duration_option("--budget", default="10m", help="Real time in which runs may begin."),
    default_option(
        "--jobs", type=number_range(1, MAX_JOBS), metavar="NUMBER", default=DEFAULT_JOBS, help="Runs at a time.",
    ),
    click.option(
        "--clock", metavar="real|manual|auto|xN", shell_complete=complete_clock_modes,
        help="How time runs in the sessions; by default each poll moves it, and real time passes as well.",
    ),
    click.option(
        "--expect-exit", multiple=True, type=number_range(0, 255), metavar="CODE",
        help="An exit code of the client's orderly end, besides 0.",
    ),
    click.option(
        "--receiver", metavar="URL",
        help="COMMAND receives webhooks at this address; {port} is a free port of each run. Only these scenarios then.",
    ),
    click.option(
        "--webhooks-to", metavar="URL",
        help="COMMAND calls the API and receives webhooks at this address; {port} as above. Only these scenarios then.",
    ),
    json_option,
    junit_option,
    file_option("--html", help="Also write a self-contained HTML page to this file."),
))  # fmt: skip


@click.command("trial")
@click.argument("command", nargs=-1, metavar="[COMMAND...]", type=click.UNPROCESSED)
@trial_options
def trial_command(options: TrialOptions, command: tuple[str, ...]) -> int:
    """Put a client in front of every scenario that catches a mistake of clients, and judge what it makes of each.

    COMMAND is any program. It gets the base URL and the key in the vendor's own environment variables and in
    MOCKSERVER_TRIAL_BASE_URL and MOCKSERVER_TRIAL_KEY; {base_url}, {key} and {scenario} in COMMAND are replaced.
    With --receiver, COMMAND receives webhooks instead, and the trial plays the client; with --webhooks-to it does both.
    Exit codes: 0 the client survived what it reached, 1 a scenario caught something, 2 an unusable option or command,
    3 nothing reached, or the budget was used up.

    \f
    Raises `click.UsageError` without a command, `MockError` TRI001 to TRI005, CLI006 for a duration.
    """
    library = ScenarioLibrary(installed_vendors())
    if options.receiver is not None and options.webhooks_to is not None:
        raise click.UsageError("--receiver and --webhooks-to exclude each other: COMMAND is a client or it is none.")
    given = options.webhooks_to if options.receiver is None else options.receiver
    address = None if given is None else parse_receiver_address(given)
    candidates = select_candidates(options, library)
    if options.listed:
        print_candidates(candidates, as_json=options.as_json)
        return ExitCode.OK
    if not command:
        raise click.UsageError("Give the command of the client after --: mockserver trial -- python client.py")
    for word in command:
        refuse_unknown_placeholders(word, receives=address is not None, has_other_braces=True)
    refuse_overwriting({"--junit": options.junit, "--html": options.html}, ())
    plan = make_plan(options, address, command, own_secrets(candidates, library))
    untried = [each for each in candidates if each.obstacle]
    run = TrialRun(options, TrialReport(command=join(command), results=(), untried=untried), plan)
    return run.run(library, candidates)


def select_candidates(options: TrialOptions, library: ScenarioLibrary) -> list[AnyCandidate]:
    """Return the selected scenarios that catch something. Raises `MockError` TRI001, TRI003, VEN001."""
    vendor = None
    if options.vendor:
        vendor = resolve_era(options.vendor, library.vendors).vendor
    chosen = choose_scenarios(load_candidates(options.only, library), options.only, vendor)
    if options.receiver is None and options.webhooks_to is None:
        return [make_candidate(scenario, library.vendors[scenario.vendor]) for scenario in chosen]
    # A scenario that is named is listed with the reason why it is not tried.
    about_webhooks = chosen if options.only else choose_about_webhooks(chosen)
    make = make_receiver_candidate if options.webhooks_to is None else make_webhook_client_candidate
    return [make(scenario, library.vendors[scenario.vendor]) for scenario in about_webhooks]


def load_candidates(only: Sequence[str], library: ScenarioLibrary) -> list[Scenario]:
    """Load the scenarios of these names alone where their files have them too, else every scenario of the library."""
    files = library.files()
    if only and files.keys() >= set(only):
        scenarios = load_scenarios([files[name] for name in sorted(set(only))], library)
        if {scenario.name for scenario in scenarios} == set(only):
            return scenarios
    return load_scenarios([path for _, path in sorted(files.items())], library, named=False)


def own_secrets(candidates: Sequence[AnyCandidate], library: ScenarioLibrary) -> Iterator[str]:
    """Yield the keys that this environment has for the vendors: no report shows them."""
    for name in {candidate.scenario.vendor for candidate in candidates}:
        for variable in library.vendors[name].sdk_variables:
            if variable.holds == "key" and os.environ.get(variable.name):
                yield os.environ[variable.name]


def make_plan(
    options: TrialOptions, address: ReceiverAddress | None, command: Sequence[str], secrets: Iterator[str]
) -> TrialPlan:
    """Return the plan of a trial. Raises `MockError` CLI006."""
    redactor = Redactor(secrets)
    redact_output(redactor.redact_output)
    return TrialPlan(
        command=command,
        deadline=parse_time_limit("--deadline", options.deadline),
        budget=parse_time_limit("--budget", options.budget),
        # Two receivers cannot listen at one address.
        jobs=1 if address is not None and address.is_shared else options.jobs,
        receiver=address,
        expected_exits=frozenset({0, *options.expect_exit}),
        redactor=redactor,
        repeat=partial(options.repeat, command),
        seconds=time.monotonic,
    )


@dataclass
class TrialRun:
    """A trial that is being printed."""

    options: TrialOptions
    report: TrialReport
    plan: TrialPlan

    def run(self, library: ScenarioLibrary, candidates: Sequence[AnyCandidate]) -> int:
        """Run the client in front of each candidate, print and write the report, and return the exit code."""
        began = time.monotonic()
        tried = [each for each in candidates if not each.obstacle]
        results: list[TrialResult] = []
        is_interrupted = False
        try:
            usual_clock = TRIAL_CLOCK if self.options.webhooks_to is None else WEBHOOK_CLOCK
            scenarios = (each.scenario for each in tried)
            with quiet_log(), serve_scenarios(library, scenarios, self.options.clock, usual_clock) as server:
                self._collect(server, tried, results)
        except KeyboardInterrupt:
            is_interrupted = True
        ignore_stop_signals()
        results.sort(key=lambda result: result.candidate.scenario.name)
        self.report = replace(self.report, results=results, seconds=time.monotonic() - began)
        code = self._finish()
        return ExitCode.INTERRUPTED if is_interrupted else code

    def _collect(self, server: TrialServer, tried: Sequence[AnyCandidate], results: list[TrialResult]) -> None:
        progress = Progress()
        try:
            for result in run_trial(self.plan, server, tried):
                results.append(result)
                progress.clear()
                if not self.options.as_json:
                    print_result(result_line(result))
                progress.show(f"{len(results)}/{pluralize(len(tried), 'scenario')}")
        finally:
            progress.clear()

    def _finish(self) -> int:
        code = trial_exit_code(self.report)
        problems = write_requested(
            (self.options.junit, partial(trial_junit, self.report)),
            (self.options.html, partial(trial_html, self.report, code)),
        )
        if problems:
            code = ExitCode.USAGE
        if self.options.as_json:
            print_json(trial_json(self.report, code).decode())
        else:
            print_result("\n".join(closing_lines(self.report)))
        for problem in problems:
            print_problem(problem)
        return code


def trial_exit_code(report: TrialReport) -> ExitCode:
    """Return the exit code of a whole trial."""
    if report.has_findings:
        return ExitCode.FINDINGS
    return ExitCode.OK if report.is_proof else ExitCode.INCONCLUSIVE


def print_candidates(candidates: Sequence[AnyCandidate], *, as_json: bool) -> None:
    """Print the scenarios, what each catches, and why some cannot be tried."""
    if as_json:
        rows = [{**candidate_json(each), "reason": each.obstacle or None} for each in candidates]
        print_json(json.dumps({"version": 1, "scenarios": rows}, indent=2))
        return
    for each in candidates:
        print_result(f"{each.scenario.name}  ({each.era.pin})")
        print_result(f"    catches    {each.scenario.catches}")
        if each.obstacle:
            print_result(f"    not tried  {each.obstacle}")
