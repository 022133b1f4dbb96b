"""The contract of a vendor has one place, wherever it comes from."""

import shutil

import pytest

from mockserver.contract.documents.capture import captured_eras, load_capture
from mockserver.contract.documents.places import captured_vendors, common_folder, contract_folder, contracts_at_rest
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.data import data_folder
from mockserver.errors import MockError

BUNDLED = data_folder("contracts")
CAPTURE = """\
openapi: 3.1.0
info: {title: Pottery, version: "1"}
paths:
  /pots:
    post: {operationId: create, responses: {"201": {description: made}}}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The project's own contracts: that of a pottery."""
    captures = tmp_path / "contracts" / "pottery" / "captures"
    captures.mkdir(parents=True)
    (captures / "2026-01-01.yaml").write_text(CAPTURE)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "contracts"


def test_a_vendor_of_the_project_is_found_beside_the_bundled_ones(own):
    assert {"pottery", "phaseo"} <= set(captured_vendors())
    assert captured_eras("pottery") == ("2026-01-01",)
    assert load_capture("pottery").find("POST", "/pots").id == "create"
    assert contract_folder("phaseo") == BUNDLED / "phaseo"


def test_the_rules_for_all_vendors_hold_for_it_too(own):
    assert [rule.id for rule in load_rule_set("pottery").rules] == [rule.id for rule in common_rules()]
    assert common_folder(None) == BUNDLED


def common_rules():
    return [rule for rule in load_rule_set("reap").rules if rule.location.startswith("contracts/rules.yaml")]


def test_a_root_is_the_only_place(own):
    assert captured_vendors(own) == ("pottery",)
    with pytest.raises(MockError, match=r"CON005 no vendor 'phaseo'"):
        contract_folder("phaseo", own)


def test_two_contracts_of_one_vendor_are_refused_with_both_places(own):
    captures = own / "reap" / "captures"
    captures.mkdir(parents=True)
    (captures / "2026-01-01.yaml").write_text(CAPTURE)
    with pytest.raises(MockError, match="CON011") as caught:
        load_capture("reap")
    problem = caught.value.problems[0]
    assert problem.message == f"there are 2 contracts of 'reap': {own / 'reap'} and {BUNDLED / 'reap'}"
    assert load_capture("phaseo").vendor == "phaseo"


def test_a_copy_is_no_second_contract(own):
    shutil.copytree(BUNDLED / "reap", own / "reap")
    assert contract_folder("reap") == own / "reap"
    assert captured_vendors().count("reap") == 1


def test_a_folder_without_captures_is_no_contract(own):
    (own / "reap" / "drafts").mkdir(parents=True)
    assert contract_folder("reap") == BUNDLED / "reap"


def test_an_editor_s_lock_is_neither_a_capture_nor_a_contract(own):
    captures = own / "pottery" / "captures"
    (captures / ".#2026-02-01.yaml").symlink_to("root@host.1234")
    assert captured_eras("pottery") == ("2026-01-01",)
    (captures / "2026-01-01.yaml").unlink()
    with pytest.raises(MockError, match=r"CON005 no vendor 'pottery'"):
        contract_folder("pottery")


def test_an_editor_s_lock_makes_no_copy_another_contract(own):
    shutil.copytree(BUNDLED / "reap", own / "reap")
    (own / "reap" / ".#rules.yaml").symlink_to("root@host.1234")
    assert contract_folder("reap") == own / "reap"


def test_contracts_at_rest_are_looked_at_once(own):
    later = own / "vase" / "captures"
    with contracts_at_rest():
        before = captured_vendors()
        later.mkdir(parents=True)
        (later / "2026-01-01.yaml").write_text(CAPTURE)
        with contracts_at_rest():
            assert captured_vendors() == before
            # Another question is another look.
            assert contract_folder("vase") == own / "vase"
    assert {*captured_vendors()} == {*before, "vase"}


def test_a_contract_that_is_not_found_is_looked_for_again_at_rest(own):
    with contracts_at_rest():
        with pytest.raises(MockError, match="CON005"):
            contract_folder("vase")
        later = own / "vase" / "captures"
        later.mkdir(parents=True)
        (later / "2026-01-01.yaml").write_text(CAPTURE)
        with pytest.raises(MockError, match="CON005"):
            contract_folder("vase")
    assert contract_folder("vase") == own / "vase"
