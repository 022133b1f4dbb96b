"""`mockserver listen`: a local receiver that prints the webhooks it gets."""

import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import click
import orjson

from mockserver import __version__
from mockserver.cli import Exit
from mockserver.cli.options import beside_options, duration, json_option
from mockserver.cli.say import complain, say
from mockserver.core.instants import SECOND, rfc3339
from mockserver.errors import printable
from mockserver.server.receiver import Card, Receiver, receive_forever
from mockserver.vendors.registry import installed, resolve
from mockserver.vendors.signatures import SKEWED

SHOWN: Final = 300
"""Characters of a body on a terminal; --json has all of it."""
ANSWERS: Final = range(200, 600)
"""Statuses that end an exchange."""
_MEANS: Final = {SKEWED: ": right, but its time is not this machine's; an endpoint with `stamp: wall` signs with that"}
"""What a person may not guess."""


@click.command("listen")
@beside_options
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
def command(
    host: str, port: int, vendor: str, secret: str, statuses: str, slow: str, count: int, once: bool, as_json: bool
) -> int:
    """Receive webhooks on this machine and print them, without their secrets.

    Answers 200 with an empty body, or what --status says.
    Exit codes: 0 all that was asked for came, 1 a signature was not right (with --secret), 130 interrupted.
    """
    logging.basicConfig(level="WARNING", format="%(levelname)s %(message)s", stream=sys.stderr)
    if once and count > 1:
        raise click.UsageError(f"--once and --count {count} say different things.")
    vendors = installed()
    known = {vendor: vendors[resolve(vendor, vendors).vendor]} if vendor else vendors
    receiver = Receiver(
        vendors=known,
        tell=lambda card: say(_json(card) if as_json else "\n".join(_block(card))),
        secret=secret,
        statuses=_statuses(statuses),
        slow=duration(slow) / SECOND,
        most=1 if once else count,
    )
    greet = complain if as_json else say
    interrupted = receive_forever(receiver, host, port, lambda url: greet("\n".join(_greeting(url, receiver))))
    if receiver.suspect:
        complain(f"{receiver.suspect} of {receiver.got} signatures were not right")
        return Exit.FINDINGS
    return Exit.INTERRUPTED if interrupted else Exit.FINE


def _statuses(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")] if text else []
    wrong = [word for word in words if not word.isdecimal() or int(word) not in ANSWERS]
    if wrong:
        raise click.UsageError(f"--status: {wrong[0]!r} is no status from 200 to 599.")
    return tuple(map(int, words))


def _greeting(url: str, receiver: Receiver) -> Iterator[str]:
    """What a person needs to begin."""
    yield f"videojob-mockserver {__version__} listening on {url}"
    checked = "checked with the secret" if receiver.secret else "not checked; --secret S checks them"
    yield f"signatures {checked}"
    yield "stop       Ctrl-C"


def _block(card: Card) -> Iterator[str]:
    """One delivery for a person."""
    whose = f"{card.vendor} " if card.vendor else "from somebody unknown: "
    yield f"\n{rfc3339(card.at, digits=3)}  {whose}{printable(card.event) or 'without an event'}"
    yield f"    job        {printable(card.job) or '-'}"
    if card.attempt is not None:
        yield f"    attempt    {card.attempt}"
    yield f"    signature  {card.signature}{_MEANS.get(card.signature, '')}"
    yield f"    answered   {card.answered}"
    body = printable(" ".join(card.body.split()))
    yield f"    body       {body if len(body) <= SHOWN else body[: SHOWN - 4] + ' ...'}"


def _json(card: Card) -> str:
    """One delivery for a program, on one line."""
    told = {**card._asdict(), "at": rfc3339(card.at, digits=6)}
    with suppress(orjson.JSONDecodeError):
        told["body"] = orjson.loads(card.body)
    return orjson.dumps(told).decode()
