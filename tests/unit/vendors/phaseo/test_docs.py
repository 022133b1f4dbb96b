"""The vendor's page says what the tables say."""

import re

import pytest

from mockserver.core.lifecycle import mermaid_diagram
from mockserver.vendors.phaseo import VENDOR
from mockserver.vendors.phaseo.models import CANCEL_FAILURE_REASONS, DEFAULT_MODEL
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "vendors" / "phaseo.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", VENDOR.eras[-1].kinds.values(), ids=lambda kind: kind.name)
def test_the_diagram_is_the_lifecycle(kind):
    marked = rf"<!-- lifecycle:phaseo:{kind.name} -->\n```mermaid\n(.*?)```\n<!-- /lifecycle -->"
    found = re.search(marked, PAGE, re.DOTALL)
    assert found is not None
    assert found[1] == mermaid_diagram(kind.lifecycle)


@pytest.mark.parametrize("era", VENDOR.eras, ids=lambda era: era.date)
def test_every_era_has_its_row(era):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {era.date} |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert (cells[3] == "works") is era.supports_cancel


def test_the_default_model_and_the_reasons_are_named():
    assert f"`{DEFAULT_MODEL.id}`" in PAGE
    assert all(reason in PAGE for reason in CANCEL_FAILURE_REASONS.values())
