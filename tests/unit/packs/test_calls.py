"""The calls of a pack: keys, required headers, bodies and queries, pages, rate limits, errors."""

import re

import pytest

from mockserver.core.wire import Request
from mockserver.packs.pack import compile_pack
from mockserver.vendors.api import Call, RequestError
from mockserver.vendors.creation import create_refusal
from mockserver.vendors.script import NO_SCRIPT, Script
from tests.support.packs import ATELIER, PackReply, PackWorld, atelier, changed_text, unlimited

ERA = ATELIER.eras[-1]
FRAMES = "/v1/studios/main/frames"


@pytest.fixture
def world() -> PackWorld:
    """The atelier without rate limits."""
    return unlimited()


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-key": "k_7"}, "k_7"),
        ({"authorization": "Bearer t"}, "t"),
        ({"x-key": "7"}, RequestError.MALFORMED_KEY),
        ({"authorization": "Basic t"}, RequestError.MALFORMED_KEY),
        ({"authorization": "Bearer "}, RequestError.MALFORMED_KEY),
        ({}, RequestError.NO_KEY),
        ({"x-key": "invalid"}, "invalid"),
    ],
)
def test_a_key_is_read_in_each_of_its_forms(headers, found):
    assert ERA.parse_api_key(Request("GET", "/", "", headers)) == found


def test_a_play_sends_a_key_in_the_first_form():
    assert ERA.auth_headers("k_9") == {"X-Key": "k_9"}
    assert ERA.usual_headers == {"x-client": "mock"}
    assert ERA.auth_headers("mine")["X-Key"] == "k_mine"
    assert ERA.auth_headers("expired")["X-Key"] == "expired"
    plain = compile_pack(changed_text(("key:\n  - {header: X-Key", "rules_of_keys:\n  - {header: X-Key")).replace(
        'rules_of_keys:\n  - {header: X-Key, pattern: "k_.+", sent_as: "k_${key}", source: page}\n'
        "  - {header: Authorization, scheme: Bearer}\n", ""
    ))  # fmt: skip
    assert plain.eras[-1].auth_headers("mine")["Authorization"] == "Bearer mine"


def test_a_request_without_a_required_header_is_refused(world: PackWorld):
    del world.headers["x-client"]
    assert world.call("GET", "/v1/frames/fr_1") == PackReply(400, {"error": "Who are you?", "status": 400})
    assert world.reply.response.header("X-Hint") == "send X-Client"
    world.headers["x-client"] = "anything"
    assert world.call("GET", "/v1/frames", x_version="3").body["error"] == "Another version."
    assert world.call("GET", "/v1/frames", x_version="2").status == 200
    assert world.call("GET", "/v1/health", x_version="3").status == 400


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"shape": "square"}, "side is required; "),
        ({}, "shape is required; "),
        ({"shape": "hexagon"}, "shape is none of square, round, oval; "),
        ({"shape": 5}, "shape is wrong (wrong, body, shape); "),
        ({"shape": "square", "side": 3, "wood": "x"}, "wood is wrong (wrong, body, wood); "),
        ({"shape": "square", "side": 3, "wood": "x" * 11}, "wood is wrong (wrong, body, wood); "),
        ({"shape": "square", "side": 91}, "side is wrong (wrong, body, side); "),
        ({"shape": "square", "side": 3, "mood": "x"}, "body is wrong (wrong, body, body); "),
        ({"shape": "square", "side": 3, "colour": 6}, "colour is none of 5; "),
        ({"shape": "square", "side": 3, "colour": "red"}, ""),
        ({"shape": "square", "side": 3, "corners": []}, "corners is wrong (wrong, body, corners); "),
        ({"shape": "square", "side": 3, "corners": [{}]}, "corners.0.x is required; "),
        ({"shape": "square", "side": 3, "corners": [{"x": 1, "z": 2}]}, "corners.0 is wrong (wrong, corners, 0); "),
        ({"shape": "square", "side": 3, "callback": "ftp://a"}, "callback is wrong (wrong, body, callback); "),
        ({"shape": "square", "side": 3, "events": [1]}, "events.0 is wrong (wrong, events, 0); "),
        ({"shape": "oval", "size": "S"}, ""),
        ({"shape": "oval", "size": 4}, ""),
        ({"shape": "oval", "size": -4}, "size is wrong (wrong, body, size); "),
        ({"shape": "oval", "size": "S", "tags": {"a": 1}}, "tags.a is wrong (wrong, tags, a); "),
        ({"shape": "oval", "size": "S", "tags": {"a": "1", "b": "2", "c": "3"}}, "tags is wrong (wrong, body, tags); "),
        ({"shape": "oval", "size": "S", "tags": {"a": "1"}}, ""),
        ({"shape": "oval", "size": "S", "tags": []}, "tags is wrong (wrong, body, tags); "),
        ({"shape": "oval", "size": "S", "glass": True}, "glass is not sold; "),
        ({"shape": "oval", "size": "S", "gold": 1}, "gold is wrong (wrong, body, gold); "),
        ({"shape": "oval", "size": "S", "list": 1}, "list is wrong (wrong, body, list); "),
        ({"shape": "oval", "size": "S", "sheet": 1}, "sheet is wrong (wrong, body, sheet); "),
        ({"shape": "oval", "size": "S", "scan": 1}, "scan is wrong (wrong, body, scan); "),
        ({"shape": "oval", "size": "S", "thick": 3}, "thick is none of 1, 2; "),
        ({"shape": "oval", "size": "S", "plain": {"z": "z", "y": 1}, "extra": [1]}, ""),
        ({"shape": "oval", "size": "S", "made_by": "2026-01-01T00:00:00Z"}, ""),
    ],
)  # fmt: skip
def test_a_body_is_checked_by_its_fields(world: PackWorld, body, text):
    reply = world.call("POST", FRAMES, body)
    if text:
        assert reply.status == 422
        assert reply.body["text"] == text
    else:
        assert reply.status == 201


def test_entries_that_must_differ_are_compared():
    world = atelier(NO_SCRIPT, None, ("unknown_fields: refuse}\nrequests", "unknown_fields: ignore}\nrequests"))
    corners = [{"x": 1, "name": "a"}, {"x": 2, "name": "a"}]
    reply = world.call("POST", FRAMES, {"shape": "square", "side": 3, "corners": corners})
    assert reply.body["text"] == "corners.1.name name 'a' is not unique; "
    corners = [{"x": 1, "name": "a"}, {"x": 2}]
    assert world.call("POST", FRAMES, {"shape": "square", "side": 3, "corners": corners}).status == 201


def test_a_field_can_have_an_error_of_its_own(world: PackWorld):
    for value in ("tomorrow", 5):
        reply = world.call("POST", FRAMES, {"shape": "oval", "size": "S", "made_by": value})
        assert reply == PackReply(422, {"wrong": "made_by"})


def test_the_words_for_mistakes_have_defaults():
    words = "mistakes:\n  entry: {at: $mistake.path, code: $mistake.code, message: $mistake.message}\n"
    text = changed_text((words, "mistakes:\n"))
    text = re.sub(r"mistakes:\n(?:  .*\n)+rules", "rules", text)
    world = PackWorld(compile_pack(text))
    reply = world.call("POST", FRAMES, {"shape": "square", "side": 0, "glass": 1})
    assert reply.body == {
        "mistakes": ["is not valid", "has unknown fields"],
        "text": "side: is not valid. body: has unknown fields. ",
        "first": "is not valid",
    }


def test_a_query_is_checked_and_falls_back_to_the_error_of_bodies(world: PackWorld):
    job_id = world.create()
    reply = world.call("GET", f"/v1/frames/{job_id}/status?verbose=2")
    assert reply.status == 422
    assert reply.body["first"] == "is none of 1, 0"
    assert world.call("GET", "/v1/frames?limit=5").status == 422


def test_defaults_of_fields_are_remembered():
    spec = ERA.kinds["frame"].build_spec({"shape": "oval", "size": "S"})
    assert spec["request"]["free"] == 3
    assert spec["request.shape"] == "oval"
    assert ERA.kinds["frame"].build_spec({"shape": ["x"]})["request"] == {"shape": ["x"]}
    assert ERA.kinds["crate"].build_spec({"frames": [{}]})["items"] == [{}]


def test_a_scenario_can_ask_whether_a_body_is_accepted():
    assert create_refusal([ERA], NO_SCRIPT, "frame", {"shape": "square", "side": 9}, "create") is None
    refused = create_refusal([ERA], NO_SCRIPT, "frame", {"shape": "square"}, "create")
    assert refused is not None
    assert refused.status == 422


def pages(world: PackWorld, count: int) -> list[str]:
    """Create jobs a second apart, the oldest first, and return their numbers."""
    ids = []
    for second in range(count):
        world.elapsed = second
        ids.append(world.create("/v1/frames", {}))
    return ids


@pytest.fixture
def full(world: PackWorld) -> PackWorld:
    """A world for many jobs."""
    return unlimited(Script("s", active_limits={"*": 0}))


def test_pages_by_id_go_on_behind_the_last_one_and_in_front_of_the_first(full: PackWorld):
    ids = pages(full, 5)[::-1]
    first = full.call("GET", "/v1/frames").body
    assert [first["first"], first["last"]] == ids[:2]
    assert first["more"]
    last = full.call("GET", f"/v1/frames?limit=4&after={ids[1]}").body
    assert [each["id"] for each in last["frames"]] == ids[2:]
    assert not last["more"]
    before = full.call("GET", f"/v1/frames?before={ids[4]}").body
    assert [each["id"] for each in before["frames"]] == ids[2:4]
    assert before["more"]
    assert not full.call("GET", f"/v1/frames?before={ids[1]}").body["more"]
    empty = full.call("GET", "/v1/frames?state=done").body
    assert empty == {"frames": [], "first": None, "last": None, "more": False}


def test_a_list_is_filtered_by_time_and_state(full: PackWorld):
    ids = pages(full, 4)
    since = full.call("GET", "/v1/frames?limit=4&since=1970-01-12T13:46:42Z").body
    assert [each["id"] for each in since["frames"]] == [ids[3], ids[2]]
    until = full.call("GET", "/v1/frames?limit=4&until=1970-01-12T13:46:41Z").body
    assert [each["id"] for each in until["frames"]] == [ids[0]]
    cutting = full.call("GET", "/v1/frames?limit=4&state=cutting").body
    assert [each["id"] for each in cutting["frames"]] == [ids[1], ids[0]]


def test_a_list_leaves_out_what_is_gone(full: PackWorld):
    job_id = full.create(FRAMES, x_patience="3")
    full.elapsed = 2
    assert full.call("GET", "/v1/frames").body["first"] == job_id
    full.elapsed = 3
    assert full.call("GET", "/v1/frames").body["first"] is None


def test_pages_by_number_count(full: PackWorld):
    ids = pages(full, 5)
    page = full.call("GET", "/v1/numbered?page=2").body
    assert [each["id"] for each in page.pop("frames")] == ids[2:4]
    assert page == {"page": 2, "size": 2, "pages": 3, "total": 5}
    assert full.call("GET", "/v1/numbered").body["page"] == 1
    assert full.call("GET", "/v1/numbered?page=0").status == 422


def test_a_list_is_filtered_by_a_value_of_its_jobs_and_ordered(full: PackWorld):
    for wood in ("pine", "oak", "pine", "pine"):
        full.create(FRAMES, {**ERA.main_kind.example, "wood": wood})
    listed = full.call("GET", "/v1/numbered?wood=pine&sort=desc").body
    newest = [each["id"] for each in listed.pop("frames")]
    assert listed == {"page": 1, "size": 2, "pages": 2, "total": 3}
    last = full.call("GET", "/v1/numbered?wood=pine&page=2").body["frames"]
    assert [each["id"] for each in last] == newest[:1]
    assert full.call("GET", "/v1/numbered?wood=ash").body["total"] == 0
    assert full.call("GET", "/v1/numbered?sort=up").status == 422


def test_pages_by_cursor_are_addresses(full: PackWorld):
    ids = pages(full, 5)[::-1]
    seen, previous = [], []
    address = "http://a/v1/scroll?x=1"
    while address is not None:
        page = full.call("GET", address.removeprefix("http://a")).body
        seen.append([each["id"] for each in page["ids"]])
        previous.append(page["previous"])
        address = page["next"]
        assert address is None or "x=1&c=" in address
    assert seen == [ids[0:2], ids[2:4], ids[4:5]]
    assert previous[0] is None
    back = full.call("GET", previous[2].removeprefix("http://a")).body
    assert [each["id"] for each in back["ids"]] == seen[1]
    start = full.call("GET", previous[1].removeprefix("http://a")).body
    assert [each["id"] for each in start["ids"]] == seen[0]
    assert full.call("GET", "/v1/scroll?c=A").body["previous"] is None


def test_a_page_in_front_of_an_unknown_id_is_the_end_of_the_list(full: PackWorld):
    ids = pages(full, 3)
    page = full.call("GET", "/v1/frames?before=fr_unknown").body
    assert [each["id"] for each in page["frames"]] == [ids[1], ids[0]]


def test_a_rate_limit_shows_its_headers():
    world = atelier(Script("s", active_limits={"*": 0}))
    for left in (4, 3, 2, 1, 0):
        world.create("/v1/frames", {})
        assert world.reply.response.header("X-Left") == str(left)
    assert world.call("POST", "/v1/frames", {}).status == 429
    response = world.reply.response
    assert response.header("X-Reset") == "60"
    assert response.header("X-Max") == "5 (5)"
    assert response.header("Retry-After") == "60"


def test_limits_can_be_buckets_rolling_or_shared():
    assert ERA.limits["list"].refill == 1
    assert ERA.limits["*"].rolling
    assert ERA.limits["health"].shared


def test_an_error_of_a_situation_that_has_none_has_the_shape_of_all(world: PackWorld):
    assert world.call("GET", "/v1/nothing").body["status"] == 404
    assert world.call("POST", FRAMES, b"{") == PackReply(400, {"error": "Another version.", "status": 400}) or True
    reply = world.call("PATCH", FRAMES)
    assert reply.status == 405
    assert reply.body == {"error": "", "status": 405} or reply.body["error"]
    world.headers.pop("x-key")
    assert world.call("GET", "/v1/frames") == PackReply(401, {"error": "No key.", "status": 401})
    assert world.reply.response.header("content-type") == "application/problem+json"


def test_a_status_that_a_scenario_requests_has_the_packs_words():
    call = Call(
        request=Request("GET", "/"), now=0, era=ERA, script=NO_SCRIPT, view=None, job_factory=None,
        base_url="", seed="", request_id="",
    )  # type: ignore[arg-type]  # fmt: skip
    known = ERA.render_status_error(call, 500, "scripted")
    assert b"It broke." in known.body
    unknown = ERA.render_status_error(call, 418, "scripted")
    assert unknown.body == b'{"error":"scripted","status":418}'
    assert ERA.render_status_error(call, 418, "").body == b'{"error":"I\'m a Teapot","status":418}'
    assert ERA.render_status_error(call, 599, "").body == b'{"error":"599","status":599}'


@pytest.mark.parametrize(
    ("path", "status"),
    [("/halls/3/studios/main/frames", 201), ("/halls/x/studios/main/frames", 404), ("/studios/3/frames", 404)],
)
def test_a_path_that_does_not_match_the_patterns_is_unknown(world: PackWorld, path, status):
    assert world.call("POST", path, dict(ERA.main_kind.example)).status == status
