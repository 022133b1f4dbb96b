"""The mapping of installed vendors: lazy, one failure for each vendor, and the others live."""

import pytest

from mockserver.errors import MockError, refuse
from mockserver.installed import InstalledVendors, installed_vendors
from mockserver.installed.sources import VendorSource
from mockserver.vendors.api import Vendor
from tests.support.toy_vendor import ERA, make_era

OTHERS_LIVE = "The other vendors work without it."


def make_vendor(name="toy", **changes):
    plain = {"name": name, "title": name.title(), "eras": (make_era(vendor=name),), "snippet": str, "api": "1"}
    return Vendor(**{**plain, **changes})


async def answer_late(call):
    return None


LATE = ERA.operations[0]._replace(name="create", handler=answer_late)


def source(name="toy", load=None, place=None, **changes):
    return VendorSource(name, place or f"vendors/{name}.yaml", load or (lambda: make_vendor(name)), **changes)


def counting(name, loads):
    def load():
        loads.append(name)
        return make_vendor(name)

    return source(name, load)


def failing(error):
    def load():
        raise error

    return load


def problem_of(vendors, name="toy"):
    with pytest.raises(MockError) as caught:
        vendors[name]
    return caught.value.problems[0]


def test_names_are_known_without_loading_anything():
    loads = []
    vendors = InstalledVendors([counting("b", loads), counting("a", loads)])
    assert list(vendors) == ["a", "b"]
    assert len(vendors) == 2
    assert "a" in vendors
    assert "c" not in vendors
    assert vendors.get("c") is None
    assert vendors.default_names == ("a", "b")
    assert loads == []


def test_a_vendor_is_loaded_once_when_it_is_looked_up():
    loads = []
    vendors = InstalledVendors([counting("a", loads), counting("b", loads)])
    assert vendors["b"] is vendors["b"]
    assert loads == ["b"]


def test_start_up_does_not_grow_with_the_number_of_bundled_packs():
    loads = []
    packs = [counting(f"pack{number}", loads)._replace(is_default=False) for number in range(50)]
    vendors = InstalledVendors([counting("a", loads), *packs])
    assert list(vendors.served()) == ["a"]
    assert vendors.problems(vendors.default_names) == []
    assert len(vendors.waiting_names) == 50
    assert loads == ["a"]


def test_a_named_pack_is_served_besides():
    vendors = InstalledVendors([source("a"), source("b", is_default=False), source("c", is_default=False)])
    assert list(vendors.served("b", "unknown")) == ["a", "b"]


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (failing(ImportError("No module named 'clay'")), "ImportError: No module named 'clay'"),
        (failing(SystemExit()), "SystemExit"),
        (failing(ValueError("two\nlines")), "ValueError: two lines"),
        (dict, "it is no Vendor, but a value of the type dict"),
        (lambda: make_vendor("pottery"), "it calls itself 'pottery': both names must be the same"),
        (lambda: make_vendor(eras=()), "it has no eras"),
        (lambda: make_vendor(eras=(make_era(vendor="jug"),)), "its era jug@2026-01-01 is of another vendor"),
        (
            lambda: make_vendor(eras=(make_era(operations=(LATE,)),)),
            "the handler of 'create' is a function, not a coroutine function (`async def`)",
        ),
    ],
)
def test_a_vendor_that_cannot_be_loaded_is_an_error_of_that_vendor(load, reason):
    vendors = InstalledVendors([source("toy", load), source("good")])
    found = problem_of(vendors)
    assert found.code == "VEN004"
    assert found.message == f"the vendor 'toy' cannot be loaded from vendors/toy.yaml: {reason}"
    assert found.hint == f"Correct it, or uninstall it. {OTHERS_LIVE}"
    assert list(vendors.served()) == list(vendors.usable()) == ["good"]
    assert [each.message for each in vendors.problems(vendors)] == [found.message]


@pytest.mark.parametrize("name", ["Toy", "toy shop", "../toy", "x" * 41])
def test_a_name_that_no_address_can_have_is_refused(name):
    loads = []
    found = problem_of(InstalledVendors([counting(name, loads)]), name)
    assert found.message.endswith("a name has at most 40 lower-case letters, digits, '-' and '_'")
    assert loads == []


def test_a_failure_is_not_tried_again():
    tries = []

    def load():
        tries.append(1)
        raise OSError

    vendors = InstalledVendors([source("toy", load)])
    assert problem_of(vendors) == problem_of(vendors)
    assert len(tries) == 1


def test_a_broken_vendor_that_is_named_is_refused():
    vendors = InstalledVendors([source("toy", failing(OSError()), is_default=False), source("good")])
    assert list(vendors.served()) == ["good"]
    with pytest.raises(MockError):
        vendors.served("toy")


def test_the_problems_of_a_pack_s_file_follow_the_vendor_s():
    vendors = InstalledVendors([source("toy", failing(refuse("PAK001", "no such key")))])
    with pytest.raises(MockError) as caught:
        vendors["toy"]
    assert [problem.code for problem in caught.value.problems] == ["VEN004", "PAK001"]


def test_a_warning_leaves_them_out_and_says_how_to_see_them():
    vendors = InstalledVendors([source("toy", failing(refuse("PAK001", "no such key")))])
    (found,) = vendors.problems(vendors)
    assert found.message == "the vendor 'toy' cannot be loaded from vendors/toy.yaml: it has 1 problem"
    assert found.hint == f"`mockserver vendor check toy` prints them. {OTHERS_LIVE}"


def test_two_vendors_of_one_name_are_refused_with_both_places():
    vendors = InstalledVendors([source(place="here"), source(place="there"), source("good")])
    found = problem_of(vendors)
    assert found.code == "VEN005"
    assert found.message == "there are 2 vendors 'toy': here and there"
    assert list(vendors.served()) == ["good"]


@pytest.mark.parametrize(
    ("api", "made_for", "hint"),
    [
        ("2", "was made for version '2' of", "Install a newer release of videojob-mockserver."),
        ("0", "was made for version '0' of", "Install a newer release of the vendor."),
        ("next", "was made for version 'next' of", 'Write Vendor(api="1", ...) after comparing it with the changelog.'),
        ("", "does not state the version of", 'Write Vendor(api="1", ...) after comparing it with the changelog.'),
    ],
)
def test_a_vendor_for_another_version_of_the_api_is_refused(api, made_for, hint):
    found = problem_of(InstalledVendors([source(load=lambda: make_vendor(api=api))]))
    assert found.code == "VEN006"
    assert made_for in found.message
    assert found.message.endswith("this mockserver has version '1'")
    assert found.hint == f"{hint} {OTHERS_LIVE}"


def test_the_project_s_own_vendors_are_entry_points_like_any_other():
    vendors = installed_vendors()
    assert {"phaseo", "reap", "twelvelabs"} <= set(vendors.default_names)
    for name, vendor in vendors.usable().items():
        assert vendor.name == name


def test_the_file_of_a_pack_is_known():
    vendors = installed_vendors()
    pack = vendors.pack_of("fal")
    assert pack is not None
    assert pack.name == "fal.yaml"
    assert vendors.pack_of("reap") is None
    assert vendors.pack_of("nobody") is None
