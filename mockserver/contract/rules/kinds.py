"""The kinds of rule there are: what each needs to be told, and how each is judged, in a sentence.

Adding a kind is adding a line here and a function where the kinds of its sort live.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import compile_conditions
from mockserver.core.instants import parse_duration


def _accept_any(entry: Mapping[str, Any]) -> None:
    """Nothing but names to check."""


def _conditions_check(*keys: str) -> Callable[[Mapping[str, Any]], None]:
    def check(entry: Mapping[str, Any]) -> None:
        for key in keys:
            compile_conditions(entry.get(key, []))

    return check


def _durations_check(*keys: str) -> Callable[[Mapping[str, Any]], None]:
    def check(entry: Mapping[str, Any]) -> None:
        for key in keys:
            if parse_duration(str(entry[key])) is None:
                raise ValueError(f"{key} is no duration: {entry[key]!r}")

    return check


class RuleKind(NamedTuple):
    """One kind of rule."""

    method: str
    required_options: tuple[str, ...] = ()
    optional_options: tuple[str, ...] = ()
    check_options: Callable[[Mapping[str, Any]], None] = _accept_any


_ORDER_METHOD: Final = (
    "Only where one answer was in before the other's request went out: overlapping calls prove nothing."
)
_ORACLE_METHOD: Final = (
    "The possible-state oracle keeps every state the job may be in, with moves nobody saw, overlapping calls in any "
    "order and lost answers; the rule is named where no legal course explains the answers and one that breaks only "
    "this rule does."
)

BODY_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "implies": RuleKind(
        "In each body of the job (or each entry of `each`), where `when` holds, `then` must hold.",
        ("then",),
        ("when", "each"),
        _conditions_check("when", "then"),
    ),
    "present": RuleKind(
        "In each body of the job, each field is there, and not null, in its states and in no other.", ("by", "fields")
    ),
    "sum": RuleKind("In each body of the job, the parts must add up to the total.", ("parts", "total")),
    "offset": RuleKind(
        "In each body of the job, `later` must be `earlier` and `by`, give or take `within`.",
        ("later", "earlier", "by", "within"),
        (),
        _durations_check("by", "within"),
    ),
    "ordered": RuleKind(
        "In each body of the job, the times that are there must not fall from one to the next, give or take `within`.",
        ("fields", "within"),
        (),
        _durations_check("within"),
    ),
    "matches": RuleKind(
        "In each body of the job, one field follows from another by a table.", ("field", "by", "table")
    ),
    "rising": RuleKind(
        "In each body of the job, a number goes one way along a list, apart for each value of `by`.",
        ("each", "field"),
        ("by",),
    ),
    "secret": RuleKind(
        "Keys that name a secret, and values that begin like one, are looked for in every body.", ("keys", "values")
    ),
}
SPAN_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "constant": RuleKind("Every body of the job must have the value that the first one had.", ("fields",)),
    "monotone": RuleKind(
        f"A value may go one way only from one body of the job to a later one. {_ORDER_METHOD}",
        (),
        ("up", "down", "after", "unless"),
        _conditions_check("unless"),
    ),
    "after": RuleKind(
        f"Once such an answer was seen, every later body of the job must fulfil `then`. {_ORDER_METHOD}",
        ("after", "then"),
        ("unless",),
        _conditions_check("unless", "then"),
    ),
    "untouched": RuleKind(
        f"Where the last body before such an answer was in another state, the next one after it must not be in one of "
        f"`becomes`. {_ORDER_METHOD}",
        ("after", "field", "becomes"),
    ),
}
_STATE_RULE_OPTIONS: Final = ("operations", "statuses", "from")

STATE_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "absorbs": RuleKind(_ORACLE_METHOD, (), ("from",)),
    "follows": RuleKind(_ORACLE_METHOD, (), ("from", "to")),
    "refused": RuleKind(_ORACLE_METHOD, (), _STATE_RULE_OPTIONS),
    "accepted": RuleKind(_ORACLE_METHOD, (), _STATE_RULE_OPTIONS),
    "no effect": RuleKind(_ORACLE_METHOD, (), _STATE_RULE_OPTIONS),
    "effect": RuleKind(_ORACLE_METHOD, (), _STATE_RULE_OPTIONS),
    "shown": RuleKind(_ORACLE_METHOD, (), _STATE_RULE_OPTIONS),
    "readable": RuleKind(_ORACLE_METHOD, (), ("operations",)),
    "gone": RuleKind(_ORACLE_METHOD, (), ("operations",)),
    "note": RuleKind(
        "Told, once a job, where the job was surely in one of the states; nothing is held against the server.",
        ("operations", "statuses", "from"),
    ),
    "ends": RuleKind("At the end of the run: a job that was not seen in a terminal state leaves this inconclusive."),
}
ANSWER_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "answer": RuleKind(
        "Each answer of the operations, where `when` holds, must fulfil `then`; /http is the status, /headers and "
        "/query are the request's.",
        ("then",),
        ("operations", "when", "keyed"),
        _conditions_check("when", "then"),
    ),
    "schema": RuleKind(
        "By the captured schema; this names what the schema's judge finds there.", ("finds",), ("operations", "where")
    ),
    "exchange": RuleKind("Each answer by itself, against the capture of its era."),
}
TRAFFIC_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "rate": RuleKind(
        "Answers of one key and operation that were let through, counted in any window that surely holds them all: "
        "more than `most` is a warning (a fixed window may straddle it), more than `surely` an error.",
        ("most", "surely", "within", "refusal"),
        (),
        _durations_check("within"),
    ),
    "unmixed": RuleKind("Answers that only some eras give must all be of one era.", ("signs",)),
    "probe": RuleKind(
        "Not visible in exchanges: it is inconclusive without the source of data it names. Where a ledger can be read, "
        "a job has no more bookings of a sort than `most` says.",
        ("probe",),
        ("most",),
    ),
    "family": RuleKind("By the vendors' rules that are of this sort; not by itself."),
    "covers": RuleKind("Which states the run has shown is counted and reported; nothing is held against anybody."),
    "conduct": RuleKind("What the client did, by the same exchanges; told apart from findings."),
}

OPERATIONS_OPTION: Final = "in"
"""What every kind of rule about bodies takes: the operations whose bodies it is about."""

RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    **BODY_RULE_KINDS,
    **SPAN_RULE_KINDS,
    **STATE_RULE_KINDS,
    **ANSWER_RULE_KINDS,
    **TRAFFIC_RULE_KINDS,
}
