"""`mockserver check --base-url URL`: sends requests to a live API and checks its answers."""

import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from mockserver.cli.base_url import target_url
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.json_files import read_json_object
from mockserver.cli.judge_options import JudgeOptions, api_key_from_env, era_at
from mockserver.cli.live_options import LiveOptions
from mockserver.cli.options import parse_duration_option, rerun_command
from mockserver.cli.output import Progress, print_message, redact_output, sleep_with_progress
from mockserver.client.http import Unreachable
from mockserver.contract.judge.hosts import is_local_host
from mockserver.core.text import pluralize
from mockserver.redaction.redactor import Redactor
from mockserver.runner.active.probe import Probe, ProbeLimits
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.targets.live import LiveTarget

_CREATE_HINT: Final = 'It must be a JSON object, such as {"prompt": "A lighthouse"}.'

sleep: Callable[[float], None] = time.sleep
"""Sleeps for seconds of real time."""


def check_live(live: LiveOptions, judge: JudgeOptions, vendor: str | None, *, strict: bool = False) -> int:
    """Send requests, judge the answers and report; return the exit code.

    `live` has a base URL and the variable of a key. Raises `MockError` CLI006, CLI008, CLI009, CLI010 or CLI012 for
    unusable options, before anything is sent.
    """
    judge.refuse_overwriting(inputs=[live.create])
    policy = judge.policy()
    base_url = live.base_url or ""
    url = target_url(base_url, vendor)
    era = era_at(vendor, url)
    key = api_key_from_env(live.api_key_env or "")
    redactor = Redactor([key])
    redact_output(redactor.redact_output)
    flags = {"--strict": strict, "--allow-writes": live.allow_writes, "--create": live.create}
    values = {"--base-url": base_url, "--api-key-env": live.api_key_env, "--vendor": era.pin, **flags}
    source = TrafficSource(url, "live", era.vendor, era.date, rerun=rerun_command("check", values), strict=strict)
    live_judge = LiveJudge(source, redactor, judge.print_finding)
    progress = Progress()
    patience = parse_duration_option("--patience", live.patience)
    target = LiveTarget(url, sleep=sleep_with_progress(progress, sleep), patience=patience)
    body = None if live.create is None else read_json_object(live.create, "CLI010", _CREATE_HINT)
    limits = ProbeLimits(live.budget, live.allow_writes, body)
    probe = Probe(era, key, target, live_judge, limits, progress=progress.show)
    warn_of_plain_http(url)
    try:
        notes = run_probe(probe, progress)
    except Unreachable as error:
        print_message(f"mockserver check: {error}")
        return ExitCode.INCONCLUSIVE
    finally:
        target.close()
        progress.clear()
    code = judge.report((live_judge.finish(),), policy, progress)
    _print_notes(*notes)
    return code


def run_probe(probe: Probe, progress: Progress) -> list[str]:
    """Run a probe and return its notes; an interruption prints which job is left behind. Raises `Unreachable`."""
    try:
        return probe.run()
    except KeyboardInterrupt:
        progress.clear()
        sent = pluralize(probe.request_count, "request")
        _print_notes(f"interrupted after {sent}; there is no report", *probe.leftovers())
        raise


def warn_of_plain_http(url: str) -> None:
    """Print a note if the key is sent to another machine over a connection without TLS."""
    address = urlsplit(url)
    if address.scheme == "http" and not is_local_host(address.hostname or ""):
        _print_notes(f"the connection to {url} is not encrypted, and the key is sent over it")


def _print_notes(*notes: str) -> None:
    for note in notes:
        print_message(f"note: {note}")
