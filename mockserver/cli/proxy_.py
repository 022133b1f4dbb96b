"""`mockserver proxy`: passes traffic on to an API, judges it and records it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from mockserver import __version__
from mockserver.cli import Exit
from mockserver.cli.judged import Judging, from_variable, judging_options, pinned, vendor_option, worse
from mockserver.cli.options import HOST, beside_options, callable_host
from mockserver.cli.say import Progress, complain
from mockserver.contract.capture import resolve
from mockserver.core.counting import count
from mockserver.core.wire import Exchange, Request
from mockserver.recordings.redact import Redactor
from mockserver.runner.suite import bare_url
from mockserver.runner.watching import Watched, Watcher
from mockserver.server.proxy import Listening, Proxy, proxy_forever
from mockserver.server.recorder import Recorder
from mockserver.server.trust import trusting
from mockserver.server.upstream import Upstream, upstream
from mockserver.vendors.registry import installed


@click.command("proxy")
@click.option("--upstream", "url", required=True, metavar="URL", help="The API that everything is passed on to.")
@beside_options
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
@judging_options
def command(
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
    how = Judging(**judging)
    terms = how.terms()
    up = upstream(bare_url(url, installed()))
    if ca is not None and not up.origin.startswith("https:"):
        raise click.UsageError(f"--ca wants an https upstream, and {up.origin} is none.")
    trusted = trusting(ca)
    name, era = pinned(vendor, up.host)
    redactor = Redactor(map(from_variable, secrets))
    again = f"mockserver check {record}" + (f" --vendor {name}@{era}" if era else "") if record else ""
    watcher = Watcher(Watched(up.origin + up.prefix, "proxy", name, era, again=again), redactor, how.found)
    with ExitStack() as stack:
        recorder = stack.enter_context(Recorder.at(record, redactor)) if record else None
        show = _Show(watcher, recorder)
        proxy = Proxy(up, show, open_to_all=host != HOST, trusted=trusted)
        proxy_forever(proxy, host, port, lambda it: how.say("\n".join(_greeting(it, up, name, era, record))))
    code = how.report((watcher.checked(),), terms, show.progress)
    return Exit.BUG if proxy.broken else worse(code, stopped=_ended(recorder, record))


class _Show:
    """The proxy's watch: judges, records, and says on a terminal how much it was."""

    def __init__(self, watcher: Watcher, recorder: Recorder | None) -> None:
        self.progress = Progress()
        self._watcher = watcher
        self._recorder = recorder

    def opened(self, request: Request, sent_seq: int) -> None:
        """Announce it to the judge."""
        self._watcher.opened(request, sent_seq)

    def add(self, exchange: Exchange, lost: str = "") -> None:
        """Record first: what is judged badly is worth having."""
        if self._recorder is not None:
            self._recorder.write(exchange)
        self.progress.clear()
        self._watcher.add(exchange, lost)
        self.progress.show(f"{count(self._watcher.exchanges, 'call')}, {count(self._watcher.found, 'finding')}")


def _ended(recorder: Recorder | None, record: Path | None) -> bool:
    """Say what became of the recording; whether it stopped too early."""
    if recorder is None:
        return False
    stopped = f"; it stopped there: {recorder.problem}" if recorder.problem else ""
    complain(f"{record}: {count(recorder.written, 'call')}{stopped}")
    return bool(recorder.problem)


def _greeting(it: Listening, up: Upstream, vendor: str, era: str | None, record: Path | None) -> Iterator[str]:
    """What a person needs to begin."""
    yield f"videojob-mockserver {__version__} proxy on http://{callable_host(it.host)}:{it.port}"
    yield f"upstream   {up.origin}{up.prefix}"
    whose = f"{vendor}@{resolve(vendor, era)}" if vendor else "whoever has such a call; --vendor NAME[@DATE] says who"
    yield f"judged as  {whose}"
    yield f"recording  {record or 'none: --record FILE'}"
    yield "stop       Ctrl-C"
