"""Rate limits in the language: a number of requests in a time, or a token bucket."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.instants import format_duration
from mockserver.core.ratelimit import RateLimit
from mockserver.errors import did_you_mean, nearest_names
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION_PATTERN
from mockserver.scenario.container_shapes import ExtraKeys, MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.scenario.reader import node_from_json
from mockserver.scenario.scalar_shapes import ChoiceShape, IntegerShape, PatternShape
from mockserver.vendors.api import Era

_RATE_PATTERN: Final = f"[1-9][0-9]{{0,8}}/{DURATION_PATTERN}"
BUCKET: Final = MappingShape(
    "a mapping with `bucket` and `refill`",
    (
        MappingField("bucket", IntegerShape(1, 1_000_000), "How many requests may arrive at once.", required=True),
        MappingField(
            "refill",
            PatternShape("a rate such as `1/6s`", _RATE_PATTERN),
            "How many more, in how much time.",
            required=True,
        ),
    ),
)
_LIMIT: Final = PatternShape(
    "a limit such as `10/1m`, or `off`", f"off|{_RATE_PATTERN}", "Write {}/1m for {} in a minute."
)
_NUMBER: Final = (IntegerShape(1, 1_000_000), ChoiceShape(("off",)))
_BY_KIND: Final = MappingShape("a mapping of kinds of job to numbers", extra_keys=ExtraKeys(OneOfShape(_NUMBER)))
LIMITS: Final = MappingShape(
    "a mapping of operations to limits",
    (
        MappingField(
            "active",
            OneOfShape((*_NUMBER, _BY_KIND)),
            "How many unfinished jobs an account may have, of each kind or by kind.",
        ),
    ),
    extra_keys=ExtraKeys(OneOfShape((_LIMIT, BUCKET))),
)


def parse_limits(value: Mapping[str, Any], era: Era) -> tuple[dict[str, RateLimit | None], dict[str, int]]:
    """Parse limits given as decoded JSON: those by operation, and the numbers of unfinished jobs by kind.

    Raises `MockError` with all problems.
    """
    root, diagnostics = node_from_json(value, "limits")
    LIMITS.check(root, diagnostics)
    diagnostics.raise_if_any()
    limits = compile_limits(root, era, diagnostics)
    active = compile_active_limits(root, era, diagnostics)
    diagnostics.raise_if_any()
    return limits, active


def format_limit(limit: RateLimit | None) -> str | dict[str, int | str]:
    """Format a limit in the language: `10/1m`, the mapping of a bucket, or `off`."""
    if limit is None:
        return "off"
    per = format_duration(limit.per)
    if limit.refill:
        return {"bucket": limit.requests, "refill": f"{limit.refill}/{per}"}
    return f"{limit.requests}/{per}"


def compile_active_limits(limits: Node | None, era: Era, diagnostics: Diagnostics) -> dict[str, int]:
    """Return how many unfinished jobs an account may have, by kind or for every one (`*`); 0 for any number.

    Reports unknown kinds (SCN042), and numbers for kinds of which the vendor refuses no create (SCN087).
    """
    active = None if limits is None else limits.get("active")
    if active is None or not diagnostics.is_clean(active):
        return {}
    numbers = {"*": active}
    if active.node_type == "mapping":
        numbers = {key.text: number for key, number in active.entries}
    limited = [name for name, kind in era.kinds.items() if kind.active_limit is not None]
    hint = "Remove the line, or limit requests: {create: 10/1m}."
    if limited:
        hint = f"Kinds with such a limit: {', '.join(limited)}."
    for kind, number in numbers.items():
        if kind not in ("*", *era.kinds):
            message = f"{era.vendor} has no jobs of the kind {kind!r}{did_you_mean(kind, era.kinds)}"
            diagnostics.add("SCN042", message, number, f"Kinds: {', '.join(era.kinds)}.", on_key=True)
        elif number.text != "off" and kind not in limited and not (kind == "*" and limited):
            created = "create" if kind == "*" else f"create of a {kind}"
            message = f"{era.vendor} refuses no {created} because of other jobs: this limit has no effect"
            diagnostics.add("SCN087", message, number, hint, on_key=True)
    return {kind: 0 if number.text == "off" else int(number.value) for kind, number in numbers.items()}


def compile_limits(node: Node | None, era: Era, diagnostics: Diagnostics) -> dict[str, RateLimit | None]:
    """Return limits by operation (None for `off`); reports unknown operations (SCN052)."""
    if node is None:
        return {}
    known = ["*", *(operation.name for operation in era.operations)]
    limits: dict[str, RateLimit | None] = {}
    for key, value in node.entries:
        # `active` counts jobs, not requests: see `compile_active_limits`.
        if key.text == "active":
            continue
        if key.text not in known:
            message = f"{era.vendor} has no operation {key.text!r}{did_you_mean(key.text, [*known, 'active'])}"
            diagnostics.add("SCN052", message, value, f"Operations: {nearest_names(key.text, known)}.", on_key=True)
        bucket, refill = value.get("bucket"), value.get("refill")
        if value.text == "off":
            limits[key.text] = None
        elif bucket is None or refill is None:
            limits[key.text] = RateLimit(*_parse_rate(value, diagnostics))
        else:
            tokens, per = _parse_rate(refill, diagnostics)
            limits[key.text] = RateLimit(int(bucket.value), per, tokens)
    return limits


def _parse_rate(node: Node, diagnostics: Diagnostics) -> tuple[int, int]:
    """Return (number, duration) of `10/1m`."""
    number, _, time = node.text.partition("/")
    per = values.checked_duration(time, node, diagnostics)
    if not per and diagnostics.is_clean(node):
        diagnostics.add("SCN065", "the time of a limit must be longer than 0", node, f"Write {number}/1m.")
    return int(number), per
