"""Judges the rules that are about no particular job: on single exchanges, and on the run as a whole."""

from collections.abc import Iterator

from mockserver.contract.findings import Finding
from mockserver.contract.judge.placed_exchange import PlacedExchange, key_fingerprint
from mockserver.contract.judge.rule_findings import violation_finding
from mockserver.contract.judgement import RuleOutcome, RuleVerdict
from mockserver.contract.oracle.state_machine import NO_ANSWER
from mockserver.contract.rules.answers import AnswerRule, compile_answer_rule, compile_schema_rule
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.contract.rules.traffic import EraMixRule, RateRule
from mockserver.contract.schema.http_semantics import has_recorded_headers


class RunJudge:
    """The rules of a rule set on single exchanges and on one run."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._answer_rules = [compile_answer_rule(rule) for rule in rule_set.of_kinds("answer")]
        self._rate_rules = [RateRule(rule) for rule in rule_set.of_kinds("rate")]
        self._era_mix_rules = [EraMixRule(rule) for rule in rule_set.of_kinds("unmixed")]
        self._probe_rules = rule_set.of_kinds("probe")
        self._key_seen = False
        """True after a request has carried an API key."""
        self._rules_by_operation: dict[str, list[AnswerRule]] = {}
        self._outcomes: dict[tuple[str, str], RuleOutcome] = {}
        """By rule and operation, for the rules that were tried."""
        self._rules = {rule.id: rule for rule in rule_set.rules}
        self.schema_rules = tuple(compile_schema_rule(rule) for rule in rule_set.of_kinds("schema"))
        self.judged_rules = frozenset(rule.id for rule in rule_set.of_kinds("answer", "rate", "unmixed"))
        """Ids of the rules whose verdicts come from here."""

    def observe(self, placed: PlacedExchange) -> list[Finding]:
        """Take one exchange of a known operation; return its violations."""
        findings: list[Finding] = []
        if placed.status == NO_ANSWER:
            return findings
        if not self._key_seen:
            self._key_seen = key_fingerprint(placed.exchange.request) is not None
        rules = self._rules_by_operation.get(placed.operation)
        if rules is None:
            rules = [each for each in self._answer_rules if not each.operations or placed.operation in each.operations]
            self._rules_by_operation[placed.operation] = rules
        for each in rules:
            violations = each.check(placed.view)
            if violations is None:
                continue
            # The API key may have been removed from a recording, or from a request in it.
            if each.needs_key and not (self._key_seen and has_recorded_headers(placed.exchange.request)):
                continue
            self._record_result(each.rule, placed.operation, kept=not violations)
            findings += [violation_finding(each.rule, placed, violation) for violation in violations]
        for mix in self._era_mix_rules:
            mismatch = mix.add(placed.operation, placed.view)
            if mismatch is not None:
                violation = RuleViolation("status", str(placed.status), mismatch)
                findings.append(violation_finding(mix.rule, placed, violation))
        for rate in self._rate_rules:
            exchange = placed.exchange
            bucket = (key_fingerprint(exchange.request), placed.operation)
            excess = rate.add(bucket, placed.status, exchange.sent_at, exchange.answered_at or exchange.sent_at)
            self._record_result(rate.rule, placed.operation, kept=excess is None)
            if excess is not None:
                window = rate.rule.options["within"]
                count = excess.answer_count
                violation = RuleViolation("status", f"{count} accepted calls", f"{rate.warning_limit} in {window}")
                message = f"{rate.rule.statement} ({count} calls were accepted within {window})"
                findings.append(violation_finding(rate.rule, placed, violation, message=message, level=excess.level))
        return findings

    def _record_result(self, rule: ContractRule, operation: str, *, kept: bool) -> None:
        if kept:
            self._outcomes.setdefault((rule.id, operation), "ok")
        else:
            self._outcomes[rule.id, operation] = "violated"

    def verdicts(self) -> Iterator[RuleVerdict]:
        """Yield the verdicts of the rules that were tried; rules that need another source of data are inconclusive."""
        for (rule_id, operation), outcome in self._outcomes.items():
            yield RuleVerdict(rule_id, self._rules[rule_id].level, operation, outcome)
        for mix in self._era_mix_rules:
            if mix.has_evidence:
                yield RuleVerdict(mix.rule.id, mix.rule.level, None, "violated" if mix.is_violated else "ok")
        for rule in self._probe_rules:
            yield RuleVerdict(rule.id, rule.level, None, "inconclusive", f"it needs {rule.options['probe']}")
