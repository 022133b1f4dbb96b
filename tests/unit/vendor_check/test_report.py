"""The advice of a report: in the words of Python, or in those of a pack."""

from pathlib import Path

from mockserver.vendor_check.duties import DUTIES
from mockserver.vendor_check.duty import CheckedDuties, DutyCase, DutyResult
from mockserver.vendor_check.pack_fixes import PACK_FIXES
from mockserver.vendor_check.report import report_object, report_text

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
