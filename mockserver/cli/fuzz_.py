"""`mockserver fuzz`: sends what Schemathesis makes of a contract, and judges the answers, over time too."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import click

from mockserver.cli import Exit
from mockserver.cli.judged import Judging, era_at, judging_options, key_from_variable
from mockserver.cli.options import duration
from mockserver.cli.say import Progress, complain
from mockserver.contract.capture import load
from mockserver.contract.history import is_local
from mockserver.core.clock import Clock
from mockserver.core.counting import count
from mockserver.core.instants import SECOND
from mockserver.core.wire import Request
from mockserver.engine.session import Session
from mockserver.engine.setup import Setup
from mockserver.recordings.redact import Redactor
from mockserver.runner.curl import curl
from mockserver.runner.fuzzing import Embedded, Fuzz, Plan
from mockserver.runner.generating import Case, cases
from mockserver.runner.play import KEY
from mockserver.runner.reporting.results import Checked
from mockserver.runner.suite import START, bare_url
from mockserver.runner.targets.in_process import BASE, InProcess
from mockserver.runner.targets.live import Live
from mockserver.runner.watching import Watched, Watcher
from mockserver.runner.wire import Unreachable
from mockserver.stores import memory_store
from mockserver.vendors.api import Era
from mockserver.vendors.registry import installed


class Asked(NamedTuple):
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
@judging_options
def command(
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
    asked = Asked(vendor, base_url, api_key_env, allow_writes, max_examples, seed, max_time)
    how = Judging(**judging)
    terms = how.terms()
    progress = Progress()
    key = key_from_variable(api_key_env) if api_key_env else KEY
    redactor = Redactor([key] if api_key_env else [])
    try:
        checked = tuple(_fuzzed(era, asked, key, redactor, how, progress) for era in _eras(asked))
    except Unreachable as error:
        complain(f"mockserver fuzz: {error}")
        return Exit.INCONCLUSIVE
    finally:
        progress.clear()
    return how.report(checked, terms, progress)


def _eras(asked: Asked) -> list[Era]:
    """The one that was named, or that has the URL's host; the newest of each vendor where neither is given."""
    if asked.vendor or asked.base_url:
        return [era_at(asked.vendor, asked.base_url)]
    return [vendor.eras[-1] for vendor in installed().values()]


def _fuzzed(era: Era, asked: Asked, key: str, redactor: Redactor, how: Judging, progress: Progress) -> Checked:
    url = bare_url(asked.base_url, installed()) if asked.base_url else ""
    local = not url or is_local(urlsplit(url).hostname or "")
    again = _again(era, asked)
    left = _left(asked.max_time)
    worn = [name.lower() for name in era.wears(key)]

    def repeat(request: Request) -> str:
        return curl(url or BASE, request, worn, key)

    watched = Watched(url or f"a fake {era.pin}", "fuzz", era.vendor, era.date, not url, again, repeat=repeat)
    watcher = Watcher(watched, redactor, how.found)
    progress.show(f"{era.pin}: requests are being made")
    made = _made(era, asked, lambda: left() < 0, progress)
    plan = Plan(asked.seed, key, local or asked.allow_writes)
    with closing(_target(era, url, plan, left)) as target:
        if isinstance(target, InProcess):
            plan = plan._replace(pass_to=target.pass_to)
        fuzz = Fuzz(era, target if url else Embedded(target), watcher, plan, progress.show)
        fuzz.run(made, lambda: left() < 0)
    progress.clear()
    if not plan.writes:
        complain(f"note: {url} is not on this machine, so only reads were sent; --allow-writes sends all")
    if left() < 0:
        complain(f"note: {era.pin}: the time was over after {count(fuzz.sent, 'request')} (--max-time)")
    return watcher.checked()


def _made(era: Era, asked: Asked, enough: Callable[[], bool], progress: Progress) -> list[Case]:
    found: list[Case] = []
    for case in cases(load(era.vendor, era.date), asked.max_examples, asked.seed, enough):
        found.append(case)
        progress.show(f"{era.pin}: {count(len(found), 'request')} made, {case.operation}")
    return found


def _target(era: Era, url: str, plan: Plan, left: Callable[[], float]) -> Live | InProcess:
    if url:
        return Live(url, patience=int(left() * SECOND))
    setup = Setup("fuzz", {era.vendor: era}, Clock(0, START, 0.0), str(plan.seed), memory_store)
    return InProcess(Session(setup), era.vendor)


def _again(era: Era, asked: Asked) -> str:
    words = [f"mockserver fuzz --vendor {era.pin}", f"--seed {asked.seed}", f"--max-examples {asked.max_examples}"]
    words += [f"--base-url {asked.base_url}"] if asked.base_url else []
    words += [f"--api-key-env {asked.api_key_env}"] if asked.api_key_env else []
    return " ".join(words)


def _left(text: str) -> Callable[[], float]:
    """Seconds until the time is over."""
    end = time.monotonic() + duration(text) / SECOND
    return lambda: end - time.monotonic()
