"""A vendor that has no contract: `test` judges it by its own tables, and other commands say why they cannot."""

import pytest

from tests.support.packs import ATELIER_TEXT

ADVICE = "Put its captures into ./contracts/atelier; `mockserver test` judges it without them, by its own tables."


@pytest.fixture(autouse=True)
def _atelier(tmp_path):
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "atelier.yaml").write_text(ATELIER_TEXT)
    (tmp_path / "calls.har").write_text("{}")


@pytest.mark.parametrize(
    "words",
    [
        ("check", "calls.har"),
        ("check", "--base-url", "http://127.0.0.1:1", "--api-key-env", "HOME"),
        ("distill", "calls.har"),
        ("fuzz",),
        ("proxy", "--upstream", "http://127.0.0.1:1"),
    ],
)
def test_what_judges_by_a_contract_says_that_there_is_none(words, mockserver):
    refused = mockserver(*words, "--vendor", "atelier")
    assert refused.code == 2
    assert refused.err == (
        f"CON005 the vendor 'atelier' has no contract, so recordings and servers cannot be judged\n    {ADVICE}\n"
    )


def test_a_scenario_is_judged_by_the_vendor_s_own_tables(mockserver, scenario):
    scenario("plain", "vendor: atelier\n")
    assert "atelier has no contract: its own tables judge it" in mockserver("test", "plain").err


@pytest.mark.parametrize(
    ("name", "vendor"),
    [("D1", "each that has no contract"), ("d1", "each that has no contract"), ("atelier:D1", "atelier")],
)
def test_the_rule_of_such_vendors_is_explained(name, vendor, mockserver):
    lines = mockserver("explain", name).out.splitlines()
    assert lines[0] == f"{name}: a job that has ended does not move again"
    assert lines[2] == f"    vendor   {vendor}"
    assert lines[-1].startswith("    fix      Look for a worker that writes late")


@pytest.mark.parametrize("name", ["reap:D1", "nowhere:D1"])
def test_no_other_vendor_has_it(name, mockserver):
    refused = mockserver("explain", name)
    assert refused.code == 2
    assert refused.err.startswith(f"CLI003 no rule, error code or request has the name '{name}'")
