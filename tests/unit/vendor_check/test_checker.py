"""A whole check: of every era of the project's vendors, of one that has no contract, and of code that raises."""

from dataclasses import replace

import pytest

from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendor_check.checker import check_duty, check_vendor, checked_era
from mockserver.vendor_check.crash import CrashCatcher
from mockserver.vendor_check.duties import DUTIES
from mockserver.vendor_check.duty import BROKEN, HOLDS, INCONCLUSIVE, Duty, DutyCase
from mockserver.vendor_check.report import MAX_CASES, report_object, report_text
from tests.support.print_shop import ERA, PRINTS, broken_cases, error, shop, with_kind

VENDORS = installed_vendors()
PINS = [(name, era.date) for name in VENDORS for era in VENDORS[name].eras]


@pytest.mark.parametrize(("name", "date"), PINS)
def test_the_projects_vendors_keep_every_duty_in_every_era(name, date):
    vendor = VENDORS[name]
    (checked,) = check_vendor(vendor, memory_store, [vendor.era(date)])
    assert checked.pin == f"{name}@{date}"
    assert [(result.duty.id, result.broken) for result in checked.results if result.broken] == []
    assert checked.count(HOLDS) + checked.count(INCONCLUSIVE) == len(DUTIES)


def test_a_vendor_without_contracts_is_checked_without_them():
    vendor = shop().vendor
    (checked,) = check_vendor(vendor, memory_store)
    assert [result.duty.id for result in checked.results if result.outcome == BROKEN] == ["eras-captured"]
    untried = [result.duty.id for result in checked.results if result.outcome == INCONCLUSIVE]
    assert untried == ["operations-captured"]


def test_an_era_has_the_capture_of_its_own_date_and_the_hosts_of_its_vendor():
    vendor = VENDORS["reap"]
    checked = checked_era(vendor, vendor.eras[0], memory_store)
    assert checked.capture.era == "2026-07-07"
    assert checked.hosts
    later = vendor.eras[0]._replace(date="2026-07-08")
    assert checked_era(vendor, later, memory_store).capture is None


def test_what_the_vendors_code_raises_is_a_broken_case_and_what_came_before_stays():
    checked = shop(kinds=with_kind(PRINTS._replace(new_id=lambda seed, number, at: {}[number])))
    (case,) = broken_cases(checked, "ids-match")
    assert case.startswith("the vendor's code: it raised KeyError: 1 at vendor_check/test_checker.py:")

    def breaks(era):
        yield DutyCase("first")
        raise ValueError("second")

    result = check_duty(Duty("x", "x.", "x.", breaks), shop())
    assert result.cases == 2
    assert [case.where for case in result.broken] == ["the vendor's code"]


def test_only_errors_of_code_are_caught():
    with CrashCatcher() as catcher:
        pass
    assert catcher.crash == ""
    with pytest.raises(KeyboardInterrupt), CrashCatcher():
        raise KeyboardInterrupt


def test_the_text_has_each_case_once_with_its_eras_and_says_how_to_fix_it():
    duty = Duty("ids", "Ids are ids.", "Make ids.", lambda checked: iter(()))
    cases = [DutyCase(f"kind {number}", "no id") for number in range(MAX_CASES + 2)]
    broken = check_duty(replace(duty, check=lambda checked: iter(cases)), shop())
    broken = broken._replace(duty=duty)
    held = check_duty(replace(duty, id="held", check=lambda checked: iter([DutyCase("kind")])), shop())
    untried = check_duty(replace(duty, id="untried"), shop())
    checked = [shop_result("prints@1", broken, held, untried), shop_result("prints@2", broken, held, held)]
    assert report_text("prints", checked).splitlines() == [
        "error prints@1: 1 of 3 duties hold, in 7 cases, 1 broken; nothing to try for untried",
        "error prints@2: 2 of 3 duties hold, in 8 cases, 1 broken",
        "",
        "error ids: Ids are ids.",
        *(
            line
            for number in range(MAX_CASES)
            for line in (f"    where     prints@1, prints@2: kind {number}", "    found     no id")
        ),
        "    more      2 cases, which --json prints",
        "    fix       Make ids.",
        "    rerun     mockserver vendor check prints",
    ]
    few = broken._replace(broken=broken.broken[:1])
    assert "more" not in report_text("prints", [shop_result("prints@1", few)])
    assert report_text("prints", [shop_result("prints@1", held)]) == "ok prints@1: 1 of 1 duty hold, in 1 cases"


def shop_result(pin, *results):
    from mockserver.vendor_check.duty import CheckedDuties

    return CheckedDuties(pin, results)


def test_the_json_has_every_case():
    result = check_duty(Duty("ids", "Ids are ids.", "Make ids.", lambda checked: iter([DutyCase("a", "b")])), shop())
    report = report_object("prints", [shop_result("prints@1", result)])
    assert report == {
        "version": 1,
        "vendor": "prints",
        "duties": [{"id": "ids", "sentence": "Ids are ids.", "fix": "Make ids."}],
        "eras": [
            {
                "pin": "prints@1",
                "results": [{"duty": "ids", "outcome": "broken", "cases": 1, "broken": [{"where": "a", "found": "b"}]}],
            }
        ],
    }


def test_operations_that_are_switched_off_are_not_held_to_what_they_would_do():
    operations = tuple(
        one._replace(handler=lambda call: error_answer()) if one.plain_http_handler is None else one
        for one in ERA.operations
    )
    outcomes = {duty.id: check_duty(duty, shop(operations=operations)).outcome for duty in DUTIES}
    off = ("examples-accepted", "polls-counted", "fields-laid-over", "kept-answers-current")
    assert {outcomes[name] for name in off} == {INCONCLUSIVE}
    assert outcomes["jobs-listed"] == outcomes["deleted-jobs-gone"] == HOLDS


def error_answer():
    from mockserver.vendors.api import Answer

    return Answer(error(501, "off"))
