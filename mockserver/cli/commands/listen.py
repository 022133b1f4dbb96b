"""`mockserver listen`: receives webhooks on this machine and prints them."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import click
import orjson

from mockserver import __version__
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import (
    LISTEN_PORT,
    default_option,
    json_option,
    listen_options,
    number_range,
    option_group,
    parse_duration_option,
)
from mockserver.cli.output import log_to_stderr, print_json, print_message, print_result
from mockserver.client.key_set import read_key_set
from mockserver.core.instants import SECOND, rfc3339
from mockserver.core.text import truncate
from mockserver.errors import escape_unprintable
from mockserver.installed import installed_vendors
from mockserver.server.webhooks.receiver import ReceivedDelivery, WebhookReceiver, receive_forever
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.signatures import SKEWED, ReceiverKeys

MAX_BODY_SHOWN: Final = 300
"""Characters of a body on a terminal; --json has all of it."""
FINAL_STATUSES: Final = range(200, 600)
"""Statuses that can end an exchange."""
_SIGNATURE_NOTES: Final = {
    SKEWED: ": correct, but its time is not this machine's; an endpoint with `stamp: wall` signs with this machine's"
}
"""Explanations printed after a verification result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOptions:
    """The values of the options."""

    host: str
    port: int
    vendor: str | None
    secret: str
    jwks: str | None
    statuses: str | None
    slow: str
    count: int
    once: bool
    as_json: bool

    @property
    def max_deliveries(self) -> int:
        """The number of deliveries to stop after; 0 never stops. Raises `click.UsageError` for a contradiction."""
        if self.once and self.count > 1:
            raise click.UsageError(f"--once and --count {self.count} contradict each other.")
        return 1 if self.once else self.count

    def read_keys(self) -> ReceiverKeys:
        """Read the keys that verify signatures. Raises `MockError` RUN012."""
        secrets = (self.secret,) if self.secret else ()
        return ReceiverKeys(secrets, read_key_set(self.jwks) if self.jwks else ())

    def print_delivery(self, delivery: ReceivedDelivery) -> None:
        """Print a delivery as soon as it is received."""
        if self.as_json:
            print_json(delivery_json(delivery))
        else:
            print_result(delivery_text(delivery))

    def print_greeting(self, url: str) -> None:
        """Print the lines of the start; with --json, stdout has nothing but the deliveries."""
        print_line = print_message if self.as_json else print_result
        print_line(f"videojob-mockserver {__version__} listening on {url}")
        by = [name for name, given in (("the secret", self.secret), ("the key set", self.jwks)) if given]
        verified = f"verified with {' and '.join(by)}" if by else "not verified; --secret S or --jwks URL verifies them"
        print_line(f"signatures {verified}")
        print_line("stop       Ctrl-C")


listen_command_options: Final = option_group(ListenOptions, (
    *listen_options(LISTEN_PORT),
    click.option("--vendor", metavar="NAME", help="Vendor of the webhooks; detected if not given."),
    click.option(
        "--secret", envvar="MOCKSERVER_WEBHOOK_SECRET", default="", metavar="S",
        help="Verify signatures with this secret.",
    ),
    click.option(
        "--jwks", metavar="URL|FILE", help="Verify ED25519 signatures with the keys of this JSON Web Key Set.",
    ),
    click.option("--status", "statuses", metavar="CODE,...", help="Statuses to answer in turn, then 200: 500,500,200."),
    default_option("--slow", default="0s", metavar="TIME", help="How long to wait before each answer."),
    default_option("--count", type=number_range(0), default=0, help="Stop after this many; 0 never stops."),
    click.option("--once", is_flag=True, help="Stop after the first."),
    json_option,
))  # fmt: skip


@click.command("listen")
@listen_command_options
def listen_command(options: ListenOptions) -> int:
    """Receive webhooks on this machine and print them, without their secrets.

    Each is answered with 200 and an empty body, or with the statuses of --status.
    Exit codes: 0 all expected deliveries came, 1 a signature was not valid (with --secret or --jwks), 130 interrupted.

    \f
    Raises `click.UsageError` for options that contradict each other, `MockError` RUN012 for --jwks.
    """
    log_to_stderr()
    installed = installed_vendors()
    if options.vendor:
        vendors = {options.vendor: installed[resolve_era(options.vendor, installed).vendor]}
    else:
        vendors = installed.usable()
    receiver = WebhookReceiver(
        vendors=vendors,
        on_delivery=options.print_delivery,
        keys=options.read_keys(),
        renew_keys=options.read_keys if options.jwks else None,
        statuses=parse_statuses(options.statuses or ""),
        delay_seconds=parse_duration_option("--slow", options.slow) / SECOND,
        max_deliveries=options.max_deliveries,
    )
    interrupted = receive_forever(receiver, options.host, options.port, options.print_greeting)
    if receiver.suspect_count:
        print_message(f"{receiver.suspect_count} of {receiver.received} signatures were not valid")
        return ExitCode.FINDINGS
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def parse_statuses(text: str) -> tuple[int, ...]:
    """Parse the value of `--status`. Raises `click.UsageError`."""
    if not text:
        return ()
    statuses = []
    for word in text.split(","):
        status = word.strip()
        if not status.isdecimal() or int(status) not in FINAL_STATUSES:
            raise click.UsageError(f"--status: {status!r} is not a status from 200 to 599.")
        statuses.append(int(status))
    return tuple(statuses)


def delivery_text(delivery: ReceivedDelivery) -> str:
    """Render a delivery for a terminal, after an empty line; nothing in it is a control code."""
    vendor = delivery.vendor or "unknown sender,"
    event = escape_unprintable(delivery.event) or "no event"
    lines = [f"\n{rfc3339(delivery.at, digits=3)}  {vendor} {event}"]
    lines.append(f"    job        {escape_unprintable(delivery.job) or '-'}")
    if delivery.attempt is not None:
        lines.append(f"    attempt    {delivery.attempt}")
    lines.append(f"    signature  {delivery.signature}{_SIGNATURE_NOTES.get(delivery.signature, '')}")
    lines.append(f"    answered   {delivery.answered}")
    body = escape_unprintable(" ".join(delivery.body.split()))
    lines.append(f"    body       {truncate(body, MAX_BODY_SHOWN, ' ...')}")
    return "\n".join(lines)


def delivery_json(delivery: ReceivedDelivery) -> str:
    """Render a delivery as one line of JSON: its fields by name, `body` decoded if it is JSON."""
    row = {**delivery._asdict(), "at": rfc3339(delivery.at, digits=6)}
    with suppress(orjson.JSONDecodeError):
        row["body"] = orjson.loads(delivery.body)
    return orjson.dumps(row).decode()
