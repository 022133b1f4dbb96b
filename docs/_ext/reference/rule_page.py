"""docs/rules.md: every rule of every vendor, how rules are judged, the grammar of a rules file, the levels."""

from typing import Final

from docs._ext.reference.tables import HEADER
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.judge.levels import BREACH_LEVELS
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.derived_rule import DERIVED_RULE
from mockserver.contract.rules.grammar import BINDING_KEYS, CLAUSE_KEYS, FILE_KEYS, RESOURCE_KEYS
from mockserver.contract.rules.kinds import RULE_KINDS
from mockserver.contract.rules.rule_set import all_rules

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


def rules_page() -> str:
    """Return docs/rules.md: every rule of every vendor."""
    lines = [
        *(HEADER, "# Rules", ""),
        "The rules of the contracts beyond the schemas of the captures. An error (E) breaks documented behaviour, a",
        "warning (W) inferred or ambiguous behaviour; information (I) is not a fault. `mockserver explain T13` shows",
        "one rule.",
    ]
    rules = list(all_rules())
    for vendor in (*captured_vendors(), ""):
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
