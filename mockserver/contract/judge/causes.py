"""Names the cause of each fault: findings of one fault become one finding, with the others beside it.

    causes = FaultCauses(rule_set)
    findings = causes.merge(findings)

Theory of operation. Several rules often find one fault: an unknown status breaks the schema, and every rule that
compares another field with the status. Findings about the same answer are merged, in two steps:

1. Findings at the same place are one fault. A value that the schema does not allow names it, else the worst of them,
   and of equally bad ones the most specific rule: what this situation demands comes before what the value was earlier,
   and the schemas' general demands come last.
2. A finding is the consequence of another if the other makes what its rule reads wrong: the whole body, the status, or
   a field that the rule names. An answer that contradicts the states the job can be in explains what changed with them.

One more step is about several answers. A job that is not found is a fault only if no other client deleted it; once it
is found again, it is a fault in any case. So a contradiction that needs a closed world stands beside one of the same
job that needs none and whose story holds its last answer: that one wrong answer explains both. A milder one explains
nothing.

Nothing is lost: a finding beside another keeps its level, and a baseline can accept it by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from mockserver.contract.findings import LEVELS, AnswerPlace, Finding, sort_findings
from mockserver.contract.rules.conditions import as_list
from mockserver.contract.rules.contract_rule import ContractRule, option_texts
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.contract.rules.rule_set import RuleSet

_SCHEMA_KINDS: Final = ("schema", "exchange")
_CAUSING_KINDS: Final = frozenset({*_SCHEMA_KINDS, *BODY_RULE_KINDS, *STATE_RULE_KINDS, "answer", "constant"})
"""Kinds of rule whose findings make a field wrong for every rule that reads it."""
_MOST_SPECIFIC_FIRST: Final = ({"answer"}, {"schema"}, BODY_RULE_KINDS, STATE_RULE_KINDS, SPAN_RULE_KINDS, {"exchange"})
"""Kinds of rule: a demand on the situation, a named value, then what the body, the states and earlier bodies say."""
_OPTIONS_READ: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(SPAN_RULE_KINDS, ("unless",)),
    "untouched": ("field",),
    "present": ("by",),
    "implies": ("when",),
    "answer": ("when",),
}
"""By kind of rule: the options that name the fields it compares others with, which may be what is wrong.

A kind of `BODY_RULE_KINDS` that is not listed reads all its options, any other kind none.
"""


class FaultCauses:
    """Merges the findings that the rules of a rule set make about one fault."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rules: Mapping[str, ContractRule] = {rule.id: rule for rule in rule_set.rules}
        self._fields_read = lru_cache(maxsize=None)(self._find_fields_read)

    def merge(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return one finding for each fault, the worst first; a finding without a place is a fault by itself."""
        findings = list(findings)
        if not findings:
            return []
        merged: list[Finding] = []
        by_answer: dict[int, list[Finding]] = {}
        for finding in _join_contradictions(findings):
            if finding.place is None:
                merged.append(finding)
            else:
                by_answer.setdefault(finding.place.sent, []).append(finding)
        for of_answer in by_answer.values():
            if len(of_answer) > 1:
                of_answer = self._merge_answer(of_answer)
            merged += of_answer
        return sort_findings(merged)

    def _merge_answer(self, findings: list[Finding]) -> list[Finding]:
        """Merge the findings about one answer."""
        faults: list[list[Finding]] = []
        """Each begins with the finding that names it."""
        for finding in sorted(findings, key=self._naming_rank):
            place = _place_in_body(finding)
            at_place = (each for each in faults if _place_in_body(each[0]) == place)
            same = next((each for each in at_place if _may_be_of_one_job(finding, each[0])), None)
            if same is None:
                faults.append([finding])
            else:
                same.append(finding)
        causes: list[list[Finding]] = []
        # A cause comes before its consequences, so each fault is compared with the causes found so far.
        for fault in sorted(faults, key=lambda each: min(map(self._reach, each))):
            cause = next((found for found in causes if any(self._explains(each, fault[0]) for each in found)), None)
            if cause is None:
                causes.append(fault)
            else:
                cause.extend(fault)
        return [_with_beside(first, others) for first, *others in causes]

    def _naming_rank(self, finding: Finding) -> tuple[bool, bool, int, int, bool, str]:
        """Return the place of a finding among those at its place: the first one names the fault."""
        kind = self._kind(finding)
        is_wrong_value = self._is_wrong_value(finding) or kind == "answer"
        specificity = next((rank for rank, kinds in enumerate(_MOST_SPECIFIC_FIRST) if kind in kinds), 0)
        if finding.is_absence:
            specificity = len(_MOST_SPECIFIC_FIRST)
        is_common = finding.rule in self._rules and self._rules[finding.rule].resource_kind is None
        level = LEVELS.index(finding.level)
        return finding.level == "info", not is_wrong_value, level, specificity, is_common, finding.rule

    def _reach(self, finding: Finding) -> int:
        """Return how much a finding explains, the most first.

        The whole answer comes first, then a contradiction of the states, then a wrong value, then everything else.
        """
        if finding.level == "info":
            return 4
        if self._is_of_whole_answer(finding):
            return 0
        if self._kind(finding) in STATE_RULE_KINDS:
            return 1
        return 2 if self._is_wrong_value(finding) else 3

    def _explains(self, cause: Finding, finding: Finding) -> bool:
        """Return True if a finding at another place is a consequence of the cause."""
        if not _may_be_of_one_job(finding, cause) or finding.rule == cause.rule or cause.level == "info":
            return False
        kind, cause_kind, cause_where = self._kind(finding), self._kind(cause), _place_in_body(cause)
        if cause_where == "body" and self._is_of_whole_answer(cause) and kind not in _SCHEMA_KINDS:
            return True
        if cause_kind in STATE_RULE_KINDS and kind in SPAN_RULE_KINDS:
            return True
        return cause_kind in _CAUSING_KINDS and cause_where in self._places_read(finding)

    def _is_wrong_value(self, finding: Finding) -> bool:
        """Return True for a field whose value the schema does not allow."""
        return self._kind(finding) in _SCHEMA_KINDS and bool(finding.pointer) and not finding.is_absence

    def _is_of_whole_answer(self, finding: Finding) -> bool:
        """Return True for a wrong status, or a body that is no such body at all."""
        is_whole = finding.where.endswith(("status", "body")) and not finding.pointer
        return is_whole and not finding.is_absence and self._kind(finding) in _SCHEMA_KINDS

    def _places_read(self, finding: Finding) -> Iterator[str]:
        """Yield the places in the answer that a finding's rule reads."""
        outer = _place_in_body(finding).removesuffix(finding.where)
        for read in self._fields_read(finding.rule, finding.where):
            yield outer + read if read.startswith("/") else read

    def _find_fields_read(self, rule_id: str, where: str) -> frozenset[str]:
        """Return what a rule reads to judge a place: pointers from the job, and `status` for the HTTP status."""
        rule = self._rules.get(rule_id)
        # Within the entries of a list, pointers start at the entry.
        if rule is None or rule.kind in _SCHEMA_KINDS or "each" in rule.options:
            return frozenset()
        options_read = _OPTIONS_READ.get(rule.kind, tuple(rule.options) if rule.kind in BODY_RULE_KINDS else ())
        read = {place for name in options_read for place in _places_in(rule.options.get(name))}
        # A demand of several conditions is judged condition by condition: each reads only its own fields.
        for condition in as_list(rule.options.get("then", [])):
            places = set(_places_in(condition))
            if where in places:
                read |= places
        return frozenset(read)

    def _kind(self, finding: Finding) -> str:
        rule = self._rules.get(finding.rule)
        return "exchange" if rule is None else rule.kind


def _with_beside(finding: Finding, others: Iterable[Finding]) -> Finding:
    """Return a finding with others, and those beside them, beside it."""
    beside = [*finding.also]
    for other in others:
        beside += (replace(other, also=()), *other.also)
    return replace(finding, also=tuple(sort_findings(beside)))


def _join_contradictions(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, each that needs a closed world beside the one that explains it, if there is one.

    That is one of the same job that is certain in any world, as bad or worse, and whose story has the answer that the
    other is about.
    """
    joined = list(findings)
    index_by_answer = {
        (each.resource, each.place.sent): index
        for index, each in enumerate(joined)
        if each.place is not None and each.story and each.needs_closed_world
    }
    absorbed: set[int] = set()
    for index, later in enumerate(joined):
        if later.needs_closed_world:
            continue
        for sent in later.story_sendings:
            earlier = index_by_answer.pop((later.resource, sent), None)
            if earlier is not None and LEVELS.index(later.level) <= LEVELS.index(joined[earlier].level):
                joined[index] = _with_beside(joined[index], [joined[earlier]])
                absorbed.add(earlier)
    return [each for index, each in enumerate(joined) if index not in absorbed]


def _may_be_of_one_job(finding: Finding, other: Finding) -> bool:
    """Return False if two findings are about different jobs."""
    return None in (finding.resource, other.resource) or finding.resource == other.resource


def _place_in_body(finding: Finding) -> str:
    """Return the place of a finding from the root of its answer's body."""
    return (finding.place or AnswerPlace(0, finding.where)).where


def _place_in_answer(pointer: str) -> str:
    """Return the place that findings name for a pointer; rules about single answers have prefixes for its parts."""
    if pointer == "/http":
        return "status"
    return pointer.removeprefix("/body")


def _places_in(value: Any) -> Iterator[str]:
    """Yield the place of every JSON pointer in a rule's option, of a sum the first."""
    return (_place_in_answer(text.partition(" ")[0]) for text in option_texts(value) if text.startswith("/"))
