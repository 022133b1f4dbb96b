"""Why an answer was given: worked out again, with the job as it was at that answer."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.job import CANCEL, DELIVERY, Deadline, Input
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.timeline import NO_END, Manual, Polls, Timed, TimelineStep
from mockserver.engine.explain import past
from mockserver.engine.explain.request import explain_request
from mockserver.engine.journal import JournalEntry, StaleRequest
from mockserver.engine.reasons import Reason
from mockserver.engine.session import Session
from mockserver.scenario.faults.status import StatusEffect
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import (
    Accept,
    AlreadyCancelled,
    Answer,
    AppendInput,
    BodyPolicy,
    ConsumeLimit,
    Operation,
    Refuse,
    Role,
    build_timeline,
)
from mockserver.vendors.commands import find_job, record_command
from mockserver.vendors.faults import Fault
from mockserver.vendors.http import RequestError, json_response
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse, TimelineRule
from tests.support.toy_vendor import (
    CRATES,
    DELETING,
    ERA,
    OPERATIONS,
    POTS,
    START,
    ToyWorld,
    echo,
    make_era,
    not_found,
    setup,
    toy_world,
)

LINES = Script(
    name="mine",
    timeline_rules=(
        TimelineRule(
            (
                TimelineStep("wet", Timed(2 * SECOND), line=5),
                TimelineStep("firing", Timed(8 * SECOND), line=6),
                TimelineStep("done", line=7),
            )
        ),
    ),
)


def entry_of(world: ToyWorld, place: int = -1) -> JournalEntry:
    return list(world.session.journal)[place]


def whys(world: ToyWorld, place: int = -1, **more) -> dict[str, Reason]:
    """The reasons of an answer, by their word."""
    found = explain_request(world.session, entry_of(world, place), **more)
    return {why.code: why for why in found.reasons}


def text(world: ToyWorld, reason: str, place: int = -1, **more) -> str:
    return whys(world, place, **more)[reason].text


def made(script: Script | None = None, **more) -> ToyWorld:
    world = toy_world(script, **more) if script is not None else toy_world(**more)
    world.request("POST", "/pots", {})
    return world


class TestState:
    def test_the_line_of_the_timeline_and_where_the_instant_lies(self):
        world = made(LINES)
        world.advance(5)
        world.request("GET", "/pots/pot-1")
        why = whys(world)["TIMELINE"]
        assert why.text == "'firing' because t=5s lies in [2s, 10s) of line 6 of scenario mine"
        assert {name: why.json()[name] for name in ("state", "cause", "line", "t", "job")} == {
            "state": "firing", "cause": "time", "line": 6, "t": "5s", "job": "pot-1",
        }  # fmt: skip
        assert text(world, "COURSE") == "'wet' [0s, 2s)"
        assert text(world, "COMING") == "'done' at t=10s"
        assert text(world, "NEXT") == "the next state to be seen is 'done', from t=10s on"
        assert text(world, "JOB") == "pot pot-1, 5s old"

    def test_the_vendors_own_timeline_and_its_end(self):
        world = made()
        world.advance(20)
        world.request("GET", "/pots/pot-1")
        assert text(world, "TIMELINE") == "'done' since t=10s: nothing leaves it (toy@2026-01-01's own timeline)"
        assert not {"COMING", "NEXT", "NOTHING_BY_TIME"} & set(whys(world))

    def test_what_came_later_is_no_part_of_it(self):
        world = made()
        world.advance(1)
        world.request("GET", "/pots/pot-1")
        world.request("POST", "/pots/pot-1/cancel")
        world.request("GET", "/pots/pot-1")
        assert text(world, "TIMELINE", 1) == "'wet' because t=1s lies in [0s, 2s) of toy@2026-01-01's own timeline"
        assert text(world, "LATER", 1) == "since then: cancel accepted at t=1s"
        assert text(world, "CANCELLED") == "'smashed' since t=1s: an accepted cancel led there"
        assert text(world, "INPUTS") == "cancel accepted at t=1s"
        assert "LATER" not in whys(world)

    def test_a_repeated_answer_knows_its_job_as_well(self):
        world = made()
        world.request("GET", "/pots/pot-1")
        world.session.record_repeat(world.reply.entry, world.reply.at + SECOND)
        world.request("POST", "/pots/pot-1/cancel")
        assert text(world, "TIMELINE", 2) == "'wet' because t=1s lies in [0s, 2s) of toy@2026-01-01's own timeline"

    def test_polls(self):
        script = Script(
            name="mine",
            timeline_rules=(TimelineRule((TimelineStep("wet", Polls(2), line=4), TimelineStep("done", line=5))),),
        )
        world = made(script)
        for count, says in enumerate(("1", "2"), 1):
            world.request("GET", "/pots/pot-1")
            polls = f"{says} of its 2 polls have been counted (line 4 of scenario mine); then a poll moves it on"
            assert text(world, "POLLS") == f"'wet' since t=0s: {polls}"
            assert text(world, "POLL_COUNTED") == "this read was counted as a poll of it"
            assert text(world, "NOTHING_BY_TIME").startswith("time alone changes nothing")
            assert ("INPUTS" in whys(world)) is (count > 1)
        assert text(world, "INPUTS") == "1 poll counted"
        world.request("GET", "/pots/pot-1")
        assert text(world, "TIMELINE") == "'done' since t=0s: nothing leaves it (line 5 of scenario mine)"
        assert text(world, "LATER", 1) == "since then: 2 polls"

    def test_manual_and_moved(self):
        world = made(
            Script(
                name="mine",
                timeline_rules=(TimelineRule((TimelineStep("wet", Manual(), line=4), TimelineStep("done", line=5))),),
            )
        )
        world.request("GET", "/pots/pot-1")
        assert text(world, "TIMELINE") == "'wet' since t=0s: until it is moved (line 4 of scenario mine)"
        world.advance(3)
        world.session.move_job("pot-1", "firing", 0)
        world.request("GET", "/pots/pot-1")
        assert text(world, "MOVED") == "'firing' since t=3s: it was moved there by hand"
        assert text(world, "INPUTS") == "moved to 'firing' at t=3s"

    def test_a_deadline(self):
        kinds = {"pot": POTS._replace(deadlines=(Deadline(5 * SECOND, "smashed"),)), "crate": CRATES}
        world = made(era=make_era(kinds=kinds))
        world.request("GET", "/pots/pot-1")
        assert text(world, "UNDER_DEADLINE") == "unfinished at t=5s it would become 'smashed'"
        world.advance(9)
        world.request("GET", "/pots/pot-1")
        assert text(world, "DEADLINE") == "'smashed' since t=5s: the vendor's deadline found it unfinished"

    def test_a_batch_is_what_its_items_are(self):
        crates = Operation(
            "crate", "crate", "GET", "/crates/{crate_id}", echo, role=Role.READ, id_in=("path", "crate_id")
        )
        world = toy_world(era=make_era(operations=(*OPERATIONS, crates)))
        world.request("POST", "/crates", {"cups": [{}, {}]})
        assert text(world, "ITEMS") == "'packed' since t=0s because of its items: at t=0s they are 2 raw"
        world.advance(3)
        world.request("GET", "/crates/crate-1")
        assert text(world, "ITEMS") == "'busy' since t=2s because of its items: at t=3s they are 2 hot"

    def test_an_item_is_told_by_its_batch(self):
        def show(call):
            return echo(call) if call.view.item(call.path_params["cup_id"]) else not_found(call)

        cups = Operation("cup", "cup", "GET", "/cups/{cup_id}", show, role=Role.READ, id_in=("path", "cup_id"))
        world = toy_world(era=DELETING._replace(operations=(*DELETING.operations, cups)), make_store=_with_items)
        world.request("POST", "/crates", {"cups": [{}, {}]})
        world.request("GET", "/cups/crate-1.1")
        assert text(world, "JOB") == "crate crate-1, 0s old (the request names its item 2, crate-1.1)"
        assert text(world, "ITEMS").endswith("they are 2 raw")

    @pytest.mark.parametrize("role", [Role.CANCEL, Role.OTHER])
    def test_a_call_that_is_refused_as_it_names_an_item_is_not_told_by_the_batchs_table(self, role):
        stop = Operation("stop", "cup", "POST", "/cups/{cup_id}/stop", not_found, role=role, id_in=("path", "cup_id"))
        world = toy_world(era=DELETING._replace(operations=(*DELETING.operations, stop)), make_store=_with_items)
        world.request("POST", "/crates", {"cups": [{}, {}]})
        world.request("POST", "/cups/crate-1.1/stop")
        assert text(world, "ITEM") == "crate-1.1 is item 2 of crate crate-1"
        assert "CANCEL_REFUSED" not in whys(world)

    def test_progress_that_changes_sooner_is_told(self):
        script = Script(
            name="mine",
            timeline_rules=(TimelineRule((TimelineStep("wet", Timed(10 * SECOND), (0, 100)), TimelineStep("done"))),),
        )
        world = made(script)
        world.request("GET", "/pots/pot-1")
        says = "the next state to be seen is 'done', from t=10s on; its progress changes at t=100ms"
        assert text(world, "NEXT") == says

    def test_webhooks_are_told(self):
        world = made()
        store = world.session.context("toy").store
        shown = {"event": "pot.done", "number": 1, "delivered": True, "lost": False, "error": ""}
        for seq, more in enumerate(
            ({}, {"delivered": False, "lost": True}, {"delivered": False, "error": "HTTP 500"}), 1
        ):
            happened = Input(world.session.start, seq, DELIVERY, "k", shown | more)
            store.commit([AppendInput("pot", "pot-1", seq - 1, happened)])
        world.request("GET", "/pots/pot-1")
        assert text(world, "INPUTS") == (
            "webhook pot.done, attempt 1, delivered at t=0s, webhook pot.done, attempt 1, lost at t=0s, "
            "webhook pot.done, attempt 1, not delivered (HTTP 500) at t=0s"
        )


def _with_items(era):
    return MemoryStore({"crate": era.kinds["crate"].item_ids})


class TestCancel:
    def policy(self, **fields) -> Script:
        return LINES._replace(cancels={"pot": CancelScript(**{"line": 9, "refuse_line": 11, **fields})})

    def cancelled(self, script: Script | None = None, after: float = 1, **more) -> ToyWorld:
        world = made(script, **more)
        world.advance(after)
        world.request("POST", "/pots/pot-1/cancel")
        return world

    def test_accepted_by_the_vendors_table(self):
        why = whys(self.cancelled())["CANCEL_ACCEPTED"]
        assert why.text == "the cancel at t=1s was accepted by toy@2026-01-01's table for 'wet': smashed"
        assert why.facts == {"found": "wet"}

    def test_accepted_by_the_scenario(self):
        world = self.cancelled(self.policy())
        assert (
            text(world, "CANCEL_ACCEPTED")
            == "the cancel at t=1s was accepted by the scenario's cancel policy, line 9: smashed"
        )

    def test_accepted_and_lost(self):
        world = self.cancelled(self.policy(race=True))
        says = (
            "the cancel at t=1s was accepted by the scenario's cancel policy, line 9, and the job goes on all the same"
        )
        assert text(world, "CANCEL_LOST") == says

    def test_refused_by_the_scenario_and_when_it_would_not_have_been(self):
        world = self.cancelled(self.policy(sources=frozenset({"wet"}), refusal=ScriptedResponse(409)), 5)
        says = "the cancel at t=5s was refused by the scenario's cancel.refuse, line 11, as the job was 'firing'"
        assert text(world, "CANCEL_REFUSED") == says
        assert text(world, "TOO_LATE") == "it would have been answered 200 while the job was 'wet': [0s, 2s)"
        assert "TOO_EARLY" not in whys(world)

    def test_refused_by_both(self):
        world = self.cancelled(self.policy(sources=frozenset({"wet"})), 5)
        says = "was refused by the scenario's cancel policy (line 9) and toy@2026-01-01's table for 'firing'"
        assert text(world, "CANCEL_REFUSED") == f"the cancel at t=5s {says}"

    def test_refused_by_the_table(self):
        world = self.cancelled(after=20)
        assert text(world, "CANCEL_REFUSED") == "the cancel at t=20s was refused by toy@2026-01-01's table for 'done'"
        says = "it would have been answered 200 while the job was 'wet' or 'firing': [0s, 10s)"
        assert text(world, "TOO_LATE") == says
        why = whys(world)["TOO_LATE"].json()
        assert why["status"] == 200
        assert why["state"] == "firing"
        assert why["states"] == ["wet", "firing"]
        assert why["since"] < why["until"]

    def turning(self, script: Script, after: float) -> ToyWorld:
        """A cancel where pots look stuck, and may be cancelled, when they have been fired for more than 3 s."""
        stuck = Accept(build_timeline(("smashed", NO_END)), after=3 * SECOND, otherwise=Refuse("early"))
        pots = POTS._replace(cancel_table={**POTS.cancel_table, "firing": stuck})
        return self.cancelled(script, after, era=make_era(kinds={"pot": pots}))

    def test_refused_before_a_turning_point_within_the_state(self):
        world = self.turning(LINES, 3)
        says = "it will be answered 200 after t=5s, if the job is still 'firing' then"
        assert text(world, "TOO_EARLY") == says
        assert text(world, "TOO_LATE") == "it would have been answered 200 while the job was 'wet': [0s, 2s)"
        assert whys(world)["TOO_EARLY"].json()["since"].endswith(".000001Z")

    def test_refused_behind_a_turning_point_within_the_state(self):
        world = self.turning(LINES, 11)
        assert text(world, "TOO_LATE") == "it would have been answered 200 while the job was 'firing': (5s, 10s)"
        assert "TOO_EARLY" not in whys(world)

    def test_a_stay_that_ends_at_its_turning_point_has_none(self):
        steps = (
            TimelineStep("wet", Timed(2 * SECOND)),
            TimelineStep("firing", Timed(3 * SECOND)),
            TimelineStep("done"),
        )
        world = self.turning(Script(name="mine", timeline_rules=(TimelineRule(steps),)), 3)
        assert "TOO_EARLY" not in whys(world)

    def test_refused_before_it_is_accepted(self):
        cancel = {"wet": Refuse("early"), "firing": POTS.cancel_table["firing"]}
        world = self.cancelled(era=make_era(kinds={"pot": POTS._replace(cancel_table=cancel), "crate": CRATES}))
        assert text(world, "TOO_EARLY") == "it will be answered 200 from t=2s on, when the job is 'firing'"

    def test_off_in_an_era(self):
        kinds = {"pot": POTS._replace(cancel_table={}), "crate": CRATES}
        world = self.cancelled(era=make_era(kinds=kinds, supports_cancel=False))
        assert text(world, "CANCEL_OFF") == "the cancel at t=1s was refused as every cancel is in toy@2026-01-01"

    def test_off_whatever_the_job(self):
        def refuse(call):
            return Answer(json_response(501, {}))

        operations = tuple(one._replace(handler=refuse) if one.name == "cancel" else one for one in DELETING.operations)
        kinds = {**DELETING.kinds, "pot": POTS._replace(cancel_table={})}
        world = made(era=make_era(operations=operations, kinds=kinds, supports_cancel=False))
        world.request("DELETE", "/pots/pot-1")
        for pot in ("pot-1", "pot-9"):
            world.request("POST", f"/pots/{pot}/cancel")
            assert text(world, "CANCEL_OFF") == "every cancel is refused in toy@2026-01-01, whatever the job"
            assert not {"DELETED", "UNKNOWN_JOB"} & set(whys(world))

    def test_a_job_that_is_not_there_is_told_where_the_answer_says_so(self):
        kinds = {"pot": POTS._replace(cancel_table={}), "crate": CRATES}
        world = made(era=make_era(kinds=kinds, supports_cancel=False))
        world.request("POST", "/pots/other/cancel")
        assert text(world, "UNKNOWN_JOB") == "the session has no pot 'other'"

    def test_a_cancel_that_deletes_an_ended_job_is_not_refused(self):
        operations = tuple(
            one._replace(role=Role.CANCEL) if one.name == "break" else one for one in DELETING.operations
        )
        world = made(era=DELETING._replace(operations=operations))
        world.advance(20)
        world.request("DELETE", "/pots/pot-1")
        assert text(world, "ACCEPTED") == "the delete was accepted, and is recorded with the job"
        assert "CANCEL_REFUSED" not in whys(world)

    def test_repeated(self):
        cancel = {**POTS.cancel_table, "done": AlreadyCancelled()}
        world = self.cancelled(
            after=20, era=make_era(kinds={"pot": POTS._replace(cancel_table=cancel), "crate": CRATES})
        )
        says = "changed nothing: the job was 'done' already, and toy@2026-01-01's table repeats the answer"
        assert text(world, "CANCEL_REPEATED") == f"the cancel at t=20s {says}"

    def test_refused_on_a_further_condition(self):
        def never(call):
            return not_found(call)

        operations = tuple(one._replace(handler=never) if one.name == "cancel" else one for one in OPERATIONS)
        world = self.cancelled(era=make_era(operations=operations))
        says = (
            "was refused: toy@2026-01-01's table accepts one for 'wet' only on a further condition, which was not met"
        )
        assert text(world, "CANCEL_REFUSED") == f"the cancel at t=1s {says}"

    def test_of_a_batch(self):
        def cancel(call):
            job = find_job(call, "crate", call.path_params["crate_id"])
            return Answer(json_response(202, {}), record_command(call, job, CANCEL)[1])

        stop = Operation(
            "cancel_crate",
            "crate",
            "POST",
            "/crates/{crate_id}/cancel",
            cancel,
            role=Role.CANCEL,
            id_in=("path", "crate_id"),
        )
        world = toy_world(era=make_era(operations=(*OPERATIONS, stop)))
        world.request("POST", "/crates", {"cups": [{}]})
        world.request("POST", "/crates/crate-1/cancel")
        assert (
            text(world, "CANCEL_ACCEPTED") == "the cancel at t=0s was accepted by toy@2026-01-01's table for 'packed'"
        )

    def test_in_a_crowd_the_table_is_not_asked_again(self, monkeypatch):
        def crowded(call):
            call.view.count("pot", call.now)
            return not_found(call)

        operations = tuple(one._replace(handler=crowded) if one.name == "cancel" else one for one in OPERATIONS)
        world = self.cancelled(era=make_era(operations=operations))
        monkeypatch.setattr(past, "MAX_JOBS", 0)
        assert text(world, "CANCEL_REFUSED") == "the cancel at t=1s was refused by toy@2026-01-01's table for 'wet'"
        assert not {"TOO_LATE", "TOO_EARLY"} & set(whys(world))


class TestOthers:
    def test_a_create(self):
        world = made(LINES)
        says = "it made pot pot-1, number 1, with the timeline wet -> firing -> done (lines 5 to 7 of scenario mine)"
        assert text(world, "CREATED") == says
        assert text(made(), "CREATED").endswith("(toy@2026-01-01's own)")

    @pytest.mark.parametrize(
        ("body", "whose"),
        [({"pot": "pot-1", "count": 1}, ": pot pot-1 is 3s old"), ({"pot": "pot-9"}, ""), (["pot-1"], "")],
    )
    def test_a_create_that_is_answered_with_what_was_made_before(self, body, whose):
        again = Operation(
            "again",
            "pot",
            "POST",
            "/again",
            lambda call: Answer(json_response(202, body)),
            role=Role.CREATE,
            body=BodyPolicy.JSON,
        )
        world = made(era=make_era(operations=(*OPERATIONS, again)))
        world.advance(3)
        world.request("POST", "/again", {})
        assert text(world, "NOTHING_MADE") == f"nothing was made, as it was requested before{whose}"

    def test_a_create_that_was_refused_says_the_vendors_reason(self):
        world = toy_world(era=make_era(error_reason=lambda body: "the clay is dry" if body else ""))
        world.request("POST", "/pots", b"[1]")
        assert text(world, "BODY") == "the body was refused: not an object, the body is an array"
        assert text(world, "VENDOR_REASON") == "the vendor's own reason in the body: the clay is dry"
        assert "LIST" not in whys(world)

    def test_a_delete_and_what_asks_after_it(self):
        world = made(era=DELETING)
        world.advance(1)
        world.request("DELETE", "/pots/pot-1")
        assert text(world, "ACCEPTED") == "the delete was accepted, and is recorded with the job"
        world.advance(1)
        world.request("GET", "/pots/pot-1")
        assert text(world, "DELETED") == "pot-1 had been deleted at t=1s"
        assert "TIMELINE" not in whys(world)

    def test_one_that_is_past_its_retention(self):
        world = made(era=DELETING)
        world.advance(100)
        world.request("GET", "/pots/pot-1")
        assert text(world, "EXPIRED") == "pot-1 was older than the 1m40s that the vendor keeps a pot"

    def test_an_unknown_job(self):
        world = made()
        world.request("GET", "/pots/pot-2")
        assert text(world, "UNKNOWN_JOB") == "the session has no pot 'pot-2' (did you mean 'pot-1'?)"
        says = "pot-2 belongs to session 'other'; this request went to session 'here'"
        assert text(world, "OTHER_SESSION", sessions_with_job=lambda job_id: ["here", "other"]) == says

    def test_an_unknown_job_that_was_made_later(self):
        world = toy_world()
        world.request("GET", "/pots/pot-1")
        world.request("POST", "/pots", {})
        assert text(world, "UNKNOWN_JOB", 0) == "the session had no pot pot-1 then; it was made later"

    def test_what_only_the_clock_took_away_is_not_told_by_a_state(self):
        def link(call):
            return echo(call) if call.now < START + 3 * SECOND else not_found(call)

        operations = tuple(one._replace(handler=link) if one.name == "break" else one for one in OPERATIONS)
        world = made(era=make_era(operations=operations))
        world.advance(5)
        world.request("DELETE", "/pots/pot-1")
        assert "while the job was 'wet'" in text(world, "TOO_LATE"), "'firing' had begun at 2s, and goes on"

    def test_a_list_and_what_there_was_to_list(self):
        world = made()
        world.request("GET", "/pots?state=wet")
        world.request("POST", "/pots", {})
        assert text(world, "LIST", 1) == "filter: state=wet; there were 1 pot(s): 1 wet; the answer has 1 of them"
        world.request("GET", "/pots")
        assert text(world, "LIST") == "no filter; there were 2 pot(s): 2 wet; the answer has 2 of them"

    def test_a_list_of_nothing_that_is_no_list(self):
        world = toy_world()
        world.request("GET", "/pots/colours")
        assert text(world, "LIST") == "no filter; there were 0 pot(s)"

    def test_a_list_in_a_crowd(self, monkeypatch):
        world = made()
        world.request("GET", "/pots")
        monkeypatch.setattr(past, "MAX_JOBS", 0)
        assert text(world, "LIST") == "1 of pot had been made; too many to count by state"

    def test_a_path_that_nobody_has(self):
        world = toy_world()
        world.request("POST", "/pots/p1/cancle")
        why = whys(world)["PATH"]
        assert why.text.splitlines()[:4] == [
            "no operation of toy@2026-01-01 has this path; the nearest are",
            "1. cancel: POST /pots/{pot_id}/cancel",
            "       ✓ the method is POST",
            "       ✗ segment 3 of the path is 'cancle', not 'cancel'",
        ]
        assert why.facts["nearest"][0]["operation"] == "cancel"

    def test_a_method_that_the_path_does_not_have(self):
        world = toy_world()
        world.request("PATCH", "/pots/p1")
        assert whys(world)["METHOD"].facts["allowed"] == ["DELETE", "GET", "PUT"]

    @pytest.mark.parametrize(
        ("key", "says"),
        [
            ({}, "the request has no API key"),
            ({"x-key": "expired"}, "the API key 'expired' is always refused: expired key"),
        ],
    )
    def test_keys(self, key, says):
        world = toy_world()
        world.request("GET", "/pots", None, key)
        assert text(world, "KEY") == says
        assert "LIST" not in whys(world)

    def test_a_key_of_another_form(self):
        world = toy_world(era=make_era(parse_api_key=lambda request: RequestError.MALFORMED_KEY))
        world.request("GET", "/pots")
        assert text(world, "KEY") == "the API key was refused: malformed key"

    def test_a_key_that_names_no_scenario(self):
        era = make_era(
            render_request_error=lambda call, what, detail: replace_status(
                ERA.render_request_error(call, what, detail), 401
            )
        )
        world = toy_world(era=era)
        world.request("GET", "/pots", None, {"x-key": "scenario:x"}, key_error="no scenario 'x'")
        assert text(world, "KEY") == "the API key names a scenario that does not exist: no scenario 'x'"
        assert text(world, "SESSION").startswith("session here@1 (named by the API key)")

    def test_no_key_is_wanted(self):
        world = toy_world()
        world.request("PUT", "/photos/1", b"x")
        assert "KEY" not in whys(world)
        assert text(world, "OPERATION") == "toy@2026-01-01 post: PUT /photos/{photo} with photo = '1'"

    def test_a_rate_limit(self):
        world = made(
            LINES._replace(limits={"get": RateLimit(1, 60 * SECOND)}), era=make_era(render_request_error=_too_many)
        )
        world.request("GET", "/pots/pot-1")
        assert text(world, "LIMIT") == "the rate limit of get, 1 in 1m, let it through as number 1"
        world.advance(20)
        world.request("GET", "/pots/pot-1")
        assert text(world, "RATE_LIMITED") == "the rate limit of get was used up: 1 in 1m"
        assert text(world, "LIMIT_REOPENS") == "after 40s the limit lets the same request through"
        assert "TIMELINE" not in whys(world)

    def test_a_limit_that_a_handler_counts_itself(self):
        bucket = ("each pot", "list")

        def limited(call):
            if call.view.window(bucket) is not None:
                refused = replace_answer(not_found(call), 429)
                headers = (*refused.response.headers, ("Retry-After", "60"))
                return Answer(refused.response._replace(headers=headers))
            return Answer(replace_answer(not_found(call), 200).response, (ConsumeLimit(bucket, LimitWindow(call.now)),))

        operations = tuple(one._replace(handler=limited) if one.name == "list" else one for one in OPERATIONS)
        world = toy_world(era=make_era(operations=operations))
        world.request("GET", "/pots")
        assert not {"LIMIT", "RATE_LIMITED"} & set(whys(world))
        world.request("GET", "/pots")
        assert text(world, "RATE_LIMITED") == "a limit of the vendor on list is spent"
        assert text(world, "LIMIT_REOPENS") == "60 s later the same request passes"

    def test_a_vendors_own_429_is_no_limit_of_ours(self, monkeypatch):
        def full(call):
            call.view.count("pot", call.now)
            return replace_answer(not_found(call), 429)

        operations = tuple(one._replace(handler=full) if one.name == "list" else one for one in OPERATIONS)
        world = toy_world(LINES._replace(limits={"list": RateLimit(5, SECOND)}), era=make_era(operations=operations))
        world.request("GET", "/pots")
        assert "LIMIT" in whys(world)
        monkeypatch.setattr(past, "MAX_JOBS", -1)
        assert "RATE_LIMITED" in whys(world), "without a count, the limit is the explanation"

    def test_a_preference(self):
        world = made()
        world.request("GET", "/pots/pot-1", None, {"x-key": "k", "prefer": "code=503"})
        says = "the request's header Prefer: code=503 requested this answer; nothing happened to any job"
        assert text(world, "PREFER") == says
        assert not {"NEXT", "TOO_LATE"} & set(whys(world))

    def test_faults_with_the_scenarios_line(self):
        script = LINES._replace(faults=(Fault((StatusEffect(ScriptedResponse(503)),), frozenset({"get"}), line=14),))
        world = made(script)
        world.request("GET", "/pots/pot-1")
        says = "a fault altered this answer, but no job: fault-1: status (line 14 of scenario mine)"
        assert text(world, "FAULT") == says
        world.session.faults.remove("fault-1")
        assert text(world, "FAULT") == "a fault altered this answer, but no job: fault-1: status"

    def test_an_answer_that_got_lost(self):
        world = made()
        world.request("GET", "/pots/pot-1")
        lost = entry_of(world)._replace(incomplete=True)
        reasons = {why.code for why in explain_request(world.session, lost).reasons}
        assert "LOST" in reasons

    def test_findings_and_late_requests(self):
        world = made(checker=lambda world, pin, exchange: ("S1",))
        world.session.journal.stale_requests.append(StaleRequest(world.session.start, 0, "GET", "/pots"))
        assert text(world, "FINDINGS") == "the answer breaks rules of the contract: S1"
        says = "late requests of epoch 0 had come: 1, the last GET /pots; answered 410, they did nothing"
        assert text(world, "STALE_REQUESTS") == says
        assert world.session.journal.stale_requests[0].json()["epoch"] == 0

    @pytest.mark.parametrize(
        ("name", "headers", "says"),
        [
            ("here", {"x-key": "k", "x-mock-session": "here"}, "named by the header X-Mock-Session"),
            ("here", {"x-key": "k"}, "named by the path's prefix"),
            ("default", {"x-key": "k"}, "shared by all requests that name none"),
            ("default", {}, "shared by all requests that name none"),
        ],
    )
    def test_how_the_session_was_named(self, name, headers, says):
        world = ToyWorld(Session(setup(name=name, scenario_name="mine")))
        world.request("GET", "/pots", None, headers)
        assert text(world, "SESSION").startswith(
            f"session {name}@1 ({says}), playing mine, at 1970-01-12T13:46:40.000Z"
        )


def replace_status(response, status):
    return response._replace(status=status)


def replace_answer(answer, status):
    return answer._replace(response=answer.response._replace(status=status))


def _too_many(call, what, detail):
    return replace_status(ERA.render_request_error(call, what, detail), 429)


def test_the_whole_for_people_and_for_programs():
    world = made(LINES)
    world.advance(5)
    world.request("GET", "/pots/pot-1?a=b")
    found = explain_request(world.session, entry_of(world))
    lines = list(found.lines())
    assert lines[0] == "req_100000002: GET /pots/pot-1?a=b -> 200"
    assert [line[4:13].strip() for line in lines[1:]] == ["asked", "", "job", "because", "before", "ahead", "instead"]
    doc = found.json()
    assert doc["text"] == "\n".join(lines)
    assert {name: doc[name] for name in ("request_id", "session", "elapsed", "status", "operation", "job", "era")} == {
        "request_id": "req_100000002", "session": "here@1", "elapsed": "5s", "status": 200, "operation": "get",
        "job": "pot-1", "era": "toy@2026-01-01",
    }  # fmt: skip
    assert [reason["reason"] for reason in doc["reasons"]] == [
        "SESSION", "OPERATION", "JOB", "TIMELINE", "COURSE", "COMING", "NEXT",
    ]  # fmt: skip

    @pytest.mark.parametrize("status", [202, 422])
    def test_a_create_that_its_operation_refused_shows_the_refusal(self, status):
        picky = Operation(
            "picky",
            "pot",
            "POST",
            "/picky",
            lambda call: Answer(json_response(status, {"error": "no handle"})),
            role=Role.CREATE,
            body=BodyPolicy.JSON,
        )
        world = toy_world(era=make_era(operations=(*OPERATIONS, picky)))
        world.request("POST", "/picky", {})
        if status == 422:
            said = 'the vendor\'s rules for this operation refused it: {"error":"no handle"}'
            assert text(world, "REFUSED_BY_OPERATION") == said
        else:
            assert text(world, "NOTHING_MADE").startswith("nothing was made")
