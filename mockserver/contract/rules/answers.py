"""The kinds of rule about single exchanges: what an answer must be, and what the schema's findings are called here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from mockserver.contract.findings import LEVELS, Finding
from mockserver.contract.rules.conditions import all_hold, broken_conditions, compile_conditions, short_json
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.rule_set import ContractRule
from mockserver.core.wire import Exchange

ConditionInput = Mapping[str, Any]
"""An exchange as conditions see it: http, body, headers, query, and sent, which is the request's body."""


def condition_input(exchange: Exchange, body: Any, sent: Any) -> ConditionInput:
    """The view of an answered exchange; a body that is no JSON is None."""
    request, response = exchange.request, exchange.response
    return {
        "http": 0 if response is None else response.status,
        "body": body,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "query": dict(request.query_parameters()),
        "sent": sent,
    }


class AnswerRule(NamedTuple):
    """A rule about one answer, compiled."""

    rule: ContractRule
    operations: frozenset[str]
    """Empty: all."""
    check: Callable[[ConditionInput], list[RuleViolation] | None]
    """None where the rule does not speak about the answer."""
    needs_key: bool
    """Only in a run that has shown a key: in others the keys may have been taken out."""


def compile_answer_rule(rule: ContractRule) -> AnswerRule:
    """A rule of the kind `answer`."""
    when, then = compile_conditions(rule.options.get("when", [])), compile_conditions(rule.options["then"])

    def check(view: ConditionInput) -> list[RuleViolation] | None:
        if not all_hold(when, view):
            return None
        return [
            RuleViolation(_finding_place(c.pointer), short_json(c.read(view)), c.text)
            for c in broken_conditions(then, view)
        ]

    operations = frozenset(rule.options.get("operations", ()))
    return AnswerRule(rule, operations, check, bool(rule.options.get("keyed")))


def _finding_place(pointer: str) -> str:
    """Where a finding says it is: `status`, a pointer into the body, or the pointer into the view."""
    if pointer == "/http":
        return "status"
    return pointer.removeprefix("/body") or "body"


class SchemaRule(NamedTuple):
    """A rule that names findings of the schema's judge."""

    rule: ContractRule
    exchange_rules: frozenset[str]
    operations: frozenset[str]
    where: tuple[tuple[str, ...], ...]
    """Patterns of pointers, `*` for one segment; none: anywhere."""

    def matches(self, finding: Finding) -> bool:
        """Whether it is this rule that the finding breaks."""
        if finding.rule not in self.exchange_rules or (self.operations and finding.operation not in self.operations):
            return False
        place = tuple((finding.pointer or finding.where).split("/"))
        return not self.where or any(_pattern_matches(pattern, place) for pattern in self.where)


def _pattern_matches(pattern: tuple[str, ...], place: tuple[str, ...]) -> bool:
    return len(pattern) == len(place) and all(p in ("*", s) for p, s in zip(pattern, place, strict=True))


def compile_schema_rule(rule: ContractRule) -> SchemaRule:
    """A rule of the kind `schema`."""
    options = rule.options
    where = tuple(tuple(pattern.split("/")) for pattern in options.get("where", ()))
    return SchemaRule(rule, frozenset(options["finds"]), frozenset(options.get("operations", ())), where)


def name_schema_findings(findings: Iterable[Finding], schema_rules: tuple[SchemaRule, ...]) -> list[Finding]:
    """The schema's findings under the names of the rules they break; never at a worse level than before."""
    return [
        _name_schema_finding(finding, next((each.rule for each in schema_rules if each.matches(finding)), None))
        for finding in findings
    ]


def _name_schema_finding(finding: Finding, rule: ContractRule | None) -> Finding:
    if rule is None:
        return finding
    level = max(finding.level, rule.level, key=LEVELS.index)
    return replace(finding, rule=rule.id, level=level, source=f"{finding.source}; {rule.citation()}")
