"""`mockserver fuzz`: sends what Schemathesis makes of a contract, and judges the answers, over time too."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import click

from mockserver.cli import ExitCode
from mockserver.cli.judge_options import JudgeOptions, api_key_from_env, era_at, judge_options
from mockserver.cli.options import parse_duration_option
from mockserver.cli.output import Progress, print_message
from mockserver.contract.documents.capture import load_capture
from mockserver.contract.judge.hosts import is_local_host
from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.core.text import pluralize
from mockserver.core.wire import Request
from mockserver.engine.session.session import Session
from mockserver.engine.session.setup import SessionSetup
from mockserver.recordings.redact import Redactor
from mockserver.runner.active.curl import curl_command
from mockserver.runner.active.fuzz import CrashCatchingTarget, Fuzzer, FuzzPlan
from mockserver.runner.active.fuzz_cases import FuzzCase, generate_cases
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.play.player import DEFAULT_API_KEY
from mockserver.runner.reports.checks.results import CheckedRecording
from mockserver.runner.suite import strip_vendor_prefix
from mockserver.runner.targets.factories import DEFAULT_START
from mockserver.runner.targets.http_client import Unreachable
from mockserver.runner.targets.in_process import BASE_URL, InProcessTarget
from mockserver.runner.targets.live import LiveTarget
from mockserver.stores import memory_store
from mockserver.vendors.api import Era
from mockserver.vendors.registry import installed_vendors


class FuzzOptions(NamedTuple):
    """Whom to fuzz, and how much."""

    vendor: str
    base_url: str
    api_key_env: str
    allow_writes: bool
    max_examples: int
    seed: int
    max_time: str


@click.command("fuzz")
@click.option(
    "--vendor", default="", metavar="NAME[@DATE]",
    help="Whose contract, and as of when; all of them without it, where no URL is named.",
)  # fmt: skip
@click.option("--base-url", default="", metavar="URL", help="Ask this server; else a fake in this process.")
@click.option("--api-key-env", default="", metavar="VAR", help="The environment variable that holds its API key.")
@click.option("--allow-writes", is_flag=True, help="Send more than reads to a server that is not on this machine.")
@click.option(
    "--max-examples", type=click.IntRange(1, 10_000), default=30, show_default=True,
    help="Generated requests for each operation.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same requests.")
@click.option("--max-time", default="2m", show_default=True, metavar="DURATION", help="When to stop, for each vendor.")
@judge_options
def fuzz_command(
    vendor: str,
    base_url: str,
    api_key_env: str,
    allow_writes: bool,
    max_examples: int,
    seed: int,
    max_time: str,
    **judging: Any,
) -> int:
    """Send generated requests, about jobs that exist, and judge the answers by schemas and rules over time.

    Exit codes: 0 fine with evidence, 1 findings at or above --fail-on, 2 an option that cannot be used or no
    Schemathesis, 3 nothing was proved or nobody was reached.
    """
    asked = FuzzOptions(vendor, base_url, api_key_env, allow_writes, max_examples, seed, max_time)
    how = JudgeOptions(**judging)
    terms = how.terms()
    progress = Progress()
    key = api_key_from_env(api_key_env) if api_key_env else DEFAULT_API_KEY
    redactor = Redactor([key] if api_key_env else [])
    try:
        checked = tuple(_fuzz_era(era, asked, key, redactor, how, progress) for era in _select_eras(asked))
    except Unreachable as error:
        print_message(f"mockserver fuzz: {error}")
        return ExitCode.INCONCLUSIVE
    finally:
        progress.clear()
    return how.report(checked, terms, progress)


def _select_eras(options: FuzzOptions) -> list[Era]:
    """The one that was named, or that has the URL's host; the newest of each vendor where neither is given."""
    if options.vendor or options.base_url:
        return [era_at(options.vendor, options.base_url)]
    return [vendor.eras[-1] for vendor in installed_vendors().values()]


def _fuzz_era(
    era: Era, options: FuzzOptions, key: str, redactor: Redactor, judge: JudgeOptions, progress: Progress
) -> CheckedRecording:
    url = strip_vendor_prefix(options.base_url, installed_vendors()) if options.base_url else ""
    local = not url or is_local_host(urlsplit(url).hostname or "")
    again = _rerun_command(era, options)
    left = _countdown(options.max_time)
    worn = [name.lower() for name in era.auth_headers(key)]

    def repeat(request: Request) -> str:
        return curl_command(url or BASE_URL, request, worn, key)

    watched = TrafficSource(
        url or f"a fake {era.pin}", "fuzz", era.vendor, era.date, not url, again, resend_command=repeat
    )
    watcher = LiveJudge(watched, redactor, judge.print_finding)
    progress.show(f"{era.pin}: requests are being made")
    made = _generate_cases(era, options, lambda: left() < 0, progress)
    plan = FuzzPlan(options.seed, key, local or options.allow_writes)
    with closing(_fuzz_target(era, url, plan, left)) as target:
        if isinstance(target, InProcessTarget):
            plan = plan._replace(advance_to=target.advance_to)
        fuzz = Fuzzer(era, target if url else CrashCatchingTarget(target), watcher, plan, progress.show)
        fuzz.run(made, lambda: left() < 0)
    progress.clear()
    if not plan.allow_writes:
        print_message(f"note: {url} is not on this machine, so only reads were sent; --allow-writes sends all")
    if left() < 0:
        print_message(
            f"note: {era.pin}: the time was over after {pluralize(fuzz.request_count, 'request')} (--max-time)"
        )
    return watcher.finish()


def _generate_cases(era: Era, options: FuzzOptions, is_over: Callable[[], bool], progress: Progress) -> list[FuzzCase]:
    found: list[FuzzCase] = []
    for case in generate_cases(load_capture(era.vendor, era.date), options.max_examples, options.seed, is_over):
        found.append(case)
        progress.show(f"{era.pin}: {pluralize(len(found), 'request')} made, {case.operation}")
    return found


def _fuzz_target(era: Era, url: str, plan: FuzzPlan, seconds_left: Callable[[], float]) -> LiveTarget | InProcessTarget:
    if url:
        return LiveTarget(url, patience=int(seconds_left() * SECOND))
    setup = SessionSetup("fuzz", {era.vendor: era}, Clock(0, DEFAULT_START, 0.0), str(plan.seed), memory_store)
    return InProcessTarget(Session(setup), era.vendor)


def _rerun_command(era: Era, options: FuzzOptions) -> str:
    words = [f"mockserver fuzz --vendor {era.pin}", f"--seed {options.seed}", f"--max-examples {options.max_examples}"]
    words += [f"--base-url {options.base_url}"] if options.base_url else []
    words += [f"--api-key-env {options.api_key_env}"] if options.api_key_env else []
    return " ".join(words)


def _countdown(text: str) -> Callable[[], float]:
    """Seconds until the time is over."""
    end = time.monotonic() + parse_duration_option(text) / SECOND
    return lambda: end - time.monotonic()
