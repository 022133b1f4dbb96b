"""`mockserver check --base-url URL`: sends requests to a live API and checks its answers."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.judge_options import JudgeOptions, api_key_from_env, era_at
from mockserver.cli.options import parse_duration_option, rerun_command
from mockserver.cli.output import Progress, print_message, sleep_with_progress
from mockserver.contract.judge.hosts import is_local_host
from mockserver.core.text import pluralize
from mockserver.errors import refuse
from mockserver.redaction.redactor import Redactor
from mockserver.runner.active.probe import Probe, ProbeLimits
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.suite import strip_vendor_prefix
from mockserver.runner.targets.http_client import Unreachable
from mockserver.runner.targets.live import LiveTarget
from mockserver.vendors.registry import installed_vendors


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCheckOptions:
    """The values of the options for a live API."""

    base_url: str
    api_key_env: str
    vendor: str | None
    allow_writes: bool
    create: Path | None
    budget: int
    patience: str
    strict: bool = False


sleep: Callable[[float], None] = time.sleep
"""Sleeps for seconds of real time."""


def check_live(options: LiveCheckOptions, judge: JudgeOptions) -> int:
    """Send requests, judge the answers and report; return the exit code.

    Raises `MockError` CLI006, CLI008, CLI009 or CLI010 for unusable options, before anything is sent.
    """
    policy = judge.policy()
    url = strip_vendor_prefix(options.base_url, installed_vendors())
    era = era_at(options.vendor, url)
    key = api_key_from_env(options.api_key_env)
    body = None if options.create is None else read_create_body(options.create)
    limits = ProbeLimits(options.budget, options.allow_writes, body)
    values = {"--base-url": options.base_url, "--api-key-env": options.api_key_env, "--vendor": era.pin}
    rerun = rerun_command("check", values)
    source = TrafficSource(url, "live", era.vendor, era.date, rerun=rerun, strict=options.strict)
    live_judge = LiveJudge(source, Redactor([key]), judge.print_finding)
    progress = Progress()
    patience = parse_duration_option(options.patience)
    target = LiveTarget(url, sleep=sleep_with_progress(progress, sleep), patience=patience)
    address = urlsplit(url)
    if address.scheme == "http" and not is_local_host(address.hostname or ""):
        _print_notes(f"the connection to {url} is not encrypted, and the key is sent over it")
    probe = Probe(era, key, target, live_judge, limits, progress=progress.show)
    try:
        notes = probe.run()
    except KeyboardInterrupt:
        progress.clear()
        sent = pluralize(probe.request_count, "request")
        _print_notes(f"interrupted after {sent}; there is no report", *probe.leftovers())
        raise
    except Unreachable as error:
        progress.clear()
        print_message(f"mockserver check: {error}")
        return ExitCode.INCONCLUSIVE
    finally:
        target.close()
        progress.clear()
    code = judge.report((live_judge.finish(),), policy, progress)
    _print_notes(*notes)
    return code


def _print_notes(*notes: str) -> None:
    for note in notes:
        print_message(f"note: {note}")


def read_create_body(path: Path) -> dict[str, Any]:
    """Read the body of a create, a JSON object. Raises `MockError` CLI010."""
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise refuse("CLI010", f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise refuse("CLI010", f"{path} is not JSON: {error}", "--create needs a file with a JSON object") from None
    if not isinstance(body, dict):
        raise refuse("CLI010", f"{path} is not a JSON object", "--create needs a file with a JSON object")
    return body
