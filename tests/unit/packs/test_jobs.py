"""The jobs of a pack: created, shown by state, cancelled, deleted, renamed, gone."""

import re

import pytest

from mockserver.core.instants import HOUR, SECOND, rfc3339
from mockserver.core.timeline import Polls, Timed, TimelineStep
from mockserver.core.wire import Request
from mockserver.packs.facts import NO_SNAPSHOT
from mockserver.packs.ids import compile_ids
from mockserver.packs.pack import compile_pack
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.reader import read_yaml
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import NO_SCRIPT, CancelScript, Script, SeededJob, TimelineRule
from tests.support.packs import (
    ATELIER,
    ATELIER_TEXT,
    PACK_START,
    PackReply,
    PackWorld,
    atelier,
    changed_text,
    problems_of,
    unlimited,
)

FOREVER_SECONDS = 4_000_000_000


@pytest.fixture
def world() -> PackWorld:
    """The atelier without rate limits."""
    return unlimited()


def test_a_create_shows_the_job_and_its_address(world: PackWorld):
    reply = world.call("POST", "/v1/studios/north/frames?wish=fast", {"shape": "square", "side": 3}, user_agent="t")
    assert reply.status == 201
    assert reply.body["wood"] == "oak"
    assert world.reply.response.header("Location") == f"http://a/v1/frames/{reply.body['id']}"
    assert world.reply.response.header("X-Wish") == "fast"


def test_a_packs_own_timelines_have_no_line_of_a_scenario(world: PackWorld):
    job_id = world.create()
    job = world.session.context("atelier").store.job("frame", job_id)
    plan = job.plan
    steps = [*plan.timeline, *(step for follow in plan.on_cancel.values() for step in follow)]
    assert len(steps) > len(plan.timeline)
    assert {step.line for step in steps} == {0}


def test_a_body_shows_what_its_state_has(world: PackWorld):
    job_id = world.create()
    shown = {}
    for second in (0, 7, 13, 20):
        world.elapsed = second
        body = world.call("GET", f"/v1/frames/{job_id}").body
        shown[body["state"]] = (body["progress"], body.get("seconds"), body.get("ended"))
    assert shown == {
        "waiting": (0, None, None),
        "cutting": (50, None, None),
        "gluing": (0.0, 11.0, None),
        "done": (100, 15.0, 1_000_015_000),
    }


def test_names_that_have_no_value_are_null_or_absent(world: PackWorld):
    body = world.call("POST", "/v1/studios/main/frames", {"shape": "oval", "size": 1.5}).body
    assert {"side", "cut", "none", "error"}.isdisjoint(body)
    assert body["sale"] is None


def test_a_member_of_the_request_is_found_in_lists_too(world: PackWorld):
    body = world.call(
        "POST", "/v1/studios/main/frames", {"shape": "square", "side": 3, "corners": [{"x": 8}], "colour": 5}
    ).body
    assert body["first_corner"] == 8
    assert body["colour"] == "five"


def test_texts_are_composed_of_names():
    world = atelier(date="2026-01-05")
    job_id = world.create(path="/v1/studios/north/frames", body={"shape": "square", "side": 3, "corners": [{"x": 1}]})
    notes = world.call("GET", f"/v1/frames/{job_id}").body["notes"]
    assert notes == ["waiting", f'{job_id} of north, $$5 {{"x":1}} ', "$8", "plain"]


def test_an_address_has_the_parameters_of_the_create(world: PackWorld):
    job_id = world.create(path="/v1/studios/a%20b/frames")
    links = world.call("GET", f"/v1/frames/{job_id}").body["links"]
    assert links == {
        "self": f"http://a/v1/frames/{job_id}",
        "cancel": f"http://a/v1/frames/{job_id}/cancel",
        "search": f"http://a/v1/search?frame={job_id}",
        "shelf": f"http://a/v1/studios/a%20b/frames/{job_id}",
    }


def test_a_job_that_no_call_created_has_the_example_in_its_address():
    world = PackWorld(ATELIER, Script(jobs=(SeededJob("fr_1", body={"shape": "oval", "size": "S"}),)))
    body = world.call("GET", "/v1/frames/fr_1").body
    assert body["links"]["shelf"] == "http://a/v1/studios/main/frames/fr_1"
    assert body["studio"] is None


def test_a_poll_is_valid_until_something_changes(world: PackWorld):
    job_id = world.create()
    valid = {}
    for second in (1, 5, 13, 16, 616, 4_000):
        world.elapsed = second
        state = world.call("GET", f"/v1/frames/{job_id}").body["state"]
        valid[f"{state} {second}"] = world.valid_for
    assert valid == {
        "waiting 1": 2,
        "cutting 5": 5.1,
        "gluing 13": 0,  # its seconds grow
        "done 16": 615,
        "done 616": 3_615,
        "done 4000": 86_400,
    }


def test_an_answer_is_rendered_once_while_nothing_changes(world: PackWorld):
    job_id = world.create()
    world.elapsed = 20
    first = world.send("GET", f"/v1/frames/{job_id}").body
    world.elapsed = 21
    assert world.send("GET", f"/v1/frames/{job_id}").body == first
    job = world.session.context("atelier").store.job("frame", job_id)
    assert job is not None
    assert job.derived["get"].at == PACK_START + 20 * SECOND
    request = Request("GET", f"/v1/frames/{job_id}", "", world.headers)
    elsewhere = world.session.answer("atelier", request, "http://b", 21 * SECOND).response.body
    assert b"http://b/v1/frames" in elsewhere


def test_an_answer_that_depends_on_the_call_is_rendered_for_each(world: PackWorld):
    job_id = world.create()
    assert world.call("GET", f"/v1/frames/{job_id}/status").body == {"state": "waiting"}
    verbose = world.call("GET", f"/v1/frames/{job_id}/status?verbose=1").body
    assert verbose["detail"]["id"] == job_id


def test_an_answer_with_the_id_of_the_request_is_never_kept(world: PackWorld):
    job_id = world.create()
    world.elapsed = 20
    first = world.call("GET", f"/v1/search?frame={job_id}").body["request"]
    assert world.call("GET", f"/v1/search?frame={job_id}").body["request"] != first


def test_the_status_of_an_answer_can_depend_on_the_state(world: PackWorld):
    job_id = world.create()
    statuses = []
    for second in (0, 3, 13, 16):
        world.elapsed = second
        response = world.send("GET", f"/v1/frames/{job_id}/status")
        statuses.append((response.status, response.header("content-type")))
    assert statuses == [
        (202, "application/json"),
        (203, "application/state+json"),
        (200, "application/state+json"),
        (200, "application/state+json"),
    ]


def test_an_error_inside_a_state_is_chosen_by_a_scripted_field():
    def answer(fields: dict[str, str]) -> PackReply:
        timeline = (
            TimelineStep("waiting", Timed(0)),
            TimelineStep("cutting", Timed(0)),
            TimelineStep("broken", fields=fields),
        )
        world = PackWorld(ATELIER, Script("s", timeline_rules=(TimelineRule(timeline),)))
        return world.call("GET", f"/v1/frames/{world.create()}/status")

    assert answer({"error": "glue"}) == PackReply(502, {"error": "glue", "status": 502})
    assert answer({"error": "other"}) == PackReply(500, {"error": "It broke.", "status": 500})


def test_scripted_fields_are_laid_over_the_body_unless_they_are_hidden():
    timeline = (TimelineStep("waiting", fields={"secret": 1, "wood": "teak", "error": "x"}),)
    script = Script("s", timeline_rules=(TimelineRule(timeline),), fields={"frame": {"side": 99}})
    world = PackWorld(ATELIER, script)
    body = world.call("GET", f"/v1/frames/{world.create()}").body
    assert body["wood"] == "teak"
    assert body["side"] == 99
    assert body["error"] == "x"
    assert "secret" not in body


def test_polls_are_counted_where_a_stay_counts_them():
    timeline = (TimelineStep("waiting", Polls(2)), TimelineStep("cutting", Polls(1)), TimelineStep("gluing"))
    world = PackWorld(ATELIER, Script("s", timeline_rules=(TimelineRule(timeline),)))
    job_id = world.create()
    world.call("GET", f"/v1/frames/{job_id}/status")
    states = [world.call("GET", f"/v1/frames/{job_id}").body["state"] for _ in range(4)]
    assert states == ["waiting", "waiting", "cutting", "gluing"]


def test_a_step_without_progress_has_that_of_the_packs_course():
    timeline = (TimelineStep("waiting", Timed(0)), TimelineStep("cutting", Timed(4 * SECOND)), TimelineStep("gluing"))
    world = unlimited(Script("s", timeline_rules=(TimelineRule(timeline),)))
    job_id = world.create()
    world.elapsed = 1
    assert world.call("GET", f"/v1/frames/{job_id}").body["progress"] == 25
    assert world.valid_for == 1.04
    scripted = (TimelineStep("cutting", progress=(7, 7)),)
    world = PackWorld(ATELIER, Script("s", timeline_rules=(TimelineRule(scripted),)))
    assert world.call("GET", f"/v1/frames/{world.create()}").body["progress"] == 7
    endless = (TimelineStep("cutting"),)
    world = PackWorld(ATELIER, Script("s", timeline_rules=(TimelineRule(endless),)))
    assert world.call("GET", f"/v1/frames/{world.create()}").body["progress"] == 0


@pytest.mark.parametrize(
    ("second", "body", "status", "state"),
    [
        (1, None, 200, "scrapped"),
        (3, None, 409, "cutting"),  # less than 4 s after `waiting`
        (5, None, 200, "gluing"),  # and a second later scrapped
        (5, {"shape": "oval", "size": "S"}, 409, "cutting"),  # only for squares and rounds
        (13, None, 409, "gluing"),
    ],
)
def test_a_cancel_is_decided_by_the_row_of_the_state(world: PackWorld, second, body, status, state):
    job_id = world.create(body=body)
    world.elapsed = second
    assert world.call("POST", f"/v1/frames/{job_id}/cancel").status == status
    assert world.call("GET", f"/v1/frames/{job_id}").body["state"] == state


def test_a_repeated_cancel_changes_nothing_and_a_refused_one_says_why(world: PackWorld):
    job_id = world.create()
    first = world.call("POST", f"/v1/frames/{job_id}/cancel")
    world.elapsed = 9
    assert world.call("POST", f"/v1/frames/{job_id}/cancel") == first
    assert world.valid_for == 3_600
    other = world.create()
    world.elapsed = 9 + 13
    assert world.call("POST", f"/v1/frames/{other}/cancel") == PackReply(
        409, {"code": "too_late", "error": "It is gluing.", "status": 409}
    )
    assert world.reply.response.header("X-Error") == "too_late"


def test_an_error_of_a_status_that_a_scenario_asks_for_knows_the_job(world: PackWorld):
    job_id = world.create()
    asked = {"prefer": "code=409"}
    assert world.call("POST", f"/v1/frames/{job_id}/cancel", **asked).body["error"] == "It is waiting."
    assert world.call("POST", "/v1/frames/none/cancel", **asked).body["error"] == "It is ."


def test_a_cancel_deletes_where_its_row_says_so(world: PackWorld):
    job_id = world.create()
    world.elapsed = 20
    assert world.call("POST", f"/v1/frames/{job_id}/cancel").body["state"] == "done"
    assert world.call("GET", f"/v1/frames/{job_id}").status == 404


def test_the_policy_of_a_scenario_decides_before_the_table():
    script = Script("s", cancels={"frame": CancelScript(sources=frozenset({"done"}), follow=(TimelineStep("lost"),))})
    world = PackWorld(ATELIER, script)
    job_id = world.create()
    assert world.call("POST", f"/v1/frames/{job_id}/cancel").body["error"] == "It is waiting."
    world.elapsed = 20
    assert world.call("POST", f"/v1/frames/{job_id}/cancel").body["state"] == "lost"


def test_a_cancel_can_name_its_job_in_the_body(world: PackWorld):
    job_id = world.create()
    assert world.call("POST", "/v1/recall", {"frame": job_id}).status == 204
    assert world.call("GET", f"/v1/frames/{job_id}").body["state"] == "scrapped"
    assert world.call("POST", "/v1/recall", {"frame": 5}).status == 400


def test_a_state_can_refuse_a_delete(world: PackWorld):
    job_id = world.create()
    assert world.call("DELETE", f"/v1/frames/{job_id}") == PackReply(409, {"error": "Come back later.", "status": 409})
    world.elapsed = 20
    assert world.call("DELETE", f"/v1/frames/{job_id}") == PackReply(204, None)
    assert world.call("DELETE", f"/v1/frames/{job_id}").status == 404


def test_an_update_is_shown(world: PackWorld):
    job_id = world.create()
    assert "title" not in world.call("GET", f"/v1/frames/{job_id}").body
    assert world.call("PATCH", f"/v1/frames/{job_id}", {"title": "Sea"}).body["title"] == "Sea"
    assert world.call("PATCH", f"/v1/frames/{job_id}", {"title": "Lake"}).body["title"] == "Lake"


def test_an_unknown_id_and_a_malformed_one_have_their_errors(world: PackWorld):
    assert world.call("GET", "/v1/frames/fr_aaaaaaaaaaaa").body["error"] == "There is no frame fr_aaaaaaaaaaaa."
    assert world.call("GET", "/v1/frames/fr_0") == PackReply(400, {"error": "That is no id.", "status": 400})


def test_a_job_is_gone_in_a_state_and_after_a_time(world: PackWorld):
    job_id = world.create(x_patience="3")
    world.elapsed = 2.9
    assert world.call("GET", f"/v1/frames/{job_id}").status == 200
    world.elapsed = 3
    assert world.call("GET", f"/v1/frames/{job_id}").status == 404
    other = world.create()
    world.elapsed = 3 + 86_399
    assert world.call("GET", f"/v1/frames/{other}").status == 200
    world.elapsed = 3 + 86_400
    assert world.call("GET", f"/v1/frames/{other}").status == 404


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("3", 3), ("1", 3), ("4s", 4), ("9h", 7_200), ("soon", 3_600), ("99999999999", 3_600), (None, 3_600)],
)
def test_a_create_can_say_how_long_a_deadline_is(world: PackWorld, asked, seconds):
    headers = {} if asked is None else {"x_patience": asked}
    body = world.call("POST", "/v1/studios/main/frames", {"shape": "oval", "size": "S"}, **headers).body
    assert body["patience"] == rfc3339(PACK_START + seconds * SECOND, digits=3)


def test_a_deadline_strikes_by_the_state_that_it_finds():
    timeline = (TimelineStep("waiting", Timed(0)), TimelineStep("cutting", Timed(0)), TimelineStep("gluing"))
    world = PackWorld(ATELIER, Script("s", timeline_rules=(TimelineRule(timeline),)))
    job_id = world.create(x_patience="5")
    world.elapsed = 1_799
    assert world.call("GET", f"/v1/frames/{job_id}").body["state"] == "gluing"
    world.elapsed = 1_800
    assert world.call("GET", f"/v1/frames/{job_id}").body["state"] == "broken"


def test_the_ledger_books_by_state_and_by_the_state_that_a_cancel_found(world: PackWorld):
    def entries(second: float, body=None) -> list[tuple[str, float]]:
        own = unlimited()
        job_id = own.create(body=body)
        own.elapsed = second
        own.call("POST", f"/v1/frames/{job_id}/cancel")
        job = next(iter(own.session.context("atelier").store.jobs("frame", FOREVER_SECONDS * SECOND)))
        ledger = own.era.kinds["frame"].ledger
        assert ledger(job, 0) == ()
        return [(each.entry, each.amount) for each in ledger(job, PACK_START + HOUR)]

    assert entries(0) == [("charge", 40), ("refund", 40)]
    assert entries(6) == [("charge", 40)]  # scrapped, but not from `waiting`
    assert entries(13) == [("charge", 40), ("charge", 5)]


def test_active_jobs_are_limited():
    world = atelier()
    for _ in range(3):
        world.create()
    assert world.call("POST", "/v1/frames", {}) == PackReply(429, {"error": "Too many frames.", "status": 429})
    world = PackWorld(ATELIER, Script("s", active_limits={"*": 1}))
    world.create()
    assert world.call("POST", "/v1/frames", {}).status == 429
    world = PackWorld(ATELIER, Script("s", active_limits={"frame": 1, "crate": 2}))
    world.create()
    assert world.call("POST", "/v1/frames", {}).status == 429
    world = PackWorld(ATELIER, Script("s", active_limits={"crate": 1}))
    for _ in range(3):
        world.create()
    assert world.call("POST", "/v1/frames", {}).status == 429  # as the pack has it
    plain = compile_pack(changed_text(("    active_limit: 3\n", "")))
    world = PackWorld(plain)
    for _ in range(4):
        world.create()


def test_a_batch_counts_its_items(world: PackWorld):
    crate = world.call("POST", "/v1/crates", {"frames": [{"name": "a"}, {"name": "b"}]}).body
    assert crate == {"id": crate["id"], "state": "open", "total": 2, "fine": 0, "spoilt": 0}
    world.elapsed = 40
    assert world.call("GET", f"/v1/crates/{crate['id']}").body["fine"] == 2
    lines = world.call("GET", f"/v1/crates/{crate['id']}/lines").body.splitlines()
    assert lines[1] == b'{"n":1,"id":"%s-2","name":"b","state":"fine"}' % crate["id"].encode()


def test_a_batch_drains_after_a_cancel(world: PackWorld):
    job_id = world.call("POST", "/v1/crates", {"frames": [{"name": "a"}] * 4}).body["id"]
    world.elapsed = 3
    assert world.call("POST", f"/v1/crates/{job_id}/stop").body["state"] == "stopping"
    world.elapsed = 60
    assert world.call("GET", f"/v1/crates/{job_id}").body == {
        "id": job_id, "state": "stopped", "total": 4, "fine": 1, "spoilt": 0,
    }  # fmt: skip


def test_a_batch_that_lists_nothing_has_no_items(world: PackWorld):
    kind = world.era.kinds["crate"]
    assert kind.build_spec({"frames": "none"})["items"] == []
    assert kind.new_id("s", 1, 0) == kind.new_id("s", 1, 5)


def test_files_have_their_types(world: PackWorld):
    job_id = world.create()
    assert world.call("GET", f"/v1/frames/{job_id}/photo").status == 409
    world.elapsed = 20
    response = world.send("GET", f"/v1/frames/{job_id}/photo", x_key="")
    assert response.header("content-type") == "image/png"
    assert response.body.startswith(b"\x89PNG")


def test_calls_about_no_job_need_neither_job_nor_key(world: PackWorld):
    assert world.call("GET", "/v1/health", x_key="").body == {"ok": True}
    assert world.call("GET", "/v1/ping").body == {"pong": "atelier"}
    assert world.call("PUT", "/v1/upload", b"name=sea", content_type="application/x-www-form-urlencoded").body == {
        "name": "sea"
    }


def test_an_answer_can_show_the_call(world: PackWorld):
    reply = world.call("POST", "/v1/frames", {"size": {"w": 4}})
    assert reply.body["key"] == "k_1"
    assert reply.body["given"] == 4
    assert reply.body["now"] == "1970-01-12T13:46:40.000Z"
    assert reply.body["secret"] == "whsec_mock"
    assert reply.body["request"].startswith("req_")


def test_the_first_era_is_the_file_and_a_later_one_lies_over_it():
    old, new = atelier(date="2026-01-05"), atelier()
    before, after = (
        world.call("POST", "/v1/studios/main/frames", {"shape": "oval", "size": "S"}).body for world in (old, new)
    )
    assert set(before) - set(after) == {"notes"}
    assert set(after) - set(before) == {"price"}
    assert after["price"] == {"amount": 40}


def test_a_vendor_of_a_pack_has_what_every_vendor_has():
    era = ATELIER.eras[-1]
    assert ATELIER.snippet("http://a", "k") == 'Atelier("http://a/v1", "k")'
    assert ATELIER.environment("http://a", "k") == {"ATELIER_KEY": "k_k", "ATELIER_URL": "http://a/v1"}
    assert era.notices == ("Frames are made by hand.",)
    assert era.supports_cancel
    assert era.error_reason({"code": "gone"}) == "gone"
    assert era.error_reason({"code": 5, "error": "x"}) == "x"
    assert era.error_reason([]) == ""
    sources = {rule.topic: rule.source.confidence for rule in era.all_rules() if rule.source}
    assert sources["limits"] == "inferred"
    assert {"cancel", "errors", "events", "money", "requests", "responses", "states"} <= set(sources)


def test_ids_have_their_forms():
    for name, kind in ATELIER.eras[-1].kinds.items():
        assert re.fullmatch(kind.id_pattern, kind.new_id("seed", 1, PACK_START)), name


def test_a_snapshot_of_no_job_names_nothing():
    assert NO_SNAPSHOT.state == ""
    assert snapshot(NO_SNAPSHOT.job, 5).job.id == ""


def test_ids_of_every_form_are_made_from_the_seed():
    forms = compile_ids(read_yaml(ATELIER_TEXT, "pack.yaml")[0].get("ids"), Diagnostics("pack.yaml"))
    made = {name: form.make("seed", 1, at=PACK_START) for name, form in forms.items()}
    assert all(re.fullmatch(forms[name].pattern, one) for name, one in made.items())
    assert made["paint"].startswith("p-00")
    assert len({*made.values()}) == len(made)
    assert compile_ids(None, Diagnostics("pack.yaml")) == {}


def test_a_deadline_that_counts_from_a_state_has_an_instant_once_it_was_entered():
    world = atelier(NO_SCRIPT, None, ("      sale: $time.sale\n", "      sale: $deadline.drying\n"))
    job_id = world.create()
    assert world.call("GET", f"/v1/frames/{job_id}").body["sale"] is None
    world.elapsed = 13
    assert world.call("GET", f"/v1/frames/{job_id}").body["sale"] == "1970-01-12T14:16:52.000Z"


def test_a_text_with_a_dollar_and_no_name_is_itself():
    world = atelier(
        NO_SCRIPT, None, ("sale: $time.sale\n", "sale: [a $ sign, {$first: [$request.none, $entered.done]}]\n"),
        ("      number: $number\n", "      number: $count.total\n"),
    )  # fmt: skip
    body = world.call("GET", f"/v1/frames/{world.create()}").body
    assert body["sale"] == ["a $ sign", None]
    assert body["number"] == 0


def test_a_table_by_state_has_no_states_where_there_is_no_job():
    text = changed_text(("answer: {body: {ok: true}}", "answer: {body: {ok: {$by: $state, done: 1}}}"))
    assert problems_of(text) == ["239:98 PCK001 `$state` exists only about a job"]


def test_a_table_by_a_value_that_is_absent_has_the_case_null():
    table = '{$by: $request.glass?, "null": none, else: some}'
    world = atelier(NO_SCRIPT, None, ("      sale: $time.sale\n", f"      sale: {table}\n"))
    assert world.call("GET", f"/v1/frames/{world.create()}").body["sale"] == "none"
