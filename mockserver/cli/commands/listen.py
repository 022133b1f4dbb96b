"""`mockserver listen`: a local receiver that prints the webhooks it gets."""

import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import click
import orjson

from mockserver import __version__
from mockserver.cli import ExitCode
from mockserver.cli.options import companion_options, json_option, parse_duration_option
from mockserver.cli.output import print_message, print_result
from mockserver.core.instants import SECOND, rfc3339
from mockserver.errors import escape_unprintable
from mockserver.server.webhooks.receiver import ReceivedDelivery, WebhookReceiver, receive_forever
from mockserver.vendors.registry import installed_vendors, resolve_era
from mockserver.vendors.signatures import SKEWED

MAX_BODY_SHOWN: Final = 300
"""Characters of a body on a terminal; --json has all of it."""
FINAL_STATUSES: Final = range(200, 600)
"""Statuses that end an exchange."""
_SIGNATURE_NOTES: Final = {
    SKEWED: ": right, but its time is not this machine's; an endpoint with `stamp: wall` signs with that"
}
"""What a person may not guess."""


@click.command("listen")
@companion_options
@click.option("--vendor", default="", metavar="NAME", help="Whose webhooks come; told by what comes otherwise.")
@click.option(
    "--secret", envvar="MOCKSERVER_WEBHOOK_SECRET", default="", metavar="S", help="Check signatures with this secret.",
)  # fmt: skip
@click.option(
    "--status", "statuses", default="", metavar="CODE,...", help="What to answer in turn, then 200: 500,500,200.",
)  # fmt: skip
@click.option("--slow", default="0s", show_default=True, metavar="TIME", help="How long to wait before each answer.")
@click.option("--count", type=click.IntRange(0), default=0, show_default=True, help="End after so many; 0 never ends.")
@click.option("--once", is_flag=True, help="End after the first.")
@json_option
def listen_command(
    host: str, port: int, vendor: str, secret: str, statuses: str, slow: str, count: int, once: bool, as_json: bool
) -> int:
    """Receive webhooks on this machine and print them, without their secrets.

    Answers 200 with an empty body, or what --status says.
    Exit codes: 0 all that was asked for came, 1 a signature was not right (with --secret), 130 interrupted.
    """
    logging.basicConfig(level="WARNING", format="%(levelname)s %(message)s", stream=sys.stderr)
    if once and count > 1:
        raise click.UsageError(f"--once and --count {count} say different things.")
    vendors = installed_vendors()
    known = {vendor: vendors[resolve_era(vendor, vendors).vendor]} if vendor else vendors
    receiver = WebhookReceiver(
        vendors=known,
        on_delivery=lambda card: print_result(_delivery_json(card) if as_json else "\n".join(_delivery_lines(card))),
        secret=secret,
        statuses=_parse_statuses(statuses),
        delay_seconds=parse_duration_option(slow) / SECOND,
        max_deliveries=1 if once else count,
    )
    greet = print_message if as_json else print_result
    interrupted = receive_forever(receiver, host, port, lambda url: greet("\n".join(_listen_greeting(url, receiver))))
    if receiver.suspect_count:
        print_message(f"{receiver.suspect_count} of {receiver.received} signatures were not right")
        return ExitCode.FINDINGS
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def _parse_statuses(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")] if text else []
    wrong = [word for word in words if not word.isdecimal() or int(word) not in FINAL_STATUSES]
    if wrong:
        raise click.UsageError(f"--status: {wrong[0]!r} is no status from 200 to 599.")
    return tuple(map(int, words))


def _listen_greeting(url: str, receiver: WebhookReceiver) -> Iterator[str]:
    """What a person needs to begin."""
    yield f"videojob-mockserver {__version__} listening on {url}"
    checked = "checked with the secret" if receiver.secret else "not checked; --secret S checks them"
    yield f"signatures {checked}"
    yield "stop       Ctrl-C"


def _delivery_lines(delivery: ReceivedDelivery) -> Iterator[str]:
    """One delivery for a person."""
    whose = f"{delivery.vendor} " if delivery.vendor else "from somebody unknown: "
    yield f"\n{rfc3339(delivery.at, digits=3)}  {whose}{escape_unprintable(delivery.event) or 'without an event'}"
    yield f"    job        {escape_unprintable(delivery.job) or '-'}"
    if delivery.attempt is not None:
        yield f"    attempt    {delivery.attempt}"
    yield f"    signature  {delivery.signature}{_SIGNATURE_NOTES.get(delivery.signature, '')}"
    yield f"    answered   {delivery.answered}"
    body = escape_unprintable(" ".join(delivery.body.split()))
    yield f"    body       {body if len(body) <= MAX_BODY_SHOWN else body[: MAX_BODY_SHOWN - 4] + ' ...'}"


def _delivery_json(delivery: ReceivedDelivery) -> str:
    """One delivery for a program, on one line."""
    told = {**delivery._asdict(), "at": rfc3339(delivery.at, digits=6)}
    with suppress(orjson.JSONDecodeError):
        told["body"] = orjson.loads(delivery.body)
    return orjson.dumps(told).decode()
