"""Lists, models, and deleting."""

import pytest

from mockserver.core.timeline import Manual, TimelineStep
from mockserver.vendors.script import Script, TimelineRule


def ids(world, query=""):
    world.request("GET", "/v1/videos", query=query)
    status, body = world.last_answer()
    assert status == 200
    return [video["id"] for video in body["data"]]


class TestList:
    def test_newest_first_and_either_way(self, world):
        w = world()
        made = [w.create() for _ in range(3)]
        assert ids(w) == made[::-1]
        assert w.last_answer().body["object"] == "list"
        assert w.last_answer().body["first_id"] == made[2]
        assert w.last_answer().body["last_id"] == made[0]
        assert w.last_answer().body["has_more"] is False
        assert ids(w, "order=asc") == made
        assert ids(w, "order=desc") == ids(w, "order=sideways") == made[::-1]

    def test_pages_follow_the_cursor(self, world):
        w = world()
        made = [w.create() for _ in range(5)][::-1]
        assert ids(w, "limit=2") == made[:2]
        assert w.last_answer().body["has_more"] is True
        assert ids(w, f"limit=3&after={made[1]}") == made[2:]
        assert w.last_answer().body["has_more"] is False
        assert ids(w, f"order=asc&after={made[1]}") == [made[0]]
        assert ids(w, "after=G-none") == []

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [("0", 0), ("-3", 0), ("1.9", 1), ("x", 50), ("", 50), ("1e3", 50), ("999", 100), ("9" * 15, 100)],
    )
    def test_the_limit_is_clamped(self, world, limit, expected):
        w = world()
        for _ in range(101):
            w.seed()
        assert len(ids(w, f"limit={limit}")) == expected
        if not expected:
            assert w.last_answer().body["first_id"] is None
            assert w.last_answer().body["has_more"] is True

    def test_status_takes_lists_repeats_and_aliases(self, world):
        w = world()
        done = w.create()
        w.sleep(60)
        running = w.create()
        w.sleep(5)
        queued = w.create()
        assert ids(w, "status=succeeded") == [done]
        assert ids(w, "status=running,%20QUEUED") == [queued, running]
        assert ids(w, "status=in_progress&status=complete") == [running, done]
        assert ids(w, "status=canceled,error,expired") == []
        assert ids(w, "status=pending,nonsense") == [queued]
        assert ids(w, "status=nonsense") == ids(w)

    def test_the_first_eras_have_no_cursors(self, world):
        w = world("2026-04-01")
        made = [w.create() for _ in range(2)][::-1]
        assert ids(w, f"after={made[0]}&order=asc") == made
        assert set(w.last_answer().body) == {"object", "data"}
        assert ids(w, "status=processing") == []
        assert ids(w, "status=queued") == made
        assert ids(w, "status=expired") == []

    def test_an_entry_is_what_get_shows(self, world):
        w = world()
        video = w.create(model="openai/sora-2")
        w.sleep(9)
        shown = w.get(video)
        ids(w)
        assert w.last_answer().body["data"] == [shown]


class TestModels:
    def test_what_they_can(self, world):
        w = world()
        w.request("GET", "/v1/videos/models")
        status, body = w.last_answer()
        first = body["data"][0]
        assert status == 200
        assert body["object"] == "list"
        assert first["model"] == "qwen/wan2.7-t2v"
        assert first["providers"][0]["id"] == "alibaba"
        assert first["supported_params"] == list(first["supported_params_detail"])
        assert first["pricing"]["unit"] == "second"

    def test_the_first_eras_say_less(self, world):
        w = world("2026-05-06")
        w.request("GET", "/v1/videos/models")
        assert "supported_params_detail" not in w.last_answer().body["data"][0]

    def test_a_filter_names_what_they_must_support(self, world):
        w = world()
        for query, some in (("params=size,seed", True), ("params=seed&params=duration", True), ("params=magic", False)):
            w.request("GET", "/v1/videos/models", query=query)
            assert bool(w.last_answer().body["data"]) is some


class TestDelete:
    @pytest.mark.parametrize("state", ["completed", "failed"])
    def test_a_finished_video_is_gone(self, world, state):
        w = world(script=Script(timeline_rules=(TimelineRule((TimelineStep(state, Manual()),)),)))
        video = w.create()
        w.request("DELETE", f"/v1/videos/{video}")
        assert w.last_answer() == (200, {"id": video, "object": "video.deleted", "deleted": True})
        for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/content")):
            w.request(method, f"/v1/videos/{video}{rest}")
            assert w.reason() == (404, "video_deleted")
        assert ids(w) == []

    @pytest.mark.parametrize("state", ["queued", "processing", "cancelled", "expired"])
    def test_others_are_not(self, world, state):
        w = world(script=Script(timeline_rules=(TimelineRule((TimelineStep(state, Manual()),)),)))
        video = w.create()
        w.request("DELETE", f"/v1/videos/{video}")
        assert w.reason() == (400, "video_delete_requires_terminal_status")
        assert w.last_answer().body["status"] == state
        assert w.get(video)["id"] == video

    def test_nor_unknown_ones(self, world):
        w = world()
        w.request("DELETE", "/v1/videos/G-none")
        assert w.reason() == (404, "video_not_found_or_not_owned")

    def test_a_video_is_unknown_before_it_exists(self, world):
        w = world()
        video = w.create()
        w.sleep(-1)
        w.request("GET", f"/v1/videos/{video}")
        assert w.reason() == (404, "video_not_found_or_not_owned")
