"""The kinds of rule: the options that each takes, and a sentence on how it is judged.

To add a kind, add a row here and a compiler in the module of its sort (`fields`, `spans`, `answers`, `traffic`).
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import compile_conditions
from mockserver.core.instants import parse_duration

OptionsCheck = Callable[[Mapping[str, Any]], None]
"""Checks the options of a rule's entry. Raises ValueError, TypeError, AttributeError or KeyError."""


def _conditions_check(*keys: str) -> OptionsCheck:
    def compile_keys(entry: Mapping[str, Any]) -> None:
        for key in keys:
            compile_conditions(entry.get(key, []))

    return compile_keys


def _durations_check(*keys: str) -> OptionsCheck:
    def parse_keys(entry: Mapping[str, Any]) -> None:
        for key in keys:
            if parse_duration(str(entry[key])) is None:
                raise ValueError(f"{key} is not a duration: {entry[key]!r}")

    return parse_keys


def _check_deadline(entry: Mapping[str, Any]) -> None:
    _durations_check("within")(entry)
    _durations_check("plus")({"plus": "0s", **entry})
    _conditions_check("then")(entry)


class RuleKind(NamedTuple):
    """One kind of rule."""

    method: str
    required_options: tuple[str, ...] = ()
    optional_options: tuple[str, ...] = ()
    check_options: OptionsCheck = _conditions_check()


class StateRuleKind(Enum):
    """The kinds of rule about states, by their names in a rules file."""

    ABSORBS = "absorbs"  # the states of `from` are never left
    FOLLOWS = "follows"  # a state is followed only by those that the lifecycle names
    REFUSED = "refused"  # in the states of `from`, an operation does not succeed
    ACCEPTED = "accepted"  # in the states of `from`, an operation is not refused
    NO_EFFECT = "no effect"  # a refused operation changes nothing
    EFFECT = "effect"  # a successful operation takes effect
    SHOWN = "shown"  # a success shows a state that the operation leads to
    READABLE = "readable"  # a job that exists is found
    GONE = "gone"  # a job that was deleted is not found
    RETURNS = "returns"  # a job that was found and then not found is not found again
    UNKNOWN = "unknown"  # a call about a job that does not exist is answered as one about an unknown job
    ORDER = "order"  # some order of the calls explains all answers
    NOTE = "note"  # an answer that is reported, and no violation
    ENDS = "ends"  # the run shows each job in a terminal state


_ORDER_METHOD: Final = (
    "Two answers are compared only if the first had arrived before the second request was sent: overlapping calls "
    "prove nothing."
)
_ORACLE_METHOD: Final = (
    "The possible-state oracle keeps every state the job may be in, allowing for unseen moves, overlapping calls in "
    "any order and lost answers. If no legal history explains the answers, and a history that breaks only this rule "
    "does, the rule is reported."
)

BODY_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "implies": RuleKind(
        "In each body of the job (or each entry of `each`) in which `when` holds, `then` must hold.",
        ("then",),
        ("when", "each"),
        _conditions_check("when", "then"),
    ),
    "present": RuleKind(
        "In each body of the job, each field must be present, not null, in its states and in no other.",
        ("by", "fields"),
    ),
    "sum": RuleKind("In each body of the job, the parts must add up to the total.", ("parts", "total")),
    "offset": RuleKind(
        "In each body of the job, `later` must equal `earlier` plus `by`, with a tolerance of `within`.",
        ("later", "earlier", "by", "within"),
        (),
        _durations_check("by", "within"),
    ),
    "ordered": RuleKind(
        "In each body of the job, the times that are present must not fall from one to the next, with a tolerance of "
        "`within`.",
        ("fields", "within"),
        (),
        _durations_check("within"),
    ),
    "matches": RuleKind(
        "In each body of the job, a table maps one field to the value of another.", ("field", "by", "table")
    ),
    "rising": RuleKind(
        "In each body of the job, a number must only rise, or only fall, along a list; separately for each value of "
        "`by`.",
        ("each", "field"),
        ("by",),
    ),
    "secret": RuleKind(
        "Every body is searched for keys that name a secret and for values that begin like one.", ("keys", "values")
    ),
}
SPAN_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "constant": RuleKind(
        "Every body of the job (or each entry of `each`, known by its field `by`) must have the value that the first "
        "one had.",
        ("fields",),
        ("each", "by"),
    ),
    "deadline": RuleKind(
        "If the job was seen before the instant in `at` (plus `plus`, with a tolerance of `within`), each body that "
        "the server certainly sent after it must fulfil `then`. Certain means: by the time of the request and by the "
        "answer's Date header.",
        ("at", "within", "then"),
        ("plus",),
        _check_deadline,
    ),
    "monotone": RuleKind(
        "From one body of the job to a later one, a value (or a sum of values) must not move against its direction. "
        f"{_ORDER_METHOD}",
        (),
        ("up", "down", "after", "unless"),
        _conditions_check("unless"),
    ),
    "after": RuleKind(
        f"After such an answer, every later body of the job must fulfil `then`. {_ORDER_METHOD}",
        ("after", "then"),
        ("unless",),
        _conditions_check("unless", "then"),
    ),
    "untouched": RuleKind(
        "If the last body before such an answer showed another state, the first body after it must not show one of "
        f"`becomes`. {_ORDER_METHOD}",
        ("after", "field", "becomes"),
    ),
}
_CALL_OPTIONS: Final = ("operations", "statuses", "from")
_ORACLE_OPTIONS: Final = {
    StateRuleKind.ABSORBS: ("from",),
    StateRuleKind.FOLLOWS: ("from", "to"),
    StateRuleKind.READABLE: ("operations",),
    StateRuleKind.GONE: ("operations",),
    StateRuleKind.RETURNS: (),
    StateRuleKind.ORDER: (),
}
STATE_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    **{kind.value: RuleKind(_ORACLE_METHOD, (), _ORACLE_OPTIONS.get(kind, _CALL_OPTIONS)) for kind in StateRuleKind},
    StateRuleKind.NOTE.value: RuleKind(
        "Reported once per job, if the job was certainly in one of the states; it is never a violation.", _CALL_OPTIONS
    ),
    StateRuleKind.UNKNOWN.value: RuleKind(
        "If the job was certainly deleted, or never existed, each answer that has one of the statuses breaks the rule. "
        "Without `statuses`, those are 400, 409, 410 and 422.",
        (),
        ("operations", "statuses"),
    ),
    StateRuleKind.ORDER.value: RuleKind(
        "Reported if the possible-state oracle finds no legal history, and the violation of no other single rule "
        "explains the answers."
    ),
    StateRuleKind.ENDS.value: RuleKind(
        "Judged at the end of the run: inconclusive for a job that was not seen in a terminal state."
    ),
}
ANSWER_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "answer": RuleKind(
        "Each answer of the operations for which `when` holds must fulfil `then`; /http is the status, /headers and "
        "/query are the request's.",
        ("then",),
        ("operations", "when", "keyed"),
        _conditions_check("when", "then"),
    ),
    "schema": RuleKind(
        "The captured schema is checked; this rule names what the check finds at these places.",
        ("finds",),
        ("operations", "where"),
    ),
    "exchange": RuleKind("Each answer is checked on its own against the capture of its era."),
}
TRAFFIC_RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    "rate": RuleKind(
        "The accepted calls of one key and operation are counted in every window that certainly contains them: more "
        "than `most` is a warning (a fixed window may straddle it), more than `surely` an error.",
        ("most", "surely", "within", "refusal"),
        (),
        _durations_check("within"),
    ),
    "unmixed": RuleKind("Answers that only some eras give must all belong to one era.", ("signs",)),
    "probe": RuleKind(
        "Exchanges do not show it: inconclusive without the source of data that it names. If a ledger can be read, a "
        "job has at most `most` bookings of one sort.",
        ("probe",),
        ("most",),
    ),
    "family": RuleKind("Judged through the vendors' rules of this sort, not on its own."),
    "covers": RuleKind("The states that the run has shown are counted and reported; it is never a violation."),
    "conduct": RuleKind("The client's behaviour, judged from the same exchanges and reported apart from findings."),
}

OPERATIONS_OPTION: Final = "in"
"""An option of every kind of rule about bodies: the operations whose bodies it applies to."""

RULE_KINDS: Final[Mapping[str, RuleKind]] = {
    **BODY_RULE_KINDS,
    **SPAN_RULE_KINDS,
    **STATE_RULE_KINDS,
    **ANSWER_RULE_KINDS,
    **TRAFFIC_RULE_KINDS,
}
