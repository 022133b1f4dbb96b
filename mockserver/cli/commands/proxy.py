"""`mockserver proxy`: forwards traffic to an API, checks it and records it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from mockserver import __version__
from mockserver.cli.base_url import target_url
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.judge_options import JudgeOptions, judge_options, secret_from_env, vendor_and_era
from mockserver.cli.options import (
    HOST,
    PROXY_PORT,
    client_host,
    closed_world_option,
    file_option,
    listen_options,
    option_group,
    vendor_option,
)
from mockserver.cli.output import Progress, log_to_stderr, print_message, redact_output
from mockserver.contract.documents.derived import deriving_with
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange, Request
from mockserver.installed.derived_contracts import TABLES_OF_INSTALLED
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.reports.rerun import check_command
from mockserver.server.http.listener import ListeningAddress
from mockserver.server.proxy.proxy import Proxy
from mockserver.server.proxy.recorder import Recorder
from mockserver.server.proxy.serve import proxy_forever
from mockserver.server.proxy.upstream import Upstream, parse_upstream
from mockserver.server.tls import tls_context


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyOptions:
    """The values of the options, beside those of the judge."""

    url: str
    host: str
    port: int
    vendor: str | None
    record: Path | None
    ca: Path | None
    closed_world: bool
    secrets: tuple[str, ...]


proxy_options: Final = option_group(ProxyOptions, (
    click.option("--upstream", "url", required=True, metavar="URL", help="The API to forward everything to."),
    *listen_options(PROXY_PORT),
    vendor_option(help="Vendor and era of the upstream; by default detected."),
    file_option("--record", help="Write a journal of all traffic to this file, without its secrets."),
    file_option("--ca", help="Also trust the certificates in this file (PEM) for an https upstream."),
    closed_world_option,
    click.option(
        "--secret-env", "secrets", multiple=True, metavar="VAR",
        help="Environment variable whose value must never be written. Repeatable.",
    ),
))  # fmt: skip


@click.command("proxy")
@proxy_options
@judge_options
@deriving_with(TABLES_OF_INSTALLED)
def proxy_command(options: ProxyOptions, judge: JudgeOptions) -> int:
    """Forward requests to an API and its answers back, check them and record them.

    Ctrl-C ends it with a report.
    Exit codes: 0 success with evidence, 1 findings at or above --fail-on, 2 it could not start or the recording
    stopped early, 3 nothing was proved.

    \f
    Raises `click.UsageError` for `--ca` without an https upstream.
    """
    log_to_stderr()
    judge.refuse_overwriting({"--record": options.record}, [options.ca])
    policy = judge.policy()
    upstream = parse_upstream(target_url(options.url, options.vendor))
    if options.ca is not None and not upstream.origin.startswith("https:"):
        raise click.UsageError(f"--ca needs an https upstream, and {upstream.origin} is not one.")
    trusted = tls_context(options.ca)
    redactor = Redactor(map(secret_from_env, options.secrets))
    redact_output(redactor.redact_output)
    source = traffic_source(options, upstream)
    live_judge = LiveJudge(source, redactor, judge.print_finding)
    live_judge.on_change = judge.print_status
    recorder: Recorder | None = None
    with ExitStack() as stack:
        if options.record is not None:
            recorder = stack.enter_context(Recorder.open(options.record, redactor))
        observer = _JudgingObserver(live_judge, recorder)
        proxy = Proxy(upstream, observer, accept_any_host=options.host != HOST, tls=trusted)

        def greet(address: ListeningAddress) -> None:
            judge.print_status("\n".join(proxy_greeting(address, source, options.record)))

        proxy_forever(proxy, options.host, options.port, greet)
    code = judge.report((live_judge.finish(),), policy, observer.progress)
    if recorder is not None:
        print_message(recording_summary(recorder, options.record))
    if proxy.observer_failed:
        return ExitCode.INTERNAL_ERROR
    # Findings win over a recording that stopped early: they are true of what was recorded.
    if recorder is not None and recorder.stop_reason is not None and code != ExitCode.FINDINGS:
        return ExitCode.USAGE
    return code


def traffic_source(options: ProxyOptions, upstream: Upstream) -> TrafficSource:
    """Return how the answers are judged, with the command that judges the recording again."""
    name, era = vendor_and_era(options.vendor, upstream.host)
    url = upstream.origin + upstream.prefix
    rerun = ""
    if options.record is not None:
        rerun = check_command(str(options.record), name, era, strict=False, closed_world=options.closed_world)
    return TrafficSource(url, "proxy", name, era, alone=options.closed_world or None, rerun=rerun)


def recording_summary(recorder: Recorder, path: Path | None) -> str:
    """Return how many calls were written, and why no more were."""
    summary = f"{path}: {pluralize(recorder.written_count, 'call')}"
    if not recorder.written_count:
        summary = f"{path}: no call to write, so the path is as it was before"
    if recorder.stop_reason is not None:
        summary += f"; it stopped there: {recorder.stop_reason}"
    return summary


class _JudgingObserver:
    """The proxy's observer: judges, records, and shows counts on a terminal."""

    def __init__(self, live_judge: LiveJudge, recorder: Recorder | None) -> None:
        self.progress = Progress()
        self._live_judge = live_judge
        self._recorder = recorder

    def announce(self, request: Request, sent_seq: int) -> None:
        self._live_judge.announce(request, sent_seq)

    def add(self, exchange: Exchange, unusable_reason: str = "") -> None:
        """Record and judge an exchange."""
        # Recording comes first: an exchange that makes the judge fail must be in the file.
        if self._recorder is not None:
            self._recorder.write(exchange)
        self.progress.clear()
        self._live_judge.add(exchange, unusable_reason)
        calls = pluralize(self._live_judge.exchange_count, "call")
        self.progress.show(f"{calls}, {pluralize(self._live_judge.finding_count, 'finding')}")


def proxy_greeting(address: ListeningAddress, source: TrafficSource, record: Path | None) -> Iterator[str]:
    """Render the lines printed at the start: the URL, the upstream, the contract and the recording."""
    yield f"videojob-mockserver {__version__} proxy on http://{client_host(address.host)}:{address.port}"
    yield f"upstream   {source.name}"
    if source.vendor and source.era:
        yield f"judged as  {source.vendor}@{source.era}"
    else:
        vendor = source.vendor or "the vendor of each call"
        yield f"judged as  {vendor}, in the era that fits best; --vendor NAME@DATE pins one"
    yield f"recording  {record or 'none: --record FILE'}"
    yield "stop       Ctrl-C"
