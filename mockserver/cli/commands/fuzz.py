"""`mockserver fuzz`: sends requests that Schemathesis generates from a contract, and checks the answers."""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import click

from mockserver.cli.base_url import target_url
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.judge_options import JudgeOptions, api_key_from_env, era_at, judge_options
from mockserver.cli.options import (
    default_option,
    duration_option,
    number_range,
    option_group,
    parse_time_limit,
    refuse_option,
    rerun_command,
    vendor_option,
)
from mockserver.cli.output import Progress, print_message, redact_output
from mockserver.client.http import Unreachable
from mockserver.contract.documents.capture import load_capture
from mockserver.contract.documents.derived import deriving_with
from mockserver.contract.judge.hosts import is_local_host
from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.core.text import pluralize
from mockserver.core.wire import Request
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.installed import installed_vendors
from mockserver.installed.derived_contracts import TABLES_OF_INSTALLED
from mockserver.redaction.redactor import Redactor
from mockserver.runner.active.curl import curl_command
from mockserver.runner.active.fuzz import CrashCatchingTarget, Fuzzer, FuzzPlan
from mockserver.runner.active.fuzz_cases import FuzzCase, generate_cases
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.targets.factories import DEFAULT_START
from mockserver.runner.targets.in_process import BASE_URL, InProcessTarget
from mockserver.runner.targets.live import LiveTarget
from mockserver.stores import memory_store
from mockserver.vendors.api import Era
from mockserver.vendors.http import USUAL_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzOptions:
    """The values of the options that choose a target and the number of requests."""

    vendor: str | None
    base_url: str | None
    api_key_env: str | None
    allow_writes: bool
    max_examples: int
    seed: int
    max_time: str


fuzz_options: Final = option_group(FuzzOptions, (
    vendor_option(help="Vendor and era of the contract; without it or a URL, all."),
    click.option("--base-url", metavar="URL", help="Send to this server; without it, to a fake in this process."),
    click.option("--api-key-env", metavar="VAR", help="Environment variable with the API key of the server."),
    click.option("--allow-writes", is_flag=True, help="Also send writes to a server that is not on this machine."),
    default_option(
        "--max-examples", type=number_range(1, 10_000), default=30, help="Generated requests per operation."
    ),
    default_option("--seed", type=number_range(0), default=0, help="Same seed, same requests."),
    duration_option("--max-time", default="2m", help="Time limit per vendor."),
))  # fmt: skip


@click.command("fuzz")
@fuzz_options
@judge_options
@deriving_with(TABLES_OF_INSTALLED)
def fuzz_command(options: FuzzOptions, judge: JudgeOptions) -> int:
    """Send generated requests, most of them about existing jobs, and check the answers by schemas and rules over time.

    Exit codes: 0 success with evidence, 1 findings at or above --fail-on, 2 an unusable option or no Schemathesis, 3
    nothing was proved or the server was unreachable.
    """
    if not options.base_url:
        refuse_option("allow_writes", "needs --base-url: a fake in this process gets writes anyway")
    judge.refuse_overwriting()
    policy = judge.policy()
    progress = Progress()
    key = USUAL_KEY
    redactor = Redactor()
    if options.api_key_env:
        # Only a real key is a secret: the fake's own test key may stand in reports.
        key = api_key_from_env(options.api_key_env)
        redactor = Redactor([key])
        redact_output(redactor.redact_output)
    if options.vendor or options.base_url:
        eras = [era_at(options.vendor, options.base_url or "")]
    else:
        eras = [each.eras[-1] for each in installed_vendors().served().values()]
    try:
        checked = tuple(_FuzzRun(era, options, key, progress).run(redactor, judge) for era in eras)
    except Unreachable as error:
        print_message(f"mockserver fuzz: {error}")
        return ExitCode.INCONCLUSIVE
    finally:
        progress.clear()
    return judge.report(checked, policy, progress)


class _FuzzRun:
    """The fuzzing of one era, within its time limit."""

    def __init__(self, era: Era, options: FuzzOptions, key: str, progress: Progress) -> None:
        self._era = era
        self._options = options
        self._key = key
        self._progress = progress
        self._url: str | None = None
        if options.base_url:
            self._url = target_url(options.base_url, era.vendor)
        self._deadline = time.monotonic() + parse_time_limit("--max-time", options.max_time)

    def run(self, redactor: Redactor, judge: JudgeOptions) -> CheckedRecording:
        """Generate the requests, send them and return the judged exchanges."""
        era, url = self._era, self._url
        live_judge = LiveJudge(self.traffic_source(), redactor, judge.print_finding)
        self._progress.show(f"{era.pin}: generating requests")
        # Generating may take longer than sending, so the time limit covers both.
        cases: list[FuzzCase] = []
        capture = load_capture(era.vendor, era.date)
        for case in generate_cases(capture, self._options.max_examples, self._options.seed, self.is_over):
            cases.append(case)
            self._progress.show(f"{era.pin}: {pluralize(len(cases), 'request')} generated, {case.operation}")
        is_local = url is None or is_local_host(urlsplit(url).hostname or "")
        plan = FuzzPlan(self._options.seed, self._key, is_local or self._options.allow_writes)
        with closing(self.open_target()) as target:
            if isinstance(target, InProcessTarget):
                plan = plan._replace(advance_to=target.advance_to)
                # A crash of the fake becomes a 500 answer, as over HTTP.
                fuzzer = Fuzzer(era, CrashCatchingTarget(target), live_judge, plan, self._progress.show)
            else:
                fuzzer = Fuzzer(era, target, live_judge, plan, self._progress.show)
            fuzzer.run(cases, self.is_over)
        self._progress.clear()
        if not plan.allow_writes:
            print_message(f"note: {url} is not on this machine, so only reads were sent; --allow-writes sends all")
        if self.is_over():
            sent = pluralize(fuzzer.request_count, "request")
            print_message(f"note: {era.pin}: the time limit (--max-time) was reached after {sent}")
        return live_judge.finish()

    def is_over(self) -> bool:
        """Return True if the time limit has passed."""
        return time.monotonic() > self._deadline

    def traffic_source(self) -> TrafficSource:
        """Return how the answers are judged, with the commands that repeat the run and a single request."""
        era, url, key = self._era, self._url, self._key
        rerun = rerun_command("fuzz", {
            "--vendor": era.pin,
            "--seed": self._options.seed,
            "--max-examples": self._options.max_examples,
            "--base-url": self._options.base_url,
            "--api-key-env": self._options.api_key_env,
            "--allow-writes": self._options.allow_writes,
        })  # fmt: skip
        auth_headers = [name.lower() for name in era.auth_headers(key)]

        def resend(request: Request) -> str:
            return curl_command(url or BASE_URL, request, auth_headers, key)

        name = url or f"a fake {era.pin}"
        alone = url is None
        return TrafficSource(name, "fuzz", era.vendor, era.date, alone=alone, rerun=rerun, resend_command=resend)

    def open_target(self) -> LiveTarget | InProcessTarget:
        """Open the server, or a fake in this process with its clock stopped."""
        if self._url is not None:
            # No single call may wait beyond the time limit.
            seconds_left = self._deadline - time.monotonic()
            return LiveTarget(self._url, patience=int(seconds_left * SECOND))
        clock = Clock(0, DEFAULT_START, 0.0)
        setup = SessionSetup("fuzz", {self._era.vendor: self._era}, clock, str(self._options.seed), memory_store)
        return InProcessTarget(Session(setup), self._era.vendor)
