"""Pins of eras."""

import pytest

from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.vendors.phaseo import VENDOR as PHASEO
from mockserver.vendors.registry import resolve_era


def test_eras_are_dated_and_oldest_first():
    for vendor in installed_vendors().served().values():
        dates = [era.date for era in vendor.eras]
        assert dates == sorted(set(dates))
        assert all(era.vendor == vendor.name for era in vendor.eras)


def test_the_repr_of_a_vendor_is_short_enough_for_the_message_of_an_assertion():
    vendors = installed_vendors().usable()
    assert repr(vendors["phaseo"].eras[-1]) == f"<{PHASEO.eras[-1].pin}>"
    assert all(len(repr(vendor)) < 2_000 for vendor in vendors.values())


@pytest.mark.parametrize(
    ("pin", "date"),
    [
        ("phaseo", PHASEO.eras[-1].date),
        ("phaseo@2026-05-06", "2026-05-06"),
        ("phaseo@2026-05-31", "2026-05-07"),
        ("phaseo@2031-01-01", PHASEO.eras[-1].date),
    ],
)
def test_a_pin_means_that_era_or_the_newest_not_later(pin, date):
    era = resolve_era(pin, installed_vendors())
    assert era.date == date
    assert era.pin == f"phaseo@{date}"


def test_an_unknown_vendor_is_told_the_nearest():
    with pytest.raises(MockError) as raised:
        resolve_era("phaseoo", installed_vendors())
    (problem,) = raised.value.problems
    assert problem.code == "VEN001"
    assert "did you mean 'phaseo'?" in problem.message
    assert problem.hint == f"Vendors: {', '.join(installed_vendors())}."


@pytest.mark.parametrize("date", ["2026-5-6", "2026-13-01", "2026-05-06T00", "x", "latest"])
def test_what_is_no_date_is_not_the_newest_era(date):
    with pytest.raises(MockError) as raised:
        resolve_era(f"reap@{date}", installed_vendors())
    (problem,) = raised.value.problems
    assert problem.code == "VEN003"
    assert problem.message == f"{date!r} is not a date"
    assert problem.hint == "Write it like 2026-05-06; its eras begin on 2026-07-07."


def test_a_date_before_the_first_era_lists_the_eras():
    with pytest.raises(MockError) as raised:
        resolve_era("reap@2020-01-01", installed_vendors())
    (problem,) = raised.value.problems
    assert problem.code == "VEN002"
    assert problem.hint == "Its eras begin on 2026-07-07."
