import gc
import weakref
from collections.abc import Iterable

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.core.timeline import NO_END, Manual, Polls, Timed, TimelineStep
from mockserver.core.wire import Exchange, Response
from mockserver.engine.reply import FINDINGS_HEADER
from mockserver.engine.router import Router
from mockserver.engine.session import MAX_ATTEMPTS, Session
from mockserver.engine.store import VersionConflict
from mockserver.errors import MockError
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import Answer, AppendInput, Operation, Role, StoreChange, build_timeline
from mockserver.vendors.script import ItemScript, Script, SeededJob, TimelineRule
from tests.support.histories import transitions
from tests.support.toy_vendor import ERA, OPERATIONS, START, ToyWorld, make_era, setup, toy_world

POLLED = Script(
    timeline_rules=(
        TimelineRule((TimelineStep("wet", Polls(2)), TimelineStep("firing", Manual()), TimelineStep("done"))),
    )
)


def code(error: pytest.ExceptionInfo[MockError]) -> tuple[str, str, str]:
    (problem,) = error.value.problems
    return problem.code, problem.message, problem.hint


def with_pots(count: int = 1, script: Script | None = None) -> ToyWorld:
    world = toy_world(script) if script else toy_world()
    for _ in range(count):
        world.request("POST", "/pots", {"shape": "jug"})
    return world


class TestAnswer:
    def test_a_reply_is_sent_as_much_later_as_the_vendor_says(self):
        def slow(call):
            return Answer(Response(200), delay=3 * SECOND)

        operation = Operation("slow", "pot", "GET", "/slow", slow, role=Role.OTHER, may_be_held=True)
        world = toy_world(era=make_era(operations=(*OPERATIONS, operation)))
        world.request("GET", "/slow")
        assert world.reply.transmission.delay == 3 * SECOND
        undeclared = toy_world(era=make_era(operations=(*OPERATIONS, operation._replace(may_be_held=False))))
        with pytest.raises(ValueError, match="operation slow holds an answer back"):
            undeclared.request("GET", "/slow")

    def test_a_reply_says_what_it_is_about(self):
        world = with_pots()
        made = world.reply
        assert made.vendor == "toy"
        assert made.kind == "pot"
        assert made.job_id == "pot-1"
        assert made.operation == "create"
        assert made.at == START
        world.request("GET", "/pots/pot-1")
        assert world.reply.job_id == "pot-1"
        assert world.reply.valid_until == START + 2 * SECOND

    @pytest.mark.parametrize(
        ("method", "path", "body", "job"),
        [
            ("GET", "/pots/a%2Fb", None, "a/b"),
            ("GET", "/seek?pot=p1&pot=p2", None, "p2"),
            ("GET", "/seek", None, ""),
            ("POST", "/tell", {"pot": "p1"}, "p1"),
            ("POST", "/tell", {"pot": ["p1"]}, ""),
            ("POST", "/tell", {}, ""),
            ("POST", "/tell", b"{", ""),
            ("GET", "/pots", None, ""),
            ("GET", "/nowhere", None, ""),
        ],
    )
    def test_the_jobs_id_is_found_where_the_operation_has_it(self, method, path, body, job):
        world = toy_world()
        world.request(method, path, body)
        assert world.reply.job_id == job

    def test_request_ids_count_up(self):
        world = with_pots(2)
        assert [entry.request_id for entry in world.session.journal] == ["req_100000001", "req_100000002"]
        assert world.request("GET", "/pots/pot-1")[1]["request"] == world.reply.request_id == "req_100000003"

    def test_the_journal_has_every_exchange_and_what_we_noticed(self):
        world = with_pots()
        world.request("GET", "/potz/pot-1")
        world.request("GET", "/pots", key_error="no scenario 'x'")
        notes = [(entry.operation, entry.job_id, entry.note) for entry in world.session.journal]
        assert notes == [
            ("create", "pot-1", ""),
            ("", "", "nearest: GET /pots/{pot_id} (segment 1 of the path is 'potz', not 'pots')"),
            ("list", "", "no scenario 'x'"),
        ]

    def test_a_miss_without_any_operation_has_no_nearest(self):
        world = toy_world(era=make_era(operations=()))
        world.request("GET", "/pots", key_error="no scenario 'x'")
        assert [entry.note for entry in world.session.journal] == ["no scenario 'x'"]

    def test_a_checker_is_asked_first_and_what_it_says_is_told(self):
        asked, said = [], [(), ("P1",), tuple(f"P{number}" for number in range(1, 24))]

        def check(world, pin, exchange):
            asked.append(
                (world, pin, exchange.request.path, exchange.sent_at, exchange.sent_seq, exchange.answered_seq)
            )
            assert exchange.response.header(FINDINGS_HEADER) is None
            return said.pop(0)

        world = toy_world(checker=check)
        world.request("POST", "/pots", {"shape": "jug"})
        assert world.reply.response.header(FINDINGS_HEADER) is None
        world.request("GET", "/pots/pot-1")
        assert world.reply.response.header(FINDINGS_HEADER) == "P1"
        world.request("GET", "/pots", key_error="no scenario 'x'")
        many = ", ".join(f"P{number}" for number in range(1, 21)) + ", 3 more"
        assert world.reply.response.header(FINDINGS_HEADER) == many
        notes = [entry.note for entry in world.session.journal]
        assert notes == ["", "breaks P1", f"no scenario 'x'; breaks {many}"]
        paths = ["/pots", "/pots/pot-1", "/pots"]
        assert asked == [("here@1", ERA.pin, path, START, seq, seq) for seq, path in enumerate(paths, 1)]

    def test_what_is_checked_is_never_repeated(self):
        world = toy_world(checker=lambda world, pin, exchange: ())
        world.request("POST", "/pots", {"shape": "jug"})
        world.request("GET", "/pots/pot-1")
        assert world.reply.valid_until == 0

    def test_observers_see_every_exchange_with_the_eras_pin(self):
        seen: list[tuple[str, Exchange]] = []
        world = toy_world(observers=(lambda pin, exchange: seen.append((pin, exchange)),))
        world.request("POST", "/pots", {})
        world.request("GET", "/pots/pot-1")
        assert [(pin, exchange.sent_seq) for pin, exchange in seen] == [("toy@2026-01-01", 1), ("toy@2026-01-01", 2)]
        assert seen == [("toy@2026-01-01", entry.to_exchange()) for entry in world.session.journal]

    def test_a_repeated_answer_is_noted_and_observed_too(self):
        seen: list[str] = []
        world = toy_world(observers=(lambda pin, exchange: seen.append(exchange.request.path),))
        world.request("POST", "/pots", {})
        world.request("GET", "/pots/pot-1")
        first = world.reply.entry
        assert world.session.record_repeat(first, START + 1) == "req_100000003"
        assert seen == ["/pots", "/pots/pot-1", "/pots/pot-1"]
        assert world.session.journal.seq == 3
        again = list(world.session.journal)[-1]
        assert again == first._replace(seq=3, request_id="req_100000003", at=START + 1)

    def test_the_clock_is_the_sessions(self):
        session = Session(setup(clock=Clock(50, START, 2.0)))
        reply = session.answer("toy", next(iter(with_pots().session.journal)).request, "", 50 + SECOND)
        assert reply.at == START + 2 * SECOND
        assert session.start == START

    def test_a_router_is_shared_where_there_is_one(self):
        router = Router(ERA.operations)
        shared, own = toy_world(routers={ERA.pin: router}), toy_world()
        assert shared.session.context("toy").router is router
        assert own.session.context("toy").router is not router
        assert own.session.context("toy") is own.session.context("toy")


def memory_left_by(world: ToyWorld) -> list[str]:
    """Close a world's session and return the names of its parts that only a collection would free."""
    context = world.session.context("toy")
    parts = {"store": weakref.ref(context.store), "journal": weakref.ref(world.session.journal)}
    gc.disable()
    try:
        world.session.close()
        world.session = world.last = None
        del context
        return [name for name, part in parts.items() if part() is not None]
    finally:
        gc.enable()


class TestClose:
    def test_its_memory_is_free_at_once(self):
        world = with_pots(2)
        assert list(world.session.context("toy").store.jobs("pot", START, states=("wet",)))
        assert memory_left_by(world) == []

    def test_its_memory_is_free_at_once_although_it_had_webhooks_and_sockets(self):
        world = with_pots()
        context = world.session.context("toy")
        world.session.deliveries.vendor_created(context)
        world.session._shared.job_listeners.append(world.session.sockets.job_changed)
        del context
        assert memory_left_by(world) == []

    def test_what_is_still_running_can_read_its_jobs(self):
        session = with_pots().session
        session.close()
        assert [job.id for job in session.context("toy").store.jobs("pot", START)] == ["pot-1"]


class Contested(MemoryStore):
    """A store in which another client is faster, a number of times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times
        self.tried = 0

    def commit(self, changes: Iterable[StoreChange]) -> None:
        changes = tuple(changes)
        if any(isinstance(change, AppendInput) for change in changes):
            self.tried += 1
            if self.left:
                self.left -= 1
                raise VersionConflict
        super().commit(changes)


def contested(times: int) -> tuple[ToyWorld, Contested]:
    store = Contested(times)
    world = ToyWorld(Session(setup(make_store=lambda era: store)))
    world.request("POST", "/pots", {})
    return world, store


class TestConflict:
    def test_a_request_is_run_again_when_its_job_has_changed(self):
        world, store = contested(MAX_ATTEMPTS - 1)
        assert world.request("POST", "/pots/pot-1/cancel")[1]["state"] == "smashed"
        assert store.tried == MAX_ATTEMPTS
        assert world.session.journal.seq == 2

    def test_but_not_for_ever(self):
        world, store = contested(MAX_ATTEMPTS)
        with pytest.raises(MockError) as error:
            world.request("POST", "/pots/pot-1/cancel")
        message = "POST /pots/pot-1/cancel: the job kept changing under the request"
        assert code(error) == ("SRV001", message, "")
        assert store.tried == MAX_ATTEMPTS
        assert world.session.journal.seq == 1

    def test_a_move_is_decided_again(self):
        world, store = contested(2)
        assert world.session.move_job("pot-1", "smashed", world.wall_now, force=True).state == "smashed"
        assert store.tried == 3


class TestReset:
    def test_everything_begins_anew_but_the_epoch(self):
        world = with_pots(2)
        again = ToyWorld(world.session.reset(Clock(0, START + 5, 0.0)))
        assert again.session.epoch == 2
        assert again.session.start == START + 5
        assert again.session.name == "here"
        assert again.request("GET", "/pots") == (200, {"pots": []})
        assert again.request("POST", "/pots", {})[1]["id"] == "pot-1"
        assert [entry.request_id for entry in again.session.journal] == ["req_200000001", "req_200000002"]
        assert world.request("GET", "/pots") == (200, {"pots": ["pot-2", "pot-1"]})


class TestSeeds:
    def test_a_scenarios_jobs_are_there_from_the_start(self):
        world = toy_world(Script(jobs=(SeededJob("kept"), SeededJob(age=3 * SECOND), SeededJob(kind="crate"))))
        jobs = {job.id: job.created - START for context in world.session.contexts() for job in context.store.all_jobs()}
        assert jobs == {"pot-1": -3 * SECOND, "kept": 0, "crate-1": 0}

    def test_the_oldest_comes_first_whatever_the_order_in_the_file(self):
        ages = (1, 5, 0, 5, 3)
        seeds = tuple(SeededJob(f"pot-{place}{age}", age=age * SECOND) for place, age in enumerate(ages))
        assert toy_world(Script(jobs=seeds)).request("GET", "/pots") == (
            200,
            {"pots": ["pot-20", "pot-01", "pot-43", "pot-35", "pot-15"]},
        )

    def test_a_room_without_a_scenario_is_made_by_its_first_visitor(self):
        world = toy_world()
        assert list(world.session.contexts()) == []
        world.request("GET", "/pots")
        assert [room.era.vendor for room in world.session.contexts()] == ["toy"]


class TestFind:
    def test_a_job_of_any_kind_by_its_id(self):
        world = with_pots()
        world.request("POST", "/crates", {"cups": [{}]})
        for job_id, kind in (("pot-1", "pot"), ("crate-1", "crate")):
            room, job = world.session.find_job(job_id)
            assert room.era == ERA
            assert job.id == job_id
            assert job.kind == kind
            assert len(room.store) == 2

    def test_an_unknown_id_names_the_nearest(self):
        with pytest.raises(MockError) as error:
            with_pots().session.find_job("pot-11")
        message = "no job 'pot-11' in session 'here' (did you mean 'pot-1'?)"
        assert code(error) == ("ADM004", message, "GET /__mock/jobs")

    def test_an_unknown_id_is_cut(self):
        with pytest.raises(MockError) as error:
            toy_world().session.find_job("x" * 1000)
        assert len(code(error)[1]) < 150


class TestMove:
    def test_along_the_lifecycle(self):
        world = with_pots()
        visit = world.session.move_job("pot-1", "firing", 0)
        assert visit.state == "firing"
        assert visit.entered == START
        assert visit.until == START + 8 * SECOND
        assert visit.cause == "move"
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "firing"

    def test_to_no_state_at_all(self):
        with pytest.raises(MockError) as error:
            with_pots().session.move_job("pot-1", "firin", 0, force=True)
        message = "a pot has no state 'firin' (did you mean 'firing'?)"
        assert code(error) == ("ADM005", message, "Its states are wet, firing, done, smashed.")

    def test_off_the_lifecycle(self):
        world = with_pots()
        with pytest.raises(MockError) as error:
            world.session.move_job("pot-1", "done", 0)
        hint = 'may follow: firing, smashed. "force": true moves it all the same'
        assert code(error) == ("ADM006", "pot-1 is 'wet', and 'done' cannot follow it", hint)
        assert world.session.find_job("pot-1")[1].version == 0

    def test_out_of_a_terminal_state(self):
        world = with_pots()
        world.advance(60)
        with pytest.raises(MockError) as error:
            world.session.move_job("pot-1", "wet", 0)
        assert code(error)[2].startswith("may follow: nothing: it is terminal")

    def test_by_force(self):
        world = with_pots()
        world.advance(60)
        assert world.session.move_job("pot-1", "wet", 0, force=True).until == START + 62 * SECOND

    def test_one_item_of_a_batch(self):
        world = toy_world()
        world.request("POST", "/crates", {"cups": [{}, {}]})
        assert world.session.move_job("crate-1", "hot", 0, item=1).state == "busy"
        with pytest.raises(MockError) as error:
            world.session.move_job("crate-1", "hot", 0, item=1)
        assert code(error)[:2] == ("ADM006", "crate-1 is 'hot', and 'hot' cannot follow it")
        with pytest.raises(MockError) as error:
            world.session.move_job("crate-1", "packed", 0, item=0)
        assert code(error)[0] == "ADM005"

    @pytest.mark.parametrize("item", [-1, 2])
    def test_no_such_item(self, item):
        world = toy_world()
        world.request("POST", "/crates", {"cups": [{}, {}]})
        with pytest.raises(MockError) as error:
            world.session.move_job("crate-1", "hot", 0, item=item, force=True)
        assert code(error) == ("ADM007", f"crate-1 has no item {item}", "0 to 1")

    def test_a_whole_batch(self):
        world = toy_world()
        world.request("POST", "/crates", {"cups": [{}, {}]})
        assert world.session.move_job("crate-1", "busy", 0).state == "busy"

    def test_an_item_of_what_has_none(self):
        with pytest.raises(MockError) as error:
            with_pots().session.move_job("pot-1", "firing", 0, item=0)
        assert code(error) == ("ADM007", "pot-1 has no item 0", "it has no items")


class TestMoney:
    def test_what_was_booked_for_one_and_for_all(self):
        world = with_pots(2)
        world.request("POST", "/pots/pot-2/cancel")
        booked = [(job_id, entry.entry) for job_id, entry in world.session.ledger(START)]
        assert booked == [("pot-1", "charge"), ("pot-2", "charge"), ("pot-2", "refund")]
        assert [entry.key for _, entry in world.session.ledger(START, "pot-1")] == ["pot-1:charge"]
        assert list(world.session.ledger(START, "pot-3")) == []


class TestHappened:
    def test_every_change_after_one_instant_and_until_another(self):
        world = with_pots()
        world.advance(1)
        world.request("POST", "/crates", {"cups": [{}]})
        world.advance(60)
        seen = [
            (job.id, span.state, (span.entered - START) // SECOND)
            for job, span in transitions(world.session, START, START + 10 * SECOND)
        ]
        assert seen == [
            ("pot-1", "firing", 2),
            ("pot-1", "done", 10),
            ("crate-1", "packed", 1),
            ("crate-1", "busy", 3),
            ("crate-1", "ready", 7),
        ]
        later = transitions(world.session, START + 2 * SECOND, START + 3 * SECOND)
        assert [span.state for _, span in later] == ["busy"]

    def test_looking_changes_nothing(self):
        world = with_pots(script=POLLED)
        before = world.session.find_job("pot-1")[1]
        for _ in range(3):
            transitions(world.session, 0, START + SECOND)
        assert world.session.find_job("pot-1")[1] == before


def test_polls_move_a_job_that_waits_for_them():
    world = with_pots(script=POLLED)
    states = [world.request("GET", "/pots/pot-1")[1]["state"] for _ in range(4)]
    assert states == ["wet", "wet", "firing", "firing"]


def test_items_go_as_the_script_says():
    items = (
        ItemScript(timeline=build_timeline(("raw", Timed(0)), ("good", NO_END))),
        ItemScript(queued=(SECOND, SECOND)),
    )
    world = toy_world(Script(jobs=(SeededJob(kind="crate", items=items),)))
    assert [span.state for _, span in transitions(world.session, 0, START)] == ["packed", "busy"]


class TestMark:
    """How far things were at each answer."""

    def marks(self, world: ToyWorld):
        return [
            (
                entry.watermark.inputs_before,
                entry.watermark.inputs_after,
                entry.watermark.last_seq,
                entry.watermark.jobs_created,
            )
            for entry in world.session.journal
        ]

    def test_before_and_after_each_request(self):
        world = with_pots(1, POLLED)
        world.request("GET", "/pots/pot-1")
        world.request("POST", "/pots/pot-1/cancel")
        world.request("POST", "/pots", {})
        world.request("GET", "/pots/pot-2")
        world.request("GET", "/pots")
        world.request("GET", "/nowhere")
        assert self.marks(world) == [
            (0, 0, 0, 0), (0, 1, 0, 1), (1, 2, 1, 1), (0, 0, 2, 1), (0, 1, 2, 2), (0, 0, 3, 2), (0, 0, 0, 0),
        ]  # fmt: skip

    def test_a_repeated_answer_shares_its_mark(self):
        world = with_pots()
        world.request("GET", "/pots/pot-1")
        world.session.record_repeat(world.reply.entry, START)
        first, second = list(world.session.journal)[-2:]
        assert second.watermark is first.watermark


def test_who_waits_is_told_of_moves_too():
    world, rung = with_pots(), []
    world.session.journal.listeners.append(lambda: rung.append(world.session.journal.seq))
    world.session.move_job("pot-1", "firing", 0)
    assert rung == [1]


def test_a_session_takes_the_memory_of_its_jobs_and_its_journal():
    world = ToyWorld(Session(setup()))
    empty = world.session.retained_bytes
    world.request("POST", "/pots", {})
    context = world.session.context("toy")
    assert context.store.retained_bytes > 0
    assert world.session.retained_bytes == (empty + context.store.retained_bytes + world.session.journal.retained_bytes)

    def test_what_is_decided_again_is_not_earlier_than_what_was_faster(self):
        world, store = contested(1)
        world.session.not_before = world.now + 5
        world.request("POST", "/pots/pot-1/cancel")
        (job,) = store.all_jobs()
        assert job.inputs[-1].at == world.now + 5
