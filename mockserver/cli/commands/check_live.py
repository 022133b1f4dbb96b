"""`mockserver check --base-url URL`: a live API is asked, and its answers are judged."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mockserver.cli import ExitCode
from mockserver.cli.judge_options import JudgeOptions, api_key_from_env, era_at
from mockserver.cli.options import parse_duration_option
from mockserver.cli.output import Progress, print_message, sleep_with_progress
from mockserver.contract.judge.hosts import is_local_host
from mockserver.core.text import pluralize
from mockserver.errors import refuse
from mockserver.recordings.redact import Redactor
from mockserver.runner.active.probe import Probe, ProbeLimits
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.suite import strip_vendor_prefix
from mockserver.runner.targets.http_client import Unreachable
from mockserver.runner.targets.live import LiveTarget
from mockserver.vendors.registry import installed_vendors


class LiveCheckOptions(NamedTuple):
    """Whom to ask, and how far to go."""

    base_url: str
    api_key_env: str
    vendor: str
    allow_writes: bool
    create: Path | None
    budget: int
    patience: str
    strict: bool = False


sleep: Callable[[float], None] = time.sleep
"""How the world's time passes."""


def check_live(options: LiveCheckOptions, judge: JudgeOptions) -> int:
    """Ask, judge and report; the exit code."""
    terms = judge.terms()
    vendors = installed_vendors()
    url = strip_vendor_prefix(options.base_url, vendors)
    era = era_at(options.vendor, url)
    key = api_key_from_env(options.api_key_env)
    bounds = ProbeLimits(
        options.budget, options.allow_writes, _read_create_body(options.create) if options.create else None
    )
    again = f"mockserver check --base-url {options.base_url} --api-key-env {options.api_key_env} --vendor {era.pin}"
    watched = TrafficSource(url, "live", era.vendor, era.date, rerun=again, strict=options.strict)
    progress = Progress()
    watcher = LiveJudge(watched, Redactor([key]), judge.print_finding)
    target = LiveTarget(
        url, sleep=sleep_with_progress(progress, sleep), patience=parse_duration_option(options.patience)
    )
    _warn_unencrypted(url)
    probe = Probe(era, key, target, watcher, bounds, progress.show)
    try:
        notes = probe.run()
    except KeyboardInterrupt:
        progress.clear()
        _print_notes(
            f"interrupted after {pluralize(probe.request_count, 'request')}, nothing of which is in a report",
            *probe.leftovers(),
        )
        raise
    except Unreachable as error:
        progress.clear()
        print_message(f"mockserver check: {error}")
        return ExitCode.INCONCLUSIVE
    finally:
        target.close()
        progress.clear()
    code = judge.report((watcher.finish(),), terms, progress)
    _print_notes(*notes)
    return code


def _print_notes(*notes: str) -> None:
    for note in notes:
        print_message(f"note: {note}")


def _read_create_body(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise refuse("CLI010", f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise refuse("CLI010", f"{path} is no JSON: {error}", "--create wants a JSON object in a file") from None
    if not isinstance(body, dict):
        raise refuse("CLI010", f"{path} is no JSON object", "--create wants a JSON object in a file")
    return body


def _warn_unencrypted(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_local_host(parts.hostname or ""):
        _print_notes(f"{url} is not encrypted, and the key is sent over it")
