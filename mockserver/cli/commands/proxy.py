"""`mockserver proxy`: passes traffic on to an API, judges it and records it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from mockserver import __version__
from mockserver.cli import ExitCode
from mockserver.cli.judge_options import (
    JudgeOptions,
    exit_code_if_stopped,
    judge_options,
    secret_from_env,
    vendor_and_era,
    vendor_option,
)
from mockserver.cli.options import HOST, client_host, companion_options
from mockserver.cli.output import Progress, print_message
from mockserver.contract.documents.capture import resolve_era
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange, Request
from mockserver.recordings.redact import Redactor
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.suite import strip_vendor_prefix
from mockserver.server.http.listener import ListeningAddress
from mockserver.server.proxy.proxy import Proxy
from mockserver.server.proxy.recorder import Recorder
from mockserver.server.proxy.serve import proxy_forever
from mockserver.server.proxy.tls import tls_context
from mockserver.server.proxy.upstream import Upstream, parse_upstream
from mockserver.vendors.registry import installed_vendors


@click.command("proxy")
@click.option("--upstream", "url", required=True, metavar="URL", help="The API that everything is passed on to.")
@companion_options
@vendor_option
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write a journal of everything to this file, without its secrets.",
)  # fmt: skip
@click.option(
    "--ca", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Trust the certificates in this file (PEM), too, where the upstream is https.",
)  # fmt: skip
@click.option(
    "--secret-env", "secrets", multiple=True, metavar="VAR",
    help="An environment variable whose value must never be written. Repeatable.",
)  # fmt: skip
@judge_options
def proxy_command(
    url: str,
    host: str,
    port: int,
    vendor: str,
    record: Path | None,
    ca: Path | None,
    secrets: tuple[str, ...],
    **judging: Any,
) -> int:
    """Pass requests on to an API and its answers back, judge them, and record them.

    Ctrl-C ends it, with a report.
    Exit codes: 0 fine with evidence, 1 findings at or above --fail-on, 2 nothing could be started or the recording
    stopped on the way, 3 nothing was proved.
    """
    logging.basicConfig(level="WARNING", format="%(levelname)s %(message)s", stream=sys.stderr)
    how = JudgeOptions(**judging)
    terms = how.terms()
    up = parse_upstream(strip_vendor_prefix(url, installed_vendors()))
    if ca is not None and not up.origin.startswith("https:"):
        raise click.UsageError(f"--ca wants an https upstream, and {up.origin} is none.")
    trusted = tls_context(ca)
    name, era = vendor_and_era(vendor, up.host)
    redactor = Redactor(map(secret_from_env, secrets))
    again = f"mockserver check {record}" + (f" --vendor {name}@{era}" if era else "") if record else ""
    watcher = LiveJudge(
        TrafficSource(up.origin + up.prefix, "proxy", name, era, rerun=again), redactor, how.print_finding
    )
    with ExitStack() as stack:
        recorder = stack.enter_context(Recorder.open(record, redactor)) if record else None
        show = _JudgingObserver(watcher, recorder)
        proxy = Proxy(up, show, accept_any_host=host != HOST, tls=trusted)
        proxy_forever(
            proxy, host, port, lambda it: how.print_status("\n".join(_proxy_greeting(it, up, name, era, record)))
        )
    code = how.report((watcher.finish(),), terms, show.progress)
    return (
        ExitCode.INTERNAL_ERROR
        if proxy.observer_failed
        else exit_code_if_stopped(code, stopped=_report_recording(recorder, record))
    )


class _JudgingObserver:
    """The proxy's watch: judges, records, and says on a terminal how much it was."""

    def __init__(self, watcher: LiveJudge, recorder: Recorder | None) -> None:
        self.progress = Progress()
        self._watcher = watcher
        self._recorder = recorder

    def announce(self, request: Request, sent_seq: int) -> None:
        """Announce it to the judge."""
        self._watcher.announce(request, sent_seq)

    def add(self, exchange: Exchange, unusable_reason: str = "") -> None:
        """Record first: what is judged badly is worth having."""
        if self._recorder is not None:
            self._recorder.write(exchange)
        self.progress.clear()
        self._watcher.add(exchange, unusable_reason)
        self.progress.show(
            f"{pluralize(self._watcher.exchange_count, 'call')}, {pluralize(self._watcher.finding_count, 'finding')}"
        )


def _report_recording(recorder: Recorder | None, record: Path | None) -> bool:
    """Say what became of the recording; whether it stopped too early."""
    if recorder is None:
        return False
    stopped = f"; it stopped there: {recorder.stop_reason}" if recorder.stop_reason else ""
    print_message(f"{record}: {pluralize(recorder.written_count, 'call')}{stopped}")
    return recorder.stop_reason is not None


def _proxy_greeting(
    listening: ListeningAddress, upstream: Upstream, vendor: str, era: str | None, record: Path | None
) -> Iterator[str]:
    """What a person needs to begin."""
    yield f"videojob-mockserver {__version__} proxy on http://{client_host(listening.host)}:{listening.port}"
    yield f"upstream   {upstream.origin}{upstream.prefix}"
    whose = (
        f"{vendor}@{resolve_era(vendor, era)}" if vendor else "whoever has such a call; --vendor NAME[@DATE] says who"
    )
    yield f"judged as  {whose}"
    yield f"recording  {record or 'none: --record FILE'}"
    yield "stop       Ctrl-C"
