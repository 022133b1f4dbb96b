"""Documentation of rules: one at a time for a terminal, and all of them as docs/rules.md."""

from pathlib import Path
from typing import Final

from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.findings import Level
from mockserver.contract.judge.levels import BREACH_LEVELS
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.derived_rule import DERIVED_RULE
from mockserver.contract.rules.grammar import BINDING_KEYS, CLAUSE_KEYS, FILE_KEYS, RESOURCE_KEYS
from mockserver.contract.rules.kinds import RULE_KINDS
from mockserver.contract.rules.rule_set import all_rules
from mockserver.errors import refuse_unknown

MARKER: Final = "<!-- Made from contracts/ by mockserver.contract.explain. Do not edit. -->"
_LEVEL_MEANINGS: Final[dict[Level, str]] = {
    "error": "error: documented",
    "warning": "warning: inferred, or ambiguous on the page",
    "info": "information",
}
_LEVELS_SECTION: Final = (
    *("## Levels of findings about single answers", ""),
    "The basis of a place in the capture (`x-basis`) decides the level of a finding there; of all bases on the way",
    "from the answer to the field, the weakest counts. *This answer*: a page or the specification documents it for",
    "this very answer (`page`, `spec`, or no basis). *Somewhere*: a sentence on a page does (`prose`). *Inferred*:",
    "only the service was seen to do it, or it is a conclusion (`runtime`, `inferred`). The last column is the",
    "level under `--strict`, if it is another one. A rule of a vendor that names such a finding can make it milder.",
    *("", "| difference | this answer | somewhere | inferred | strict |", "|---|---|---|---|---|"),
)
_TITLES: Final = {"": "All vendors"}
_RULES_HEADER: Final = ("| rule | | must hold | source | breaks it | eras |", "|---|---|---|---|---|---|")
_WITHOUT_CONTRACT_SECTION: Final = (
    *("## Vendors without a contract", ""),
    "A vendor that has no captures is judged by its own tables, and by the rules for all vendors.",
    *("", *_RULES_HEADER),
)
_GRAMMAR_SECTION: Final = (
    *("## The grammar of a rules file", ""),
    "`contracts/VENDOR/rules.yaml` has the rules of a vendor, `contracts/rules.yaml` those for all vendors. An entry",
    "of `rules` has `id`, `level` (`E`, `W`, `I`), `kind`, `says`, `source` and `example`; it may have `how` (the",
    "method in other words), `on` (the kind of job) and `eras`. A rule about bodies may name their operations in `in`.",
    "The other keys belong to the kind:",
    *("", "| kind | required | optional | method |", "|---|---|---|---|"),
)
_KEY_TABLES: Final = (
    ("### Keys of the file", FILE_KEYS),
    ("### Keys of a kind of job, in `resources`", RESOURCE_KEYS),
    ("### Keys of an operation, in `operations`", BINDING_KEYS),
    ("### Keys of a clause, in `answers`", CLAUSE_KEYS),
)
_STATES_NOTE: Final = (
    "Wherever states are named, one name or a list of names will do; `live`, `terminal`, `existing` and `any` stand "
    "for several. An unknown key or name is refused, with the one that was meant ([CON008](errors.md))."
)
_CONDITIONS_SECTION: Final = (
    *("### Conditions", ""),
    "`when`, `then` and the like are lists of conditions. A condition has a `field`, which is a JSON pointer, and what",
    "must hold of it. All conditions of a list must hold. A condition on a missing field is unknown, but for `present`",
    "and `out`: as a premise an unknown condition does not hold, as a demand it is not broken.",
    *("", "| operator | holds if the field | example |", "|---|---|---|"),
)
CONDITION_OPERATORS: Final[dict[str, tuple[str, str]]] = {
    "in": ("has one of the values", "{field: /status, in: [completed, failed]}"),
    "out": ("has none of the values", "{field: /reason, out: [deleted]}"),
    "equals": ("has the value", "{field: /queued_items, equals: 0}"),
    "same": ("has the value of another field", "{field: /status_code, same: /http}"),
    "present": ("is there, or is not", "{field: /content_url, present: true}"),
    "null": ("is null, or is not", "{field: /download_url, null: false}"),
    "least": ("is at least a number or another field", "{field: /progress, least: 0}"),
    "most": ("is at most a number or another field, plus a number", "{field: /reported, most: /progress + 5}"),
    "contains": ("is a text with this one in it", "{field: /url, contains: secret}"),
}
"""The operators of conditions: when each holds, and an example."""


def explain_rule(rule_id: str, root: Path | None = None) -> str:
    """Return a rule for a terminal: statement, level, source, an example that breaks it, and how it is judged.

    `reap:R3` is the rule R3 of one vendor, `R3` that of every vendor with such a rule. Upper and lower case do not
    matter. Raises `MockError` CLI003 for an unknown id.
    """
    found = rules_named(rule_id.strip(), root)
    if not found:
        raise refuse_unknown("CLI003", "rule", rule_id.strip(), rule_ids(root), hint="")
    if len(found) == 1:
        return rule_text(*found[0], found[0][1].id)
    return "\n\n".join(rule_text(vendor, rule, f"{vendor}:{rule.id}") for vendor, rule in found)


def rules_named(name: str, root: Path | None = None) -> list[tuple[str, ContractRule]]:
    """Return the rules with an id, `R3` or `reap:R3` in any case, each with its vendor ("" for all vendors)."""
    vendor, _, rule_id = name.casefold().rpartition(":")
    return [
        (owner, rule)
        for owner, rule in all_rules(root)
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


def rule_ids(root: Path | None = None) -> tuple[str, ...]:
    """Return the id of every rule, the vendors' own first."""
    return tuple(rule.id for _, rule in all_rules(root))


def scoped_rule_ids(root: Path | None = None) -> tuple[str, ...]:
    """Return the id of every rule, and with its vendor in front: `R3`, `reap:R3`."""
    scoped = [f"{vendor}:{rule.id}" for vendor, rule in all_rules(root) if vendor]
    return (*rule_ids(root), *scoped)


def rules_page(root: Path | None = None) -> str:
    """Return docs/rules.md: every rule of every vendor."""
    lines = [
        *(MARKER, "", "# Rules", ""),
        "The rules of the contracts beyond the schemas of the captures. An error (E) breaks documented behaviour, a",
        "warning (W) inferred or ambiguous behaviour; information (I) is not a fault. `mockserver explain T13` shows",
        "one rule.",
    ]
    rules = list(all_rules(root))
    for vendor in (*captured_vendors(root), ""):
        lines += ["", f"## {_TITLES.get(vendor, vendor)}", "", *_RULES_HEADER]
        lines += [_rule_row(rule) for owner, rule in rules if owner == vendor]
    lines += ["", *_WITHOUT_CONTRACT_SECTION]
    lines.append(_rule_row(DERIVED_RULE))
    lines += ["", "## How they are judged", "", "| method | rules |", "|---|---|"]
    ids_by_method: dict[str, list[str]] = {}
    for _, rule in rules:
        ids_by_method.setdefault(rule.method, []).append(rule.id)
    lines += [_table_row(method, ", ".join(ids)) for method, ids in ids_by_method.items()]
    lines += ["", *_grammar_lines(), "", *_LEVELS_SECTION]
    for breach, levels in BREACH_LEVELS.items():
        lines.append(_table_row(breach.value, *(level or "" for level in levels)))
    return "\n".join([*lines, ""])


def _rule_row(rule: ContractRule) -> str:
    cells = (rule.id, rule.level[0].upper(), rule.statement, rule.source, rule.example)
    return _table_row(*cells, ", ".join(rule.eras) or "all")


def _grammar_lines() -> list[str]:
    """Return the section on the grammar: every kind of rule with its keys, and the operators of conditions."""
    lines = list(_GRAMMAR_SECTION)
    last_method = ""
    for name, kind in RULE_KINDS.items():
        keys = (_code_list(kind.required_options), _code_list(kind.optional_options))
        method = kind.method
        if method == last_method:
            method = "as above"
        lines.append(_table_row(f"`{name}`", *keys, method))
        last_method = kind.method
    for title, meanings in _KEY_TABLES:
        lines += ["", title, "", "| key | meaning |", "|---|---|"]
        lines += [_table_row(f"`{key}`", meaning) for key, meaning in meanings.items()]
    lines += ["", _STATES_NOTE, "", *_CONDITIONS_SECTION]
    for operator, (meaning, example) in CONDITION_OPERATORS.items():
        lines.append(_table_row(f"`{operator}`", meaning, f"`{example}`"))
    return lines


def _code_list(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table_row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
