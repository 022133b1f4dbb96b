"""`mockserver check --base-url URL`: a live API is asked, and its answers are judged."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mockserver.cli import Exit
from mockserver.cli.judged import Judging, era_at, key_from_variable
from mockserver.cli.options import duration
from mockserver.cli.say import Progress, complain, waiting
from mockserver.contract.history import is_local
from mockserver.core.counting import count
from mockserver.errors import refuse
from mockserver.recordings.redact import Redactor
from mockserver.runner.probing import Bounds, Probe
from mockserver.runner.suite import bare_url
from mockserver.runner.targets.live import Live
from mockserver.runner.watching import Watched, Watcher
from mockserver.runner.wire import Unreachable
from mockserver.vendors.registry import installed


class Asking(NamedTuple):
    """Whom to ask, and how far to go."""

    base_url: str
    api_key_env: str
    vendor: str
    allow_writes: bool
    create: Path | None
    budget: int
    patience: str
    strict: bool = False


sleeping: Callable[[float], None] = time.sleep
"""How the world's time passes."""


def check_live(asking: Asking, how: Judging) -> int:
    """Ask, judge and report; the exit code."""
    terms = how.terms()
    vendors = installed()
    url = bare_url(asking.base_url, vendors)
    era = era_at(asking.vendor, url)
    key = key_from_variable(asking.api_key_env)
    bounds = Bounds(asking.budget, asking.allow_writes, _body(asking.create) if asking.create else None)
    again = f"mockserver check --base-url {asking.base_url} --api-key-env {asking.api_key_env} --vendor {era.pin}"
    watched = Watched(url, "live", era.vendor, era.date, again=again, strict=asking.strict)
    progress = Progress()
    watcher = Watcher(watched, Redactor([key]), how.found)
    target = Live(url, sleep=waiting(progress, sleeping), patience=duration(asking.patience))
    _warn(url)
    probe = Probe(era, key, target, watcher, bounds, progress.show)
    try:
        notes = probe.run()
    except KeyboardInterrupt:
        progress.clear()
        _note(f"interrupted after {count(probe.asked, 'request')}, nothing of which is in a report", *probe.left())
        raise
    except Unreachable as error:
        progress.clear()
        complain(f"mockserver check: {error}")
        return Exit.INCONCLUSIVE
    finally:
        target.close()
        progress.clear()
    code = how.report((watcher.checked(),), terms, progress)
    _note(*notes)
    return code


def _note(*notes: str) -> None:
    for note in notes:
        complain(f"note: {note}")


def _body(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise refuse("CLI010", f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise refuse("CLI010", f"{path} is no JSON: {error}", "--create wants a JSON object in a file") from None
    if not isinstance(body, dict):
        raise refuse("CLI010", f"{path} is no JSON object", "--create wants a JSON object in a file")
    return body


def _warn(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_local(parts.hostname or ""):
        _note(f"{url} is not encrypted, and the key is sent over it")
