"""The kinds of rule there are: what each needs to be told, and how each is judged, in a sentence.

Adding a kind is adding a line here and a function where the kinds of its sort live.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import compile_conditions
from mockserver.core.instants import parse_duration


def _plain(entry: Mapping[str, Any]) -> None:
    """Nothing but names to check."""


def _conditions(*keys: str) -> Callable[[Mapping[str, Any]], None]:
    def check(entry: Mapping[str, Any]) -> None:
        for key in keys:
            compile_conditions(entry.get(key, []))

    return check


def _durations(*keys: str) -> Callable[[Mapping[str, Any]], None]:
    def check(entry: Mapping[str, Any]) -> None:
        for key in keys:
            if parse_duration(str(entry[key])) is None:
                raise ValueError(f"{key} is no duration: {entry[key]!r}")

    return check


class Kind(NamedTuple):
    """One kind of rule."""

    how: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    check: Callable[[Mapping[str, Any]], None] = _plain


_IN_ORDER: Final = "Only where one answer was in before the other's request went out: overlapping calls prove nothing."
_ORACLE: Final = (
    "The possible-state oracle keeps every state the job may be in, with moves nobody saw, overlapping calls in any "
    "order and lost answers; the rule is named where no legal course explains the answers and one that breaks only "
    "this rule does."
)

FIELD_KINDS: Final[Mapping[str, Kind]] = {
    "implies": Kind(
        "In each body of the job (or each entry of `each`), where `when` holds, `then` must hold.",
        ("then",),
        ("when", "each"),
        _conditions("when", "then"),
    ),
    "present": Kind(
        "In each body of the job, each field is there, and not null, in its states and in no other.", ("by", "fields")
    ),
    "sum": Kind("In each body of the job, the parts must add up to the total.", ("parts", "total")),
    "offset": Kind(
        "In each body of the job, `later` must be `earlier` and `by`, give or take `within`.",
        ("later", "earlier", "by", "within"),
        (),
        _durations("by", "within"),
    ),
    "ordered": Kind(
        "In each body of the job, the times that are there must not fall from one to the next, give or take `within`.",
        ("fields", "within"),
        (),
        _durations("within"),
    ),
    "matches": Kind("In each body of the job, one field follows from another by a table.", ("field", "by", "table")),
    "rising": Kind(
        "In each body of the job, a number goes one way along a list, apart for each value of `by`.",
        ("each", "field"),
        ("by",),
    ),
    "secret": Kind(
        "Keys that name a secret, and values that begin like one, are looked for in every body.", ("keys", "values")
    ),
}
SPAN_KINDS: Final[Mapping[str, Kind]] = {
    "constant": Kind("Every body of the job must have the value that the first one had.", ("fields",)),
    "monotone": Kind(
        f"A value may go one way only from one body of the job to a later one. {_IN_ORDER}",
        (),
        ("up", "down", "after", "unless"),
        _conditions("unless"),
    ),
    "after": Kind(
        f"Once such an answer was seen, every later body of the job must fulfil `then`. {_IN_ORDER}",
        ("after", "then"),
        ("unless",),
        _conditions("unless", "then"),
    ),
    "untouched": Kind(
        f"Where the last body before such an answer was in another state, the next one after it must not be in one of "
        f"`becomes`. {_IN_ORDER}",
        ("after", "field", "becomes"),
    ),
}
_ABOUT: Final = ("operations", "statuses", "from")

STATE_KINDS: Final[Mapping[str, Kind]] = {
    "absorbs": Kind(_ORACLE, (), ("from",)),
    "follows": Kind(_ORACLE, (), ("from", "to")),
    "refused": Kind(_ORACLE, (), _ABOUT),
    "accepted": Kind(_ORACLE, (), _ABOUT),
    "no effect": Kind(_ORACLE, (), _ABOUT),
    "effect": Kind(_ORACLE, (), _ABOUT),
    "shown": Kind(_ORACLE, (), _ABOUT),
    "readable": Kind(_ORACLE, (), ("operations",)),
    "gone": Kind(_ORACLE, (), ("operations",)),
    "note": Kind(
        "Told, once a job, where the job was surely in one of the states; nothing is held against the server.",
        ("operations", "statuses", "from"),
    ),
    "ends": Kind("At the end of the run: a job that was not seen in a terminal state leaves this inconclusive."),
}
ANSWER_KINDS: Final[Mapping[str, Kind]] = {
    "answer": Kind(
        "Each answer of the operations, where `when` holds, must fulfil `then`; /http is the status, /headers and "
        "/query are the request's.",
        ("then",),
        ("operations", "when", "keyed"),
        _conditions("when", "then"),
    ),
    "schema": Kind(
        "By the captured schema; this names what the schema's judge finds there.", ("finds",), ("operations", "where")
    ),
    "exchange": Kind("Each answer by itself, against the capture of its era."),
}
TRAFFIC_KINDS: Final[Mapping[str, Kind]] = {
    "rate": Kind(
        "Answers of one key and operation that were let through, counted in any window that surely holds them all: "
        "more than `most` is a warning (a fixed window may straddle it), more than `surely` an error.",
        ("most", "surely", "within", "refusal"),
        (),
        _durations("within"),
    ),
    "unmixed": Kind("Answers that only some eras give must all be of one era.", ("signs",)),
    "probe": Kind(
        "Not visible in exchanges: it is inconclusive without the source of data it names. Where a ledger can be read, "
        "a job has no more bookings of a sort than `most` says.",
        ("probe",),
        ("most",),
    ),
    "family": Kind("By the vendors' rules that are of this sort; not by itself."),
    "covers": Kind("Which states the run has shown is counted and reported; nothing is held against anybody."),
    "conduct": Kind("What the client did, by the same exchanges; told apart from findings."),
}

BODIES: Final = "in"
"""What every kind of rule about bodies takes: the operations whose bodies it is about."""

KINDS: Final[Mapping[str, Kind]] = {**FIELD_KINDS, **SPAN_KINDS, **STATE_KINDS, **ANSWER_KINDS, **TRAFFIC_KINDS}
