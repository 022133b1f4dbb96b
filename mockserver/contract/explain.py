"""Documentation of rules, one at a time, for a terminal."""

from typing import Final

from mockserver.contract.findings import Level
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.rule_set import all_rules
from mockserver.errors import refuse_unknown

_LEVEL_MEANINGS: Final[dict[Level, str]] = {
    "error": "error: documented",
    "warning": "warning: inferred, or ambiguous on the page",
    "info": "information",
}


def explain_rule(rule_id: str) -> str:
    """Return a rule for a terminal: statement, level, source, an example that breaks it, and how it is judged.

    `reap:R3` is the rule R3 of one vendor, `R3` that of every vendor with such a rule. Upper and lower case do not
    matter. Raises `MockError` CLI003 for an unknown id.
    """
    found = rules_named(rule_id.strip())
    if not found:
        raise refuse_unknown("CLI003", "rule", rule_id.strip(), rule_ids(), hint="")
    if len(found) == 1:
        return rule_text(*found[0], found[0][1].id)
    return "\n\n".join(rule_text(vendor, rule, f"{vendor}:{rule.id}") for vendor, rule in found)


def rules_named(name: str) -> list[tuple[str, ContractRule]]:
    """Return the rules with an id, `R3` or `reap:R3` in any case, each with its vendor ("" for all vendors)."""
    vendor, _, rule_id = name.casefold().rpartition(":")
    return [
        (owner, rule)
        for owner, rule in all_rules()
        if rule.id.casefold() == rule_id and (not vendor or owner.casefold() == vendor)
    ]


def rule_text(vendor: str, rule: ContractRule, name: str) -> str:
    """Return a rule for a terminal, under a name; `vendor` says which it holds for, "" for all."""
    rows = (
        ("level", _LEVEL_MEANINGS[rule.level]),
        ("vendor", vendor or "all"),
        ("eras", ", ".join(rule.eras) or "all"),
        ("job", rule.resource_kind),
        ("source", rule.source),
        ("example", rule.example),
        ("judged", rule.method),
        ("rule", rule.address),
    )
    return "\n".join([f"{name}: {rule.statement}", *(f"    {name:<8} {value}" for name, value in rows if value)])


def rule_ids() -> tuple[str, ...]:
    """Return the id of every rule, the vendors' own first."""
    return tuple(rule.id for _, rule in all_rules())


def scoped_rule_ids() -> tuple[str, ...]:
    """Return the id of every rule, and with its vendor in front: `R3`, `reap:R3`."""
    scoped = [f"{vendor}:{rule.id}" for vendor, rule in all_rules() if vendor]
    return (*rule_ids(), *scoped)
