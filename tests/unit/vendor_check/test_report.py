"""The advice of a report: in the words of Python, or in those of a pack."""

from pathlib import Path

import pytest

from mockserver.stores import memory_store
from mockserver.vendor_check.checker import check_vendor
from mockserver.vendor_check.duties import DUTIES
from mockserver.vendor_check.duty import CheckedDuties, DutyCase, DutyResult
from mockserver.vendor_check.pack_fixes import PACK_FIXES
from mockserver.vendor_check.report import NEED_KEY, report_object, report_text
from mockserver.vendors.api import Answer, RequestError
from tests.support.print_shop import ERA, error, shop

DUTY_OF_ERAS = next(duty for duty in DUTIES if duty.id == "eras-captured")


def test_the_advice_on_a_pack_names_its_keys():
    checked = [CheckedDuties("pottery@1", (DutyResult(DUTY_OF_ERAS, 1, (DutyCase("here", "no capture"),)),))]
    pack = Path("vendors/pottery.yaml")
    text = report_text("pottery", checked, pack)
    assert "    pack      vendors/pottery.yaml" in text
    assert "`uncaptured` of its entry in `eras`" in text
    assert "`uncaptured` of its entry in `eras`" in report_object("pottery", checked, pack)["duties"][0]["fix"]
    assert "Era.uncaptured" in report_object("pottery", checked)["duties"][0]["fix"]


def test_the_advice_for_packs_is_about_duties():
    assert set(PACK_FIXES) <= {duty.id for duty in DUTIES}


REFUSING = [
    ERA._replace(parse_api_key=lambda request: RequestError.UNKNOWN_KEY),
    ERA._replace(
        operations=tuple(each._replace(handler=lambda *_: Answer(error(401, "no"))) for each in ERA.operations)
    ),
]


@pytest.mark.parametrize("era", REFUSING, ids=["by the engine", "by the handlers"])
def test_where_the_key_is_refused_the_advice_says_so(era):
    checked = list(check_vendor(shop().vendor, memory_store, [era]))
    assert checked[0].refused_key == "x-key: test-key"
    fixes = {each["id"]: each["fix"] for each in report_object("prints", checked, Path("prints.yaml"))["duties"]}
    found = {name for name, fix in fixes.items() if fix.startswith("The key is refused: ")}
    assert found == NEED_KEY
    assert fixes["jobs-listed"].endswith(": correct `key`. Sent: `x-key: test-key`.")
    assert "correct `Era.parse_api_key` or" in report_text("prints", checked)


def test_an_era_that_accepts_the_key_or_creates_nothing_keeps_its_advice():
    for era in (ERA, ERA._replace(operations=())):
        (checked,) = check_vendor(shop().vendor, memory_store, [era])
        assert not checked.refused_key
