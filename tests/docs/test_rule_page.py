"""The page of all rules has what a rules file may contain; `test_reference` compares it with docs/rules.md."""

from docs._ext.reference.rule_page import CONDITION_OPERATORS, rules_page
from mockserver.contract.documents.strict_yaml import read_yaml
from mockserver.contract.rules.conditions import OPERATORS, compile_conditions
from mockserver.contract.rules.kinds import RULE_KINDS


def test_the_page_has_every_kind_of_rule_with_its_keys():
    grammar = rules_page().partition("## The grammar of a rules file")[2].partition("## Levels")[0]
    for name, kind in RULE_KINDS.items():
        row = next(line for line in grammar.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(f"`{key}`" in row for key in (*kind.required_options, *kind.optional_options))


def test_the_page_has_every_operator_of_a_condition_with_an_example_that_compiles():
    assert tuple(CONDITION_OPERATORS) == OPERATORS
    for operator, (_, example) in CONDITION_OPERATORS.items():
        condition = read_yaml(example.encode())
        assert operator in condition
        assert compile_conditions([condition])


def test_the_page_has_the_rule_of_vendors_without_a_contract():
    assert "| D1 | E | a job that has ended does not move again |" in rules_page()
