"""Rules explained one by one."""

import pytest

from mockserver.contract.explain import explain_rule, rule_ids, scoped_rule_ids
from mockserver.documentation import rule_address
from mockserver.errors import MockError


def test_a_rule_is_explained():
    assert explain_rule("T13").splitlines() == [
        "T13: canceled_at, completed_at and expired_at are each present in their own status and in no other",
        "    level    error: documented",
        "    vendor   twelvelabs",
        "    eras     all",
        "    job      batch",
        "    source   page twelvelabs-cancel-batch says in which status each is present",
        "    example  completed_at in a batch that is processing",
        "    judged   In each body of the job, each field must be present, not null, in its states and in no other.",
        f"    rule     {rule_address('T13')}",
    ]


@pytest.mark.parametrize("rule_id", rule_ids())
def test_every_rule_is_explained_however_it_is_written(rule_id):
    assert explain_rule(f" {rule_id.lower()} ") == explain_rule(rule_id)


@pytest.fixture
def pottery(tmp_path, monkeypatch):
    """The project's own contract of a vendor whose rule has the id of one of Reap's."""
    folder = tmp_path / "contracts" / "pottery"
    (folder / "captures").mkdir(parents=True)
    (folder / "captures" / "2026-01-01.yaml").write_text("{openapi: 3.1.0, info: {title: P, version: 1}, paths: {}}")
    texts = "says: a pot has a lid, source: the page, example: no lid"
    (folder / "rules.yaml").write_text(f"rules:\n- {{id: R2, level: E, kind: conduct, {texts}}}\n")
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_rule_can_be_named_with_its_vendor(pottery):
    ours, theirs = explain_rule("reap:R2"), explain_rule("Pottery:r2")
    assert ours.startswith("R2: ")
    assert theirs.startswith("R2: a pot has a lid\n")
    assert explain_rule("R2") == "\n\n".join([f"pottery:{theirs}", f"reap:{ours}"])
    assert {"R2", "pottery:R2", "reap:R2"} <= set(scoped_rule_ids())
    assert "S5" in scoped_rule_ids()
    with pytest.raises(MockError, match="no rule 'phaseo:R2'"):
        explain_rule("phaseo:R2")


def test_a_contract_that_cannot_be_read_hides_its_rules_alone(pottery):
    (pottery / "rules.yaml").write_text("[")
    assert explain_rule("R2").startswith("R2: ")


def test_an_unknown_rule_is_refused():
    with pytest.raises(MockError, match="no rule 'T99'"):
        explain_rule("T99")
