"""The kinds of rule about single exchanges: demands on an answer, and names for the schema check's findings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import LEVELS, Finding
from mockserver.contract.rules.conditions import all_hold, compile_conditions
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.fields import RuleViolation, condition_violations
from mockserver.core.pointer import fits_pattern
from mockserver.core.wire import Exchange

ConditionInput = Mapping[str, Any]
"""An exchange as conditions read it: `http` (the status), `body`, `headers`, `query`, `sent` (the request's body)."""


def condition_input(exchange: Exchange, body: Any, sent: Any) -> ConditionInput:
    """Build the condition input of an answered exchange; `body` and `sent` are JSON values, None for other bodies."""
    request, status = exchange.request, 0
    if exchange.response is not None:
        status = exchange.response.status
    return {
        "http": status,
        "body": body,
        "headers": request.headers,
        "query": dict(request.query_parameters()) if request.query else {},
        "sent": sent,
    }


class AnswerRule(NamedTuple):
    """A rule about one answer, compiled."""

    rule: ContractRule
    operations: frozenset[str]
    """Empty: all."""
    check: Callable[[ConditionInput], list[RuleViolation] | None]
    """Returns the violations of an answer; None if the rule does not apply to it."""
    needs_key: bool
    """Judged only after a request has carried an API key: in other recordings the keys may have been removed."""


_FINDING_PLACES: Final = {"/http": "status", "/body": "body", "": "body"}
"""Pointers into the condition input that findings name otherwise."""


@lru_cache(maxsize=1024)
def compile_answer_rule(rule: ContractRule) -> AnswerRule:
    """Compile a rule of the kind `answer`."""
    when, then = compile_conditions(rule.options.get("when", [])), compile_conditions(rule.options["then"])

    def check_answer(view: ConditionInput) -> list[RuleViolation] | None:
        if not all_hold(when, view):
            return None
        found = []
        for each in condition_violations(then, view):
            where = _FINDING_PLACES.get(each.where) or each.where.removeprefix("/body")
            found.append(each._replace(where=where))
        return found

    operations = frozenset(rule.options.get("operations", ()))
    return AnswerRule(rule, operations, check_answer, bool(rule.options.get("keyed")))


class SchemaRule(NamedTuple):
    """A rule that gives its name to findings of the schema check."""

    rule: ContractRule
    exchange_rules: frozenset[str]
    operations: frozenset[str]
    """Empty: all."""
    where: tuple[str, ...]
    """Patterns of pointers, `*` for one segment; none: anywhere."""

    def matches(self, finding: Finding) -> bool:
        """Return True if the finding is a violation of this rule."""
        if finding.rule not in self.exchange_rules or (self.operations and finding.operation not in self.operations):
            return False
        # A rule with places is about the values there.
        if self.where and finding.is_absence:
            return False
        place = finding.pointer or finding.where
        return not self.where or any(fits_pattern(place, pattern) for pattern in self.where)


@lru_cache(maxsize=1024)
def compile_schema_rule(rule: ContractRule) -> SchemaRule:
    """Compile a rule of the kind `schema`."""
    options = rule.options
    operations, where = frozenset(options.get("operations", ())), tuple(options.get("where", ()))
    return SchemaRule(rule, frozenset(options["finds"]), operations, where)


def name_schema_findings(findings: Iterable[Finding], schema_rules: tuple[SchemaRule, ...]) -> list[Finding]:
    """Rename findings after the first rule that each violates; the level is the milder of the two."""
    named = []
    for finding in findings:
        rule = next((each.rule for each in schema_rules if each.matches(finding)), None)
        if rule is not None:
            level = max(finding.level, rule.level, key=LEVELS.index)
            source = f"{finding.source}; {rule.citation()}"
            finding = replace(finding, rule=rule.id, level=level, source=source)
        named.append(finding)
    return named
