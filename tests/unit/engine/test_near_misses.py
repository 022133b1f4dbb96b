import pytest

from mockserver.engine.near_misses import nearest_operations
from mockserver.vendors.api import Operation, Role
from tests.support.toy_vendor import OPERATIONS, echo


def nearest(method: str, path: str):
    return nearest_operations(method, path, OPERATIONS)[0]


@pytest.mark.parametrize(
    ("method", "path", "name", "reasons"),
    [
        ("POST", "/pots/p1/cancle", "cancel", ["SEGMENT"]),
        ("PATCH", "/tell", "tell", ["METHOD"]),
        ("GET", "/v1/pots", "list", ["EXTRA"]),
        ("POST", "/p1/cancel", "cancel", ["MISSING"]),
        ("POST", "/pots//cancel", "cancel", ["EMPTY_ID"]),
        ("POST", "/pots/", "create", ["SLASH"]),
        ("GET", "/v1/pods/p1", "get", ["EXTRA", "SEGMENT"]),
        ("PUT", "/photo/p1/", "post", ["SEGMENT", "SLASH"]),
    ],
)
def test_each_difference_has_a_reason(method, path, name, reasons):
    found = nearest(method, path)
    differs = [check.code for check in found.criteria if not check.matches]
    assert found.operation.name == name
    assert differs == reasons
    assert found.json()["reason"] == reasons[0]
    assert [each["reason"] for each in found.json()["differs"]] == reasons


def test_what_fits_has_a_tick_and_what_does_not_a_cross():
    assert list(nearest("POST", "/pods/p1/cancle").lines()) == [
        "cancel: POST /pots/{pot_id}/cancel",
        "    ✓ the method is POST",
        "    ✗ segment 1 of the path is 'pods', not 'pots'",
        "    ✗ segment 3 of the path is 'cancle', not 'cancel'",
    ]
    assert list(nearest("PATCH", "/tell").lines()) == [
        "tell: POST /tell",
        "    ✗ the method must be POST, not PATCH",
        "    ✓ the path is /tell",
    ]


def test_for_a_program_only_what_differs_is_told():
    assert nearest("GET", "/pods").json() == {
        "operation": "list",
        "method": "GET",
        "path": "/pots",
        "reason": "SEGMENT",
        "differs": [{"reason": "SEGMENT", "text": "segment 1 of the path is 'pods', not 'pots'"}],
    }


def test_the_three_nearest_each_operation_once():
    found = nearest_operations("POST", "/jarz", OPERATIONS)
    assert found[0].operation.name == "create"
    assert found[0].template == "/jars"
    assert len({each.operation.name for each in found}) == 3
    assert [each.distance for each in found] == sorted(each.distance for each in found)


def test_what_is_asked_for_by_its_own_words_is_at_no_distance():
    found = nearest("GET", "/pots")
    assert found.distance == 0
    assert found.difference == ""
    assert found.json()["reason"] == ""


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/pots/p1/now/cancel", "the path has an extra '/now' after segment 2"),
        ("/pots/p1//cancel", "the path has a double slash"),
        ("/a/b/pots/p1/cancel", "the path has an extra '/a/b' at its start"),
        ("/pots/p1/cancel/at/once", "the path has an extra '/at/once' at its end"),
    ],
)
def test_where_a_path_has_too_much(path, says):
    assert nearest("POST", path).difference == says


def test_where_a_path_lacks_something():
    operations = [Operation("x", "pot", "GET", "/a/{one}/b/c", echo, role=Role.OTHER)]
    for path, says in (
        ("/a/1", "the path lacks '/b/c' at its end"),
        ("/a/1/c", "the path lacks '/b' after segment 2"),
        ("/1/b/c", "the path lacks '/a' at its start"),
    ):
        assert nearest_operations("GET", path, operations)[0].difference == says


def test_a_long_path_is_cut_and_costs_no_time():
    found = nearest("GET", "/" + "x/" * 10_000)
    assert len(found.difference) < 300
    assert "'" + "y" * 40 + "'..." in nearest("GET", "/" + "y" * 100).difference
