"""The rules on single exchanges and on the run as a whole, at work: what is about no one job."""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job import PlacedExchange
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.state_machine import NO_ANSWER
from mockserver.contract.rules.answers import AnswerRule, ConditionInput, compile_answer_rule, compile_schema_rule
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.rule_set import ContractRule, RuleSet
from mockserver.contract.rules.traffic import EraMixRule, RateRule
from mockserver.core.wire import Request

KEY_HEADERS = ("authorization", "x-api-key")


class RunJudge:
    """One run under a book."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._answer_rules: list[AnswerRule] = [compile_answer_rule(rule) for rule in rule_set.of_kinds("answer")]
        self._rate_rules = [RateRule(rule) for rule in rule_set.of_kinds("rate")]
        self._era_mix_rules = [EraMixRule(rule) for rule in rule_set.of_kinds("unmixed")]
        self._probe_rules = rule_set.of_kinds("probe")
        self._key_seen = False
        """Whether any request has carried a key."""
        self._by_operation: dict[str, tuple[AnswerRule, ...]] = {}
        self._kept_by_rule: dict[tuple[str, str], bool] = {}
        """By rule and operation: whether it was kept every time."""
        self._rules = {rule.id: rule for rule in rule_set.rules}
        self.schema_rules = tuple(compile_schema_rule(rule) for rule in rule_set.of_kinds("schema"))
        self.judged_rules = frozenset(rule.id for rule in rule_set.of_kinds("answer", "rate", "unmixed"))
        """The rules that have their verdicts from here."""

    def observe(self, placed: PlacedExchange, view: Callable[[], ConditionInput]) -> Iterator[Finding]:
        """One exchange of an operation that the capture knows."""
        if placed.status == NO_ANSWER:
            return
        self._key_seen = self._key_seen or bool(key_fingerprint(placed.exchange.request))
        for each in self._rules_for(placed.operation):
            problems = each.check(view()) if self._key_seen or not each.needs_key else None
            if problems is not None:
                self._record_result(each.rule, placed.operation, not problems)
                yield from (self._violation_finding(each.rule, placed, problem) for problem in problems)
        for mix in self._era_mix_rules:
            wrong = mix.add(placed.operation, view())
            if wrong:
                yield self._violation_finding(mix.rule, placed, RuleViolation("", str(placed.status), wrong))
        yield from self._judge_rates(placed)

    def _judge_rates(self, placed: PlacedExchange) -> Iterator[Finding]:
        exchange = placed.exchange
        bucket = (key_fingerprint(exchange.request), placed.operation)
        for rate in self._rate_rules:
            excess = rate.add(bucket, placed.status, exchange.sent_at, exchange.answered_at or exchange.sent_at)
            self._record_result(rate.rule, placed.operation, excess is None)
            if excess is not None:
                allowed = f"{rate.warning_limit} in {rate.rule.options['within']}"
                problem = RuleViolation("", f"let through {excess.answer_count} times", allowed)
                yield self._violation_finding(rate.rule, placed, problem).with_level(excess.level)

    def _rules_for(self, operation: str) -> tuple[AnswerRule, ...]:
        found = self._by_operation.get(operation)
        if found is None:
            found = tuple(each for each in self._answer_rules if not each.operations or operation in each.operations)
            self._by_operation[operation] = found
        return found

    def _record_result(self, rule: ContractRule, operation: str, kept: bool) -> None:
        key = (rule.id, operation)
        self._kept_by_rule[key] = kept and self._kept_by_rule.get(key, True)

    def _violation_finding(self, rule: ContractRule, placed: PlacedExchange, problem: RuleViolation) -> Finding:
        request = placed.exchange.request
        place = "status" if problem.where in ("", "status") else problem.where
        return Finding(
            rule.id,
            rule.level,
            f"{rule.statement} ({place} is {problem.value})",
            place,
            rule.citation(),
            f"{request.method} {request.path} -> {placed.status}",
            placed.operation,
            problem.allowed,
            value=problem.value,
            spot=placed.exchange.position,
        )

    def verdicts(self) -> Iterator[RuleVerdict]:
        """What has come of the rules that met something; the ones that need another source of data wait for it."""
        for (rule_id, operation), kept in self._kept_by_rule.items():
            yield RuleVerdict(rule_id, self._rules[rule_id].level, operation, "ok" if kept else "violated")
        for mix in self._era_mix_rules:
            if mix.has_evidence:
                yield RuleVerdict(mix.rule.id, mix.rule.level, "", "violated" if mix.is_violated else "ok")
        for rule in self._probe_rules:
            yield RuleVerdict(rule.id, rule.level, "", "inconclusive", f"it needs {rule.options['probe']}")


def key_fingerprint(request: Request) -> str:
    """A name for the API key of a request, not the key itself; empty without one."""
    key = next((request.headers[name] for name in KEY_HEADERS if name in request.headers), "")
    return _hash_key(key) if key else ""


@lru_cache(maxsize=1024)
def _hash_key(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
