"""The options of `serve`, as a table and as values."""

from pathlib import Path
from typing import Final, NamedTuple

import click

from mockserver.cli.completers import complete_eras
from mockserver.cli.options import HOST, PORT, clock_option, file_option, number_range, option_group


class ServeOptions(NamedTuple):
    """The values of the options."""

    host: str
    port: int
    pins: tuple[str, ...]
    only: tuple[str, ...]
    clock: str
    seed: str
    check: bool
    admin_token: str
    allowed_hosts: tuple[str, ...]
    webhook: str | None
    webhook_secret: str
    allowed: tuple[str, ...]
    max_memory: str
    max_sessions: int
    store: str
    workers: int
    log: str | None
    quiet: bool
    watch: bool
    tls: bool
    tls_dir: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    ca: Path | None
    ready_json: bool
    exit_with_parent: bool
    log_level: str


serve_options: Final = option_group(ServeOptions, (
    click.option("--host", envvar="MOCKSERVER_HOST", default=HOST, show_default=True, help="Address to listen on."),
    click.option(
        "--port", envvar="MOCKSERVER_PORT", type=number_range(0, 65_535), default=PORT, show_default=True,
        help="Port to listen on; 0 picks a free port and prints it.",
    ),
    click.option(
        "--vendor", "pins", multiple=True, metavar="NAME[@DATE]", shell_complete=complete_eras,
        help="Serve a vendor as of a date: phaseo@2026-06-11. Repeatable; by default the newest era.",
    ),
    click.option(
        "--only", multiple=True, metavar="NAME[@DATE]", shell_complete=complete_eras,
        help="Serve this vendor alone, and others only below /v/NAME. Repeatable.",
    ),
    clock_option,
    click.option(
        "--seed", envvar="MOCKSERVER_SEED", default="0", show_default=True, help="Seed of ids and random choices."
    ),
    click.option("--check", is_flag=True, help="Judge every answer by its capture, and each job over time."),
    click.option(
        "--admin-token", envvar="MOCKSERVER_ADMIN_TOKEN", default="",
        help="Token that the admin API requires. On loopback no token is required; elsewhere one is generated.",
    ),
    click.option(
        "--allow-host", "allowed_hosts", multiple=True, metavar="NAME",
        help="Also answer admin calls under this host name. Repeatable; without a token only this machine's names "
        "work.",
    ),
    click.option("--webhook", metavar="URL", help="Send the webhooks of every vendor there."),
    click.option(
        "--webhook-secret", envvar="MOCKSERVER_WEBHOOK_SECRET", default="",
        help="Secret that signs these webhooks; whsec_mock by default.",
    ),
    click.option(
        "--allow-webhooks-to", "allowed", multiple=True, metavar="HOST[:PORT]",
        help="Also allow webhooks to this host name, address or network (10.0.0.0/8). Repeatable.",
    ),
    click.option(
        "--max-memory", default="1GB", show_default=True, metavar="SIZE",
        help="Memory that all sessions may take together (512MB, 4GB); beyond it, the least recently used go.",
    ),
    click.option(
        "--max-sessions", type=number_range(1, 1_000_000), default=10_000, show_default=True,
        help="Sessions at a time; beyond it, the least recently used go.",
    ),
    click.option(
        "--store", envvar="MOCKSERVER_STORE", default="memory", show_default=True, metavar="LOCATION",
        help="Where sessions are kept: `memory` (they end with the server), sqlite:PATH (a file), or "
        "redis://HOST:PORT/0 (Redis or Valkey, for several servers).",
    ),
    click.option(
        "--workers", type=number_range(1, 64), default=1, show_default=True,
        help="Processes that serve the port together (Linux); they need a store that they share.",
    ),
    click.option(
        "--log", type=click.Choice(["text", "json"]),
        help="Print each request, webhook and move of a clock: as lines (the default on a terminal), or as JSON.",
    ),
    click.option("--quiet", is_flag=True, help="Print no requests on a terminal either."),
    click.option("--tls", is_flag=True, help="Serve https, with a certificate of an authority of its own."),
    click.option(
        "--tls-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        help="Keep that authority in this folder, and use the one that is there.",
    ),
    file_option("--tls-cert", help="Serve https with this certificate and its chain (PEM)."),
    file_option("--tls-key", help="The private key of --tls-cert (PEM)."),
    file_option("--ca", help="Also trust this authority (PEM) when webhooks go to https receivers."),
    click.option(
        "--watch", is_flag=True,
        help="Read scenario files again when they change: those that are named, and ./scenarios.",
    ),
    click.option(
        "--ready-json", is_flag=True,
        help="Print one line of JSON when the server listens (url, port, pid, vendors), and nothing else on stdout.",
    ),
    click.option(
        "--exit-with-parent", is_flag=True, help="Stop when the process that started the server ends or closes its "
        "end of the server's standard input.",
    ),
    click.option(
        "--log-level", envvar="MOCKSERVER_LOG_LEVEL", default="warning", show_default=True,
        type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False), help="What goes to stderr.",
    ),
))  # fmt: skip
