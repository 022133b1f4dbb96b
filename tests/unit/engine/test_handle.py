import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.ratelimit import RateLimit
from mockserver.engine.handle import BodyError
from mockserver.vendors.api import RequestError
from mockserver.vendors.commands import rate_limit_of
from mockserver.vendors.script import NO_SCRIPT, Script
from tests.support.toy_vendor import ERA, OPERATIONS, limit_headers, make_era, toy_world

CREATE = OPERATIONS[0]
TWO, ONE = RateLimit(2, MINUTE), RateLimit(1, MINUTE)


def refused(what: RequestError, detail: str) -> tuple[int, dict[str, str]]:
    return 418, {"trouble": what.value, "detail": detail}


class TestDoor:
    def test_an_unknown_path_is_the_vendors_trouble(self):
        world = toy_world()
        assert world.request("GET", "/pods/1") == refused(
            RequestError.UNKNOWN_PATH, "segment 1 of the path is 'pods', not 'pots'"
        )
        assert world.reply.response.header("Allow") is None

    def test_a_wrong_method_names_those_that_the_path_has(self):
        world = toy_world()
        assert world.request("PATCH", "/pots/1") == refused(
            RequestError.WRONG_METHOD, "the method must be GET, not PATCH"
        )
        assert world.reply.response.header("Allow") == "DELETE, GET, PUT"

    def test_a_miss_needs_no_key(self):
        assert toy_world().request("GET", "/pods/1", headers={})[1]["trouble"] == RequestError.UNKNOWN_PATH

    def test_the_vendor_says_what_is_wrong_with_a_key(self):
        assert toy_world().request("GET", "/pots", headers={}) == refused(RequestError.NO_KEY, "no key")

    @pytest.mark.parametrize(
        ("key", "what"), [("invalid", RequestError.UNKNOWN_KEY), ("expired", RequestError.EXPIRED_KEY)]
    )
    def test_two_keys_are_there_to_be_refused(self, key, what):
        assert toy_world().request("GET", "/pots", headers={"x-key": key}) == refused(what, "")

    def test_a_stranger_is_refused_with_the_reason(self):
        world = toy_world()
        assert world.request("GET", "/pots", key_error="no scenario 'x'") == refused(
            RequestError.UNKNOWN_KEY, "no scenario 'x'"
        )
        assert world.session.journal.counts["toy", "list", 418] == 1

    def test_a_magic_key_is_refused_for_what_it_is(self):
        asked = toy_world().request("GET", "/pots", headers={"x-key": "expired"}, key_error="no scenario 'x'")
        assert asked == refused(RequestError.EXPIRED_KEY, "no scenario 'x'")

    def test_an_operation_without_auth_looks_at_no_key(self):
        found = {"params": {"photo": "1"}, "body": None, "key": ""}
        for headers in ({}, {"x-key": "invalid"}):
            assert toy_world().request("PUT", "/photos/1", b"{", headers=headers, key_error="who?") == (200, found)

    def test_the_handler_gets_key_parameters_and_body(self):
        found = {"params": {"pot_id": "a/b"}, "body": {"glaze": 1}, "key": "key"}
        assert toy_world().request("PUT", "/pots/a%2Fb", {"glaze": 1}) == (200, found)


class TestBody:
    def test_a_body_that_is_no_json_reaches_no_handler(self):
        assert toy_world().request("POST", "/pots", b"{")[1]["trouble"] == RequestError.BAD_JSON
        assert toy_world().request("POST", "/pots", b"[]") == refused(
            RequestError.NOT_AN_OBJECT, "the body is an array"
        )

    FLAW = BodyError(RequestError.TOO_LARGE, "the body is larger than 10 bytes")

    @pytest.mark.parametrize(("method", "path"), [("POST", "/pots"), ("POST", "/pots/pot-1/cancel")])
    def test_a_flaw_the_shell_found_is_the_vendors_trouble(self, method, path):
        assert toy_world().request(method, path, body_error=self.FLAW) == refused(*self.FLAW)

    @pytest.mark.parametrize(("method", "path"), [("GET", "/pots"), ("PUT", "/photos/1")])
    def test_unless_the_operation_wants_no_json(self, method, path):
        assert toy_world().request(method, path, body_error=self.FLAW)[0] == 200

    def test_the_key_comes_before_the_body(self):
        assert toy_world().request("POST", "/pots", b"{", headers={})[1]["trouble"] == RequestError.NO_KEY


class TestLimits:
    @pytest.mark.parametrize(
        ("script", "era", "limit"),
        [
            ({}, {}, None),
            ({}, {"create": TWO}, TWO),
            ({}, {"*": TWO}, TWO),
            ({}, {"*": ONE, "create": TWO}, TWO),
            ({}, {"get": ONE}, None),
            ({"create": ONE}, {"create": TWO}, ONE),
            ({"*": ONE}, {"create": TWO}, ONE),
            ({"get": ONE}, {"create": TWO}, TWO),
            ({"create": None}, {"create": TWO}, None),
            ({"*": None}, {"create": TWO}, None),
            ({"*": None, "create": ONE}, {"create": TWO}, ONE),
        ],
    )
    def test_the_scenarios_word_before_the_vendors_and_the_name_before_the_star(self, script, era, limit):
        assert rate_limit_of(make_era(limits=era), Script(limits=script), CREATE.name) == limit

    def test_every_answer_of_a_limited_operation_says_what_is_left(self):
        world = toy_world(era=make_era(limits={"get": TWO}, limit_headers=limit_headers))
        world.request("POST", "/pots", {})
        left = []
        for _ in range(3):
            world.request("GET", "/pots/pot-1")
            left.append((world.reply.response.status, world.reply.response.header("X-Left")))
        assert left == [(200, "1"), (200, "0"), (418, "0")]
        assert world.reply.response.header("Retry-After") == "60"

    def test_a_window_opens_with_a_request_and_ends_on_the_sessions_clock(self):
        world = toy_world(Script(limits={"list": ONE}))
        assert world.request("GET", "/pots")[0] == 200
        world.advance(30.25)
        assert world.request("GET", "/pots") == refused(RequestError.RATE_LIMITED, "the limit of 1 in 1m is spent")
        assert world.reply.response.header("Retry-After") == "30"
        world.advance(29.75)
        assert world.request("GET", "/pots")[0] == 200
        assert world.request("GET", "/pots")[0] == 418

    def test_each_key_and_operation_has_a_bucket_of_its_own(self):
        world = toy_world(Script(limits={"*": ONE}))
        assert world.request("GET", "/pots")[0] == 200
        assert world.request("GET", "/pots/colours")[0] == 200
        assert world.request("GET", "/pots", headers={"x-key": "other"})[0] == 200
        assert world.request("GET", "/pots")[0] == 418

    def test_a_shared_limit_has_one_bucket_for_all_keys_and_operations(self):
        world = toy_world(era=make_era(limits={"*": RateLimit(2, MINUTE, shared=True), "watch": None}))
        assert world.request("GET", "/pots")[0] == 200
        assert world.request("GET", "/pots/colours", headers={"x-key": "other"})[0] == 200
        assert world.request("GET", "/pots")[0] == 418
        assert world.request("GET", "/pots/colours")[0] == 418

    def test_a_refused_key_spends_nothing_and_a_broken_body_does(self):
        world = toy_world(Script(limits={"create": TWO}))
        for _ in range(3):
            world.request("POST", "/pots", {}, headers={"x-key": "invalid"})
        assert world.request("POST", "/pots", b"{")[1]["trouble"] == RequestError.BAD_JSON
        assert world.request("POST", "/pots", {})[0] == 201
        assert world.request("POST", "/pots", {})[1]["trouble"] == RequestError.RATE_LIMITED

    def test_a_limit_of_nothing_refuses_everything(self):
        world = toy_world(Script(limits={"list": RateLimit(0, SECOND // 2)}))
        assert world.request("GET", "/pots") == refused(RequestError.RATE_LIMITED, "the limit of 0 in 500ms is spent")
        assert world.reply.response.header("Retry-After") == "1"

    def test_a_limited_answer_is_not_to_be_repeated(self):
        limited, free = toy_world(Script(limits={"get": TWO})), toy_world()
        for world in (limited, free):
            world.request("POST", "/pots", {})
            world.request("GET", "/pots/pot-1")
        assert limited.reply.valid_until == 0
        assert free.reply.valid_until > free.reply.at


def test_no_script_limits_nothing():
    assert rate_limit_of(ERA, NO_SCRIPT, CREATE.name) is None
