"""The fields that rules read, and which of them a body has changed."""

import pytest

from mockserver.contract.rules.field_changes import EVERYTHING, OPERATION, TIME, UNKNOWN, FieldChanges
from tests.support.toy_contract import toy_rule

SUM = toy_rule("sum", total="/total", parts=["/done + /left", "/lost/number"])


def changed_by(body, earlier, rule=SUM):
    """Return True if a rule has to look at a body again."""
    changes = FieldChanges()
    fields = changes.fields_in(rule.options)
    _, values = changes.compare(earlier, None)
    changed, _ = changes.compare(body, values)
    return bool(fields & changed)


@pytest.mark.parametrize("name", ["total", "done", "left"])
def test_a_rule_looks_again_at_a_body_with_another_value_in_a_field_of_it(name):
    body = {"total": 3, "done": 1, "left": 2, "lost": None}
    assert not changed_by(body, {**body, "other": 1})
    assert changed_by({**body, name: 7}, body)
    assert changed_by({key: value for key, value in body.items() if key != name}, body)


@pytest.mark.parametrize(("value", "before"), [(1, True), (1, 1.0), (None, 0), ("1", 1)])
def test_values_that_python_takes_for_equal_are_different_in_json(value, before):
    assert changed_by({"total": value}, {"total": before})


def test_an_equal_text_of_another_body_is_no_change():
    assert not changed_by({"total": "-".join("ab")}, {"total": "-".join("ab")})


def test_a_list_or_an_object_always_counts_as_changed():
    assert changed_by({"lost": {"number": 1}}, {"lost": {"number": 1}})
    assert changed_by({"total": [1]}, {"total": [1]})
    assert changed_by({"total": [1]}, {"total": 1})
    assert not changed_by({"total": 1, "other": [1]}, {"total": 1, "other": [1]})


@pytest.mark.parametrize("options", [{"keys": ["secret"]}, {"then": {"field": "", "present": True}, "by": "/state"}])
def test_a_rule_that_reads_more_than_some_fields_looks_at_every_body(options):
    rule = toy_rule("implies", **options)
    assert FieldChanges().fields_in(rule.options) == UNKNOWN
    assert changed_by({"state": "x"}, {"state": "x"}, rule)


def test_no_field_is_taken_for_the_time_of_a_request_or_for_its_operation():
    changes = FieldChanges()
    assert not changes.fields_in(SUM.options) & (TIME | OPERATION | UNKNOWN)
    _, values = changes.compare({"total": 1}, None)
    assert not changes.compare({"total": 2}, values)[0] & (TIME | OPERATION)


def test_without_an_earlier_body_everything_has_changed():
    changed, _ = FieldChanges().compare({"total": 1}, None)
    assert changed == EVERYTHING
