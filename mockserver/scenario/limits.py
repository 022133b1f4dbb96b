"""Rate limits in the language: a number of requests in a time, or a bucket of tokens that fills up again."""

from typing import Final

from mockserver.core.instants import format_duration
from mockserver.core.ratelimit import Limit
from mockserver.errors import nearest
from mockserver.scenario import values
from mockserver.scenario.nodes import Node
from mockserver.scenario.reader import read
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice, Field, Integer, Mapping, OneOf, Others, Pattern
from mockserver.scenario.words import DURATION_FORM
from mockserver.vendors.api import Era

_RATE: Final = f"[1-9][0-9]{{0,8}}/{DURATION_FORM}"
BUCKET: Final = Mapping(
    "a mapping with `bucket` and `refill`",
    (
        Field("bucket", Integer(1, 1_000_000), "How many requests may come at once.", required=True),
        Field("refill", Pattern("a rate such as `1/6s`", _RATE), "How many more in what time.", required=True),
    ),
)
_LIMIT: Final = Pattern("a limit such as `10/1m`, or `off`", f"off|{_RATE}", "{} in what time? {}/1m?")
LIMITS: Final = Mapping(
    "a mapping of operations to limits",
    (
        Field(
            "active",
            OneOf((Integer(1, 1_000_000), Choice(("off",)))),
            "How many unfinished jobs an account may have.",
        ),
    ),
    others=Others(OneOf((_LIMIT, BUCKET))),
)


def limits_of(text: str, era: Era) -> tuple[dict[str, Limit | None], int | None]:
    """Limits written as JSON or YAML, and how many unfinished jobs there may be; `MockError` with all problems."""
    root, report = read(text, "limits")
    LIMITS.check(root, report)
    found = limits(root, era, report) if report.sound(root) else {}, active(root.get("active"))
    report.finish()
    return found


def written(limit: Limit | None) -> str | dict[str, int | str]:
    """A limit as one writes it: `10/1m`, a bucket's mapping, or `off`."""
    if limit is None:
        return "off"
    per = format_duration(limit.per)
    if limit.refill:
        return {"bucket": limit.requests, "refill": f"{limit.refill}/{per}"}
    return f"{limit.requests}/{per}"


def active(node: Node | None) -> int | None:
    """How many unfinished jobs an account may have: 0 for any number, None where nothing is said."""
    return None if node is None else 0 if node.text == "off" else int(node.value)


def limits(node: Node | None, era: Era, report: Report) -> dict[str, Limit | None]:
    """Limits by operation; the operations are looked up in the vendor's table."""
    if node is None:
        return {}
    known = ["*", *(operation.name for operation in era.operations)]
    found: dict[str, Limit | None] = {}
    for key, value in node.entries:
        if key.text == "active":
            continue
        if key.text not in known:
            message = f"{era.vendor} has no operation {key.text!r}{nearest(key.text, [*known, 'active'])}"
            report.add("SCN052", message, value, f"Operations: {', '.join(known)}.", on_key=True)
        found[key.text] = _limit(value, report)
    return found


def _limit(node: Node, report: Report) -> Limit | None:
    """`10/1m`, a bucket, or None for `off`."""
    if node.text == "off":
        return None
    bucket, refill = node.get("bucket"), node.get("refill")
    if bucket is None or refill is None:
        return Limit(*_rate(node, report))
    tokens, per = _rate(refill, report)
    return Limit(int(bucket.value), per, tokens)


def _rate(node: Node, report: Report) -> tuple[int, int]:
    """So many, in so much time."""
    many, _, time = node.text.partition("/")
    per = values.written(time, node, report)
    if not per and report.sound(node):
        report.add("SCN065", "a limit needs a time that passes", node, f"Write {many}/1m.")
    return int(many), per
