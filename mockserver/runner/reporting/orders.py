"""The orders of a scenario's races, told: how many there are, and each that breaks an expectation as a small story."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.core.counting import count
from mockserver.runner.expecting import decoded
from mockserver.runner.played import Order, Orders, Played, Tried
from mockserver.runner.reporting.escape import path
from mockserver.runner.timing import offset

SHOWN: Final = 5
"""Orders that are told at length to a person; of more, only how many. A program gets all."""
STORY: Final = 12
"""Steps of an order that are told: the last ones before its last failure."""


def counted(orders: Orders) -> str:
    """`6 orders, 2 break an expectation`."""
    number = count(orders.tried, "order")
    left = f" of {orders.total} (--orders {orders.total} tries all)" if orders.tried < orders.total else ""
    verb = "breaks" if len(orders.broken) == 1 else "break"
    broken = f", {len(orders.broken)} {verb} an expectation" if orders.broken else ""
    unproved = f", {len(orders.unproved)} proved nothing" if orders.unproved else ""
    return f"{number}{left}{broken}{unproved}"


def told(one: Played, orders: Orders) -> Iterator[str]:
    """Each order that breaks something, or proved nothing: how it went, step by step, and how to see it again."""
    worst = (*orders.broken, *orders.unproved)
    for order in worst[:SHOWN]:
        yield f"  {'; '.join(order.ways)}"
        yield from _story(order.played)
        yield f"    again: mockserver test {path(one.typed)}{one.options} --replay {order.token}"
    if len(worst) > SHOWN:
        yield f"  and {len(worst) - SHOWN} more (--json has all)"


def _story(played: Played) -> Iterator[str]:
    """What was asked and answered, up to the last thing that went wrong."""
    wrong = [number for number, tried in enumerate(played.tried) if tried.failures or tried.inconclusive]
    last = wrong[-1] if wrong else -1
    first = max(0, last + 1 - STORY)
    if first:
        yield f"    ({count(first, 'step')} before)"
    shown = played.tried[first : last + 1]
    whens = [offset(tried.at) for tried in shown]
    wide = max(map(len, whens), default=0), max((len(tried.title) for tried in shown), default=0)
    for when, tried in zip(whens, shown, strict=True):
        yield f"    {when:<{wide[0]}}  {tried.title:<{wide[1]}}  {_answer(tried, played)}".rstrip()
        yield from (f"    {'':{wide[0]}}    {failure}" for failure in tried.failures)
        if tried.inconclusive:
            yield f"    {'':{wide[0]}}    inconclusive: {tried.inconclusive}"
    yield from (f"    {failure}" for failure in played.failures)


def _answer(tried: Tried, played: Played) -> str:
    """`200 processing`, `409 batch_conflict`, or `no answer`."""
    if tried.exchange is None:
        return ""
    response = tried.exchange.response
    if response is None:
        return "no answer"
    body = decoded(response)
    state = body.get("status") if isinstance(body, dict) else None
    word = state if response.status < 300 else played.era.reason(body) or state
    return f"{response.status} {word if isinstance(word, str) else ''}".rstrip()


def as_json(orders: Orders) -> dict[str, Any]:
    """For a program."""
    return {
        "tried": orders.tried,
        "total": orders.total,
        "broken": [_order(order) for order in orders.broken],
        "unproved": [_order(order) for order in orders.unproved],
    }


def _order(order: Order) -> dict[str, Any]:
    played = order.played
    wrong = [why for tried in played.tried for why in (*tried.failures, tried.inconclusive) if why]
    return {
        "token": order.token,
        "ways": list(order.ways),
        "failures": [*played.failures, *wrong],
        "answers": [
            {"at": offset(tried.at), "step": tried.title, "answer": _answer(tried, played) or None}
            for tried in played.tried
        ],
    }
