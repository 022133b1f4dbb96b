"""The vendor's page says what the tables say."""

import re

import pytest

from mockserver.core.lifecycle import mermaid_diagram
from mockserver.vendors.twelvelabs import VENDOR
from mockserver.vendors.twelvelabs.states import BATCH_LIFECYCLE, ITEM_LIFECYCLE, UNREADABLE_ASSET
from mockserver.vendors.twelvelabs.vendor import REFUSED_ASSETS
from tests.support.paths import ROOT

PAGE = (ROOT / "docs/vendors/twelvelabs.md").read_text()
NEWEST = VENDOR.eras[-1]


@pytest.mark.parametrize(
    "lifecycle", [BATCH_LIFECYCLE, ITEM_LIFECYCLE, NEWEST.kinds["task"].lifecycle], ids=lambda table: table.kind
)
def test_its_diagrams_are_the_tables(lifecycle):
    marker = rf"<!-- lifecycle:twelvelabs:{lifecycle.kind} -->\n```mermaid\n(.*?)```\n<!-- /lifecycle -->"
    found = re.search(marker, PAGE, re.DOTALL)
    assert found is not None
    assert found[1] == mermaid_diagram(lifecycle)


def test_it_names_every_operation_era_and_magic_asset():
    names = [f"| `{operation.name}` | `{operation.method} /analyze" for operation in NEWEST.operations]
    names += [f"`{era.pin}`" for era in VENDOR.eras]
    names += [f"| `{asset}` |" for asset in (*REFUSED_ASSETS, UNREADABLE_ASSET)]
    assert [name for name in names if name not in PAGE] == []


def test_it_names_what_a_cancel_meets_in_every_state():
    answers = ("| 202", "| 409 `batch_")
    rows = "".join(
        line for line in PAGE.splitlines() if line.startswith("| `") and any(map(line.__contains__, answers))
    )
    assert all(f"`{state}`" in rows for state in BATCH_LIFECYCLE.states)
