import pytest

from mockserver.engine import router as router_module
from mockserver.engine.router import NoMatch, RouteMatch, Router
from mockserver.vendors.api import Operation, Role
from tests.support.toy_vendor import OPERATIONS, echo

ROUTER = Router(OPERATIONS)


def match(method: str, path: str) -> tuple[str, dict[str, str]]:
    found = ROUTER.match(method, path)
    assert isinstance(found, RouteMatch)
    return found.operation.name, dict(found.params)


def miss(method: str, path: str, router: Router = ROUTER) -> NoMatch:
    found = router.match(method, path)
    assert isinstance(found, NoMatch)
    return found


def said(method: str, path: str) -> tuple[str, str]:
    """The nearest operation's name, and what differs."""
    found = miss(method, path)
    assert found.nearest is not None
    return found.nearest.name, found.difference


@pytest.mark.parametrize(
    ("method", "path", "name", "params"),
    [
        ("POST", "/pots", "create", {}),
        ("POST", "/jars", "create", {}),
        ("GET", "/pots", "list", {}),
        ("GET", "/pots/p1", "get", {"pot_id": "p1"}),
        ("POST", "/pots/p1/cancel", "cancel", {"pot_id": "p1"}),
    ],
)
def test_a_template_matches_segment_by_segment(method, path, name, params):
    assert match(method, path) == (name, params)


def test_a_path_whose_parameter_does_not_match_its_pattern_is_none_of_the_call():
    patterns = {"shelf": "[a-z]{3,}", "box": "(?!all$).+"}
    put = Operation(
        "put",
        "pot",
        "PUT",
        "/{shelf}/{id}",
        echo,
        aliases=("/{shelf}/{box}/{id}",),
        role=Role.OTHER,
        path_patterns=patterns,
    )
    get = Operation("get", "pot", "GET", "/{shelf}/{id}", echo, role=Role.READ)
    router = Router((put, get))
    assert router.match("PUT", "/left/p1") == RouteMatch(put, {"shelf": "left", "id": "p1"})
    assert router.match("PUT", "/left/some/p1") == RouteMatch(put, {"shelf": "left", "box": "some", "id": "p1"})
    assert miss("PUT", "/le/p1", router).allowed == ("GET",)
    found = miss("PUT", "/left/all/p1", router)
    assert found.nearest == put
    assert found.difference == "segment 2 of the path is 'all', not '{box}', which matches (?!all$).+"


def test_a_literal_wins_over_a_parameter():
    assert match("GET", "/pots/colours") == ("colours", {})


def test_a_literal_without_the_method_leaves_it_to_the_parameter():
    assert match("DELETE", "/pots/colours") == ("break", {"pot_id": "colours"})
    assert match("POST", "/pots/colours/cancel") == ("cancel", {"pot_id": "colours"})


def test_head_asks_what_get_would_answer():
    assert match("HEAD", "/pots/p1") == ("get", {"pot_id": "p1"})


def test_segments_are_decoded_after_they_were_split():
    assert match("GET", "/p%6Fts/a%2Fb%20c") == ("get", {"pot_id": "a/b c"})


def test_an_id_may_be_any_text_but_not_empty():
    assert match("GET", "/pots/{pot_id}") == ("get", {"pot_id": "{pot_id}"})
    assert match("GET", "/pots/%FF") == ("get", {"pot_id": "�"})
    assert miss("GET", "/pots/").allowed == ()


def test_a_path_has_the_methods_of_all_templates_that_fit_it():
    assert miss("PATCH", "/pots/colours").allowed == ("DELETE", "GET", "PUT")
    assert ROUTER.allowed("/pots") == ("GET", "POST")
    assert ROUTER.allowed("/nothing/here") == ()
    assert ROUTER.allowed("/") == ROUTER.allowed("") == ()


def test_a_bounded_number_of_matches_is_remembered(monkeypatch):
    monkeypatch.setattr(router_module, "MAX_REMEMBERED", 2)
    router = Router(OPERATIONS)
    first = router.match("GET", "/pots/p1")
    assert router.match("GET", "/pots/p1") is first
    for number in range(2, 5):
        assert router.match("GET", f"/pots/p{number}").params == {"pot_id": f"p{number}"}
    again = router.match("GET", "/pots/p1")
    assert again is not first
    assert again == first


@pytest.mark.parametrize(
    ("method", "path", "nearest", "differs"),
    [
        ("GET", "/pods/p1", "get", "segment 1 of the path is 'pods', not 'pots'"),
        ("PATCH", "/tell", "tell", "the method must be POST, not PATCH"),
        ("HEAD", "/tell", "tell", "the method must be POST, not HEAD"),
        ("POST", "/pots/p1/cancle", "cancel", "segment 3 of the path is 'cancle', not 'cancel'"),
        ("POST", "/pots/", "create", "the path has a slash at its end"),
        ("DELETE", "/pots//", "break", "the id in the path is empty ({pot_id}); the path has a slash at its end"),
        ("POST", "/pots//cancel", "cancel", "the id in the path is empty ({pot_id})"),
        ("GET", "/pots/p1/state/of/it", "get", "the path has an extra '/state/of/it' at its end"),
        ("GET", "/v1/pots", "list", "the path has an extra '/v1' at its start"),
        ("GET", "/v1/pots/p1", "get", "the path has an extra '/v1' at its start"),
        ("POST", "/p1/cancel", "cancel", "the path lacks '/pots' at its start"),
        ("GET", "/", "list", "segment 1 of the path is '', not 'pots'"),
        ("GET", "*", "list", "the path lacks '/pots' at its start"),
    ],
)
def test_a_near_miss_says_what_differs(method, path, nearest, differs):
    assert said(method, path) == (nearest, differs)


def test_a_near_miss_cuts_what_it_quotes():
    name, differs = said("GET", "/" + "x" * 10_000 + "/p1")
    assert name == "get"
    assert len(differs) < 120


def test_the_method_decides_between_equally_near_paths():
    assert said("GET", "/potz")[0] == "list"
    assert said("POST", "/potz")[0] == "create"
    assert said("PUT", "/potz/p1")[0] == "paint"
    assert said("POST", "/pots/colours")[1] == "the method must be GET, not POST"


def test_no_operations_at_all():
    found = miss("GET", "/pots", Router(()))
    assert found == NoMatch(())
    assert found.nearest is None
    assert found.difference == "this era has no operations"


def test_two_parameters_have_two_values():
    router = Router([Operation("x", "pot", "GET", "/a/{one}/b/{two}", echo, role=Role.OTHER)])
    found = router.match("GET", "/a/1/b/2")
    assert isinstance(found, RouteMatch)
    assert found.params == {"one": "1", "two": "2"}


def test_text_behind_a_parameter_is_no_part_of_it():
    operations = (
        Operation("get", "pot", "GET", "/pots/{id}", echo, role=Role.READ),
        Operation("cancel", "pot", "POST", "/pots/{pot}:cancel", echo, role=Role.CANCEL),
        Operation("stop", "pot", "POST", "/pots/{id}:stop", echo, role=Role.CANCEL),
        Operation("rename", "pot", "POST", "/pots/{id}", echo, role=Role.OTHER),
        Operation("deep", "pot", "POST", "/pots/{id}/lid", echo, role=Role.OTHER),
    )
    router = Router(operations)
    found = [
        router.match(method, path)
        for method, path in (
            ("POST", "/pots/p:1:cancel"),
            ("POST", "/pots/p1%3Astop"),
            ("POST", "/pots/p1:boil"),
            ("GET", "/pots/p1:cancel"),
            ("POST", "/pots/p1:cancel/lid"),
        )
    ]
    assert [(each.operation.name, *each.params.values()) for each in found if isinstance(each, RouteMatch)] == [
        ("cancel", "p:1"),
        ("stop", "p1"),
        ("rename", "p1:boil"),
        ("get", "p1:cancel"),
        ("deep", "p1:cancel"),
    ]


def test_the_text_behind_a_parameter_is_compared_with_what_was_sent():
    operations = (Operation("cancel", "pot", "POST", "/pots/{id}:cancel", echo, role=Role.CANCEL),)
    assert miss("POST", "/pots/p1:cancle", Router(operations)).difference.startswith("segment 2 of the path is")
    assert miss("POST", "/pots/", Router(operations)).difference == "the id in the path is empty ({id}:cancel)"
