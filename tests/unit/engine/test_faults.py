"""Faults at work in a session: who is met, what is counted, and that no job is any different for it."""

import orjson
import pytest

from mockserver.core.clock import parse_clock_mode
from mockserver.core.codings import as_sent
from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.job import DELETE, POLL, Input
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import NO_END, Polls, Timed, TimelineStep
from mockserver.core.transmission import NORMAL, ContentCoding, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine import faults as faulting_module
from mockserver.engine.faults import FAULT_HEADER, SessionFaults
from mockserver.engine.handle import handle
from mockserver.engine.session import Session
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.scenario.nodes import node_to_json
from mockserver.scenario.reader import read_yaml
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import Answer, AppendInput, Call, build_timeline
from mockserver.vendors.script import Script, TimelineRule
from tests.support.toy_vendor import ERA, START, ToyWorld, setup, toy_world

POLLED = (TimelineRule((TimelineStep("wet", Polls(2)), TimelineStep("firing", Polls(2)), TimelineStep("done"))),)
SLOW = (TimelineRule(build_timeline(("wet", Timed(2 * SECOND)), ("firing", Timed(60 * SECOND)), ("done", NO_END))),)


KEY = {"x-key": "a"}


def fault(text: str):
    return parse_fault(node_to_json(read_yaml(f"{{{text}}}")[0]), FaultContext((ERA,), None))


def with_faults(*texts: str, courses=SLOW, pots: int = 1, **changes) -> ToyWorld:
    """A pottery in which something goes wrong, and some pots in it."""
    world = toy_world(Script(timeline_rules=courses, faults=tuple(map(fault, texts))), **changes)
    for _ in range(pots):
        world.request("POST", "/pots", {"shape": "jug"})
    return world


def statuses(world: ToyWorld, count: int, path: str = "/pots/pot-1") -> list[int]:
    return [world.request("GET", path)[0] for _ in range(count)]


def happened(world: ToyWorld) -> list[int]:
    return [placed.occurrences for placed in world.session.faults]


class TestOccasions:
    def test_calls_are_counted_by_job(self):
        world = with_faults("on: get, when: {call: 2}, do: {status: 503}", pots=2)
        assert statuses(world, 3) == [200, 503, 200]
        assert statuses(world, 3, "/pots/pot-2") == [200, 503, 200]
        assert happened(world) == [2]

    def test_calls_about_no_job_are_counted_by_themselves(self):
        world = with_faults("on: [list, get], when: {call: 2}, do: {status: 503}")
        assert statuses(world, 3, "/pots") == [200, 503, 200]
        assert statuses(world, 2) == [200, 503]

    def test_at_most_so_often_for_each_job(self):
        world = with_faults("on: get, when: {every: 2, times: 2}, do: {status: 503}", pots=2)
        assert statuses(world, 7) == [200, 503, 200, 503, 200, 200, 200]
        assert statuses(world, 2, "/pots/pot-2") == [200, 503]

    def test_a_window_is_one_of_the_sessions_clock(self):
        world = with_faults("on: get, when: {between: [5s, 6s]}, do: {status: 503}")
        world.advance(5)
        assert statuses(world, 1) == [503]
        world.advance(1)
        assert statuses(world, 1) == [200]

    def test_chance_is_the_seeds(self):
        first, again, other = (
            statuses(with_faults("on: get, when: {rate: 0.5}, do: {status: 503}", seed=seed), 20)
            for seed in ("a", "a", "b")
        )
        assert first == again != other
        assert set(first) == {200, 503}

    def test_the_first_in_the_list_happens_and_delays_add_up(self):
        world = with_faults(
            "on: get, do: {delay: 1s}",
            "on: get, when: {call: [1, 2]}, do: {status: 503, delay: 2s}",
            "on: get, do: {status: 500, delay: 4s}",
        )
        assert statuses(world, 3) == [503, 503, 500]
        assert happened(world) == [3, 2, 1]
        assert world.reply.transmission == Transmission(delay=5 * SECOND)
        assert world.reply.response.header(FAULT_HEADER) == "delay, status, delay"

    def test_what_was_added_last_is_asked_first(self):
        world = with_faults("on: get, do: {status: 503}")
        world.session.add_fault("toy", fault("on: get, do: {status: 500}"))
        world.session.add_fault("", fault("on: get, do: {status: 501}"))
        world.session.add_fault("other", fault("on: get, do: {status: 502}"))
        assert statuses(world, 1) == [501]
        assert [placed.id for placed in world.session.faults] == ["fault-4", "fault-3", "fault-2", "fault-1"]

    def test_what_the_vendor_refuses_at_the_door_meets_none(self):
        world = with_faults("on: '*', do: {status: 503}")
        assert world.request("GET", "/pots", headers={})[0] == 418
        assert world.request("POST", "/pots", b"{")[0] == 418
        assert world.request("GET", "/nowhere")[0] == 418
        assert happened(world) == [1]

    def test_a_job_by_its_id_or_by_what_its_client_calls_it(self):
        world = with_faults("on: get, job: pot-2, do: {status: 503}", "on: get, job: mine, do: {status: 500}", pots=2)
        world.request("POST", "/pots", {}, headers={"x-key": "key", "x-mock-job": "mine"})
        world.request("GET", "/pots/pot-1", headers={"x-key": "key", "x-mock-job": "mine"})
        found = [statuses(world, 1, f"/pots/pot-{number}") for number in (1, 2, 3)]
        assert found == [[200], [503], [500]]

    def test_numbers_are_kept_of_so_many_jobs_at_most(self, monkeypatch):
        monkeypatch.setattr(faulting_module, "MAX_JOBS_PER_FAULT", 2)
        world = with_faults("on: get, when: {call: 2}, do: {status: 503}", pots=3)
        for number in (1, 2, 3):
            statuses(world, 1, f"/pots/pot-{number}")
        assert list(next(iter(world.session.faults)).counts_by_job) == ["pot-2", "pot-3"]

    def test_all_faults_together_keep_so_many_numbers(self, monkeypatch):
        monkeypatch.setattr(faulting_module, "MAX_COUNTERS", 4)
        fault = "on: get, when: {call: 2}, do: {status: 503}"
        world = with_faults(fault, fault, pots=3)
        for number in (1, 2, 3):
            statuses(world, 1, f"/pots/pot-{number}")
        assert [list(placed.counts_by_job) for placed in world.session.faults] == [["pot-2", "pot-3"]] * 2

    def test_an_id_that_no_job_can_have_is_not_kept_whole(self):
        world = with_faults("on: get, when: {call: 2}, do: {status: 503}")
        statuses(world, 1, f"/pots/{'x' * 5_000}")
        assert [len(job) for placed in world.session.faults for job in placed.counts_by_job] == [200]

    def test_of_what_always_happens_nothing_is_counted_by_job(self):
        world = with_faults("on: get, do: {status: 503}")
        assert statuses(world, 2) == [503, 503]
        assert next(iter(world.session.faults)).counts_by_job == {}
        assert happened(world) == [2]

    def test_a_request_that_is_run_again_meets_its_faults_once(self):
        world = with_faults("on: cancel, when: {call: 1}, do: {drop: reset}")
        room = world.session.context("toy")
        turn = world.session.faults.for_request()
        request = Request("POST", "/pots/pot-1/cancel", headers={"x-key": "key"})
        for _ in range(3):
            handled = handle(room, room.incoming(request, ""), START, faults=turn)
            assert turn.transmission(handled.response) == Transmission(cut_after=-1, termination="reset")
        assert happened(world) == [1]


class TestAnswers:
    @pytest.mark.parametrize(
        "do", ["corrupt: {/states/now: 1}", "corrupt: {/no: absent}", "lines: {drop: 1}", "range: ignored"]
    )
    def test_a_fault_that_changes_nothing_is_not_named(self, do):
        world = with_faults(f"on: get, do: {{{do}}}")
        world.request("GET", "/pots/pot-1")
        assert world.reply.response.header(FAULT_HEADER) is None
        assert world.session.journal.since(1)[0].note == ""

    def test_of_a_fault_with_several_effects_those_are_named_that_act(self):
        world = with_faults("on: get, do: {corrupt: {/no: absent}, headers: {X: y}, delay: 1s}")
        world.request("GET", "/pots/pot-1")
        assert world.reply.response.header(FAULT_HEADER) == "headers, delay"

    def test_no_fault_no_trace(self):
        world = with_faults("on: cancel, do: {status: 503}")
        world.request("GET", "/pots/pot-1")
        assert world.reply.response.header(FAULT_HEADER) is None
        assert world.reply.transmission is NORMAL
        assert world.session.journal.since(1)[0].note == ""

    def test_an_answer_that_is_replaced_has_no_effect(self):
        world = with_faults("on: cancel, do: {status: 503}")
        assert world.request("POST", "/pots/pot-1/cancel")[0] == 503
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "wet"

    def test_unless_it_is_handled(self):
        world = with_faults("on: cancel, do: {status: 503, handled: true}")
        assert world.request("POST", "/pots/pot-1/cancel")[0] == 503
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "smashed"

    def test_the_answer_to_a_create_may_name_the_job_that_it_made(self):
        world = with_faults("on: create, do: {status: 409, handled: true, body: {id: '{job}'}}", pots=0)
        assert world.request("POST", "/pots", {}) == (409, {"id": "pot-1"})
        assert world.session.find_job("pot-1")

    def test_cuts_and_lengths_count_the_coded_bytes(self):
        world = with_faults("on: get, do: {content_encoding: br, truncate: 50%}")
        world.request("GET", "/pots/pot-1")
        coded = as_sent(world.reply.response, ContentCoding("br", "br")).body
        sent = Transmission(coding=ContentCoding("br", "br"), cut_after=len(coded) // 2, termination="close")
        assert world.reply.transmission == sent
        assert len(coded) != len(world.reply.response.body)

    def test_of_two_codings_the_first_of_the_list_is_sent(self):
        world = with_faults("on: get, do: {content_encoding: br}", "on: get, do: {content_encoding: gzip}")
        world.request("GET", "/pots/pot-1")
        assert world.reply.transmission.coding == ContentCoding("br", "br")

    @pytest.mark.parametrize(
        ("do", "polls"),
        [("status: 503", 0), ("status: 503, handled: true", 0), ("stale: 5s", 1), ("unwritten: 5s", 1),
         ("drop: reset", 1), ("malformed: cut", 1), ("delay: 5s", 1)],
    )  # fmt: skip
    def test_a_poll_is_an_answered_read(self, do, polls):
        world = with_faults(f"on: get, do: {{{do}}}", courses=POLLED)
        world.advance(60)
        world.last = world.session.answer("toy", Request("GET", "/pots/pot-1", headers={"x-key": "key"}), "", 0)
        job = world.session.find_job("pot-1")[1]
        assert [happened.kind for happened in job.inputs] == [POLL] * polls

    def test_an_answer_that_something_happens_to_is_not_to_be_repeated(self):
        world = with_faults("on: get, do: {delay: 5s}")
        world.request("GET", "/pots/pot-1")
        assert world.reply.valid_until == 0

    def test_a_limit_is_spent_all_the_same_and_its_headers_are_there(self):
        world = with_faults("on: list, do: {status: 503}")
        world.session.set_limits("toy", {"list": RateLimit(1, MINUTE)}, {})
        assert statuses(world, 2, "/pots") == [503, 418]
        assert happened(world) == [1]

    def test_the_journal_and_whoever_looks_on_know_of_what_is_lost(self):
        seen = []
        world = with_faults(
            "on: get, when: {call: 1}, do: {delay: 1s, drop: reset}",
            observers=(lambda pin, exchange: seen.append(exchange),),
            checker=lambda world, pin, exchange: () if exchange.response is not None else ("X1",),
        )
        statuses(world, 2)
        lost, whole = world.session.journal.since(1)
        assert lost.incomplete is True
        assert lost.note == "fault-1: delay, fault-1: drop; breaks X1"
        assert lost.json()["lost"] is True
        assert lost.to_exchange().response is None
        assert lost.to_exchange().answered_at is None
        assert whole.incomplete is False
        assert whole.note == ""
        assert "lost" not in whole.json()
        assert whole.to_exchange().response is whole.response
        assert [(one.response is None, one.answered_at is None) for one in seen[1:]] == [(True, True), (False, False)]


class TestRequests:
    def test_the_operation_gets_another_request_and_the_journal_the_clients_own(self):
        world = with_faults("on: get, do: {range: {earlier: 5}}")
        received = []
        context = world.session.context("toy")
        incoming = context.incoming(Request("GET", "/pots/pot-1", headers={"range": "bytes=9-"}), "http://x")
        call = handle(context, incoming, START).call
        call.operation = context.era.operation("get")

        def respond(call):
            received.append(call.request.headers["range"])
            return Answer(Response(206))

        faults = world.session.faults.for_request()
        faults.answer(call, respond, "pot-1", context.store)
        assert received == ["bytes=4-"]
        assert call.request.headers["range"] == "bytes=9-"

    def test_only_requests_that_fit_are_counted(self):
        world = with_faults("on: list, request: {query: {page: '2'}}, when: {call: 2}, do: {status: 503}")
        seen = [world.request("GET", f"/pots?page={page}")[0] for page in (2, 1, 2, 2)]
        assert seen == [200, 200, 503, 200]

    def test_of_two_faults_that_set_a_header_the_first_in_the_list_wins(self):
        world = with_faults(
            "on: get, when: {call: 1}, do: {headers: {A: first}}", "on: get, do: {headers: {A: second, B: '{job}'}}"
        )
        answers = [
            world.session.answer("toy", Request("GET", "/pots/pot-1", headers=KEY), "", 0).response for _ in range(2)
        ]
        assert [(answer.header("A"), answer.header("B")) for answer in answers] == [
            ("first", "pot-1"),
            ("second", "pot-1"),
        ]

    def test_a_header_names_the_created_job(self):
        world = with_faults("on: create, do: {headers: {Location: '{base}/pots/{job}'}}")
        answer = world.session.answer("toy", Request("POST", "/pots", headers=KEY, body=b"{}"), "http://x", 0).response
        assert answer.header("Location") == "http://x/pots/pot-2"


class TestSights:
    def test_a_stale_read(self):
        world = with_faults("on: [get, list], when: {after: 10s}, do: {stale: 5s}")
        world.advance(9)
        world.request("POST", "/pots", {})
        world.advance(2)
        world.request("POST", "/pots/pot-1/cancel")
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "firing"
        assert world.request("GET", "/pots/pot-2")[0] == 404
        assert world.request("GET", "/pots")[1]["pots"] == ["pot-1"]
        world.advance(5)
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "smashed"
        assert world.request("GET", "/pots")[1]["pots"] == ["pot-2", "pot-1"]

    def test_a_read_that_knows_of_no_command_yet(self):
        world = with_faults("on: get, do: {unwritten: 5s}")
        world.advance(3)
        world.request("POST", "/pots/pot-1/cancel")
        world.advance(4)
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "firing"
        world.advance(1)
        assert world.request("GET", "/pots/pot-1")[1]["state"] == "smashed"

    def test_where_nothing_is_hidden_polls_go_on_as_ever(self):
        plain, hidden = with_faults(courses=POLLED), with_faults("on: get, do: {unwritten: 5s}", courses=POLLED)
        for world in (plain, hidden):
            world.states = [world.request("GET", "/pots/pot-1")[1]["state"] for _ in range(6)]
        assert plain.states == hidden.states == ["wet", "wet", "firing", "firing", "done", "done"]
        assert plain.session.find_job("pot-1")[1].inputs == hidden.session.find_job("pot-1")[1].inputs

    def test_a_poll_of_one_job_is_not_counted_for_another_that_is_looked_at(self):
        world = with_faults("on: get, do: {unwritten: 5s}", courses=POLLED, pots=2)
        room = world.session.context("toy")
        store = room.store
        call = Call(Request("GET", "/"), START, ERA, room.script, store, room.job_factory, "", "seed", "r")
        call.operation, call.path_params = ERA.operation("get"), {"pot_id": "pot-1"}
        seen = []

        def respond(asked: Call) -> Answer:
            seen.append([asked.view.job("pot", job_id).version for job_id in ("pot-1", "pot-2")])
            return asked.operation.handler(asked)

        world.session.faults.for_request().answer(call, respond, call.job_id, store)
        assert seen == [[0, 0], [1, 0]]

    def view(self, world: ToyWorld, look) -> object:
        """What a read of the toy's can see while `look` answers it."""
        found: list[object] = []

        def respond(call: Call) -> Answer:
            found.append(look(call.view, call.now))
            return Answer(Response(200))

        room = world.session.context("toy")

        store = room.store
        now = world.session.clock.now(0)
        call = Call(Request("GET", "/"), now, ERA, room.script, store, room.job_factory, "", "seed", "r")
        call.operation = ERA.operation("list")
        world.session.faults.for_request().answer(call, respond, call.job_id, store)
        return found[-1]

    def test_everything_that_a_view_can_show_is_old(self):
        world = with_faults("on: list, do: {stale: 5s}", pots=2)
        world.request("POST", "/crates", {"cups": [{}, {}]})
        world.advance(3)
        world.request("POST", "/pots", {})
        world.request("POST", "/pots/pot-1/cancel")
        world.advance(4)

        def ids(**asked):
            return self.view(world, lambda view, now: [job.id for job in view.jobs("pot", now, **asked)])

        assert ids() == ["pot-2", "pot-1"]
        assert ids(oldest_first=True) == ["pot-1", "pot-2"]
        assert ids(states=frozenset({"firing"})) == ["pot-2", "pot-1"]
        assert ids(states=frozenset({"smashed"})) == []
        assert ids(since=START + 1) == []
        assert ids(after="pot-2") == ["pot-1"]
        assert ids(after="nobody") == []
        assert self.view(world, lambda view, now: view.count("pot", now)) == 2
        assert self.view(world, lambda view, now: view.job("pot", "pot-3")) is None
        assert self.view(world, lambda view, now: view.job("pot", "nobody")) is None
        assert self.view(world, lambda view, now: view.item("nobody")) is None
        assert self.view(world, lambda view, now: view.next_number("pot")) == 4
        assert not self.view(world, lambda view, now: view.job("pot", "pot-1")).inputs

    def test_a_deleted_job_is_there_yet_and_the_items_of_an_old_batch(self):
        world = with_faults("on: list, do: {unwritten: 5s}", pots=1)
        store = world.session.context("toy").store
        job = store.job("pot", "pot-1")
        store.commit([AppendInput("pot", "pot-1", job.version, Input(START, 1, DELETE))])
        assert world.request("GET", "/pots")[1]["pots"] == ["pot-1"]
        world.advance(5)
        assert world.request("GET", "/pots")[1]["pots"] == []

    @pytest.mark.parametrize(("stale", "found"), [("1s", ("crate-1", 1)), ("9s", None)])
    def test_items_go_with_their_batch(self, stale, found):
        ids = {"crate": lambda job: tuple(f"{job.id}-{place}" for place in range(len(job.plan.items)))}
        world = with_faults(f"on: list, do: {{stale: {stale}}}", pots=0, make_store=lambda era: MemoryStore(ids))
        world.request("POST", "/crates", {"cups": [{}, {}]})
        world.advance(5)
        item = self.view(world, lambda view, now: view.item("crate-1-1"))
        assert (None if item is None else (item[0].id, item[1])) == found


class TestSession:
    def test_a_reset_brings_back_what_the_scenario_says(self):
        world = with_faults("on: get, do: {status: 503}")
        world.session.remove_faults()
        world.session.add_fault("toy", fault("on: get, do: {status: 500}"))
        again = world.session.reset(world.session.clock)
        assert [placed.fault.effects[0].answer.status for placed in again.faults] == [503]

    def test_faults_are_removed_by_id(self):
        world = with_faults("on: get, do: {status: 503}", "on: get, do: {status: 500}")
        assert [placed.id for placed in world.session.remove_faults("fault-1")] == ["fault-1"]
        assert world.session.remove_faults("fault-1") == ()
        assert len(world.session.faults) == 1

    def test_a_session_intervenes_in_the_operations_that_its_faults_concern(self):
        world = with_faults("on: get, when: {call: 7}, do: {status: 503}", "on: list, do: {status: 500}")
        era = world.session.context("toy").era
        get, cancel = era.operation("get"), era.operation("cancel")
        assert world.session.intervenes_in("toy", get)
        assert not world.session.intervenes_in("other", get)
        assert not world.session.intervenes_in("toy", cancel)
        assert not world.session.intervenes_in("toy", None)
        world.session.remove_faults()
        assert not world.session.intervenes_in("toy", get)

    @pytest.mark.parametrize(
        ("held", "expected"), [("get", [True, False, True]), ("*", [True, True, True]), ("list", [False, False, True])]
    )
    def test_a_session_intervenes_in_the_operations_that_are_held(self, held, expected):
        world = with_faults()
        era = world.session.context("toy").era
        world.session.held_operations.append(held)
        concerned = [era.operation("get"), era.operation("cancel"), None]
        assert [world.session.intervenes_in("toy", operation) for operation in concerned] == expected

    def test_a_session_intervenes_in_the_operations_whose_answers_the_vendor_holds_back(self):
        world = with_faults()
        create = world.session.context("toy").era.operation("create")
        assert not world.session.intervenes_in("toy", create)
        assert world.session.intervenes_in("toy", create._replace(may_be_held=True))

    def test_a_session_with_a_hint_or_an_automatic_clock_intervenes_in_everything(self):
        world = with_faults()
        get = world.session.context("toy").era.operation("get")
        world.session.server_hints = 1
        assert world.session.intervenes_in("toy", get)
        world.session.server_hints = 0
        world.session.clock = parse_clock_mode("auto").start(START, START)
        assert world.session.intervenes_in("toy", get)

    def test_limits_are_changed_for_the_rest_of_the_session(self):
        world = with_faults()
        world.session.set_limits("toy", {}, {"*": 3})
        assert world.session.context("toy").script.active_limits == {"*": 3}
        world.session.set_limits("toy", {}, {"pot": 1})
        assert world.session.context("toy").script.active_limits == {"*": 3, "pot": 1}
        world.session.set_limits("toy", {}, {"*": 2})
        assert world.session.context("toy").script.active_limits == {"*": 2}

    def test_whoever_waits_is_told_of_its_end(self):
        closed = []
        session = Session(setup())
        session.on_close.append(lambda: closed.append(session.on_close.clear()))
        session.close()
        assert closed == [None]


@pytest.mark.parametrize(
    ("path", "body", "job"), [("/pots/p", None, "p"), ("/seek?pot=p", None, "p"), ("/nowhere", None, "")]
)
def test_the_job_of_a_call(path, body, job):
    world = toy_world()
    world.request("GET", path, body)
    assert world.reply.job_id == job


def test_a_call_of_no_operation_is_about_no_job():
    call = Call(Request("GET", "/"), START, ERA, None, None, None, "", "", "")
    assert call.job_id == ""
    faults = SessionFaults("seed", START)
    faults.add("", fault("on: '*', do: {status: 503}"))
    assert faults.select(call, "") == ()


@pytest.mark.parametrize("do", ["headers: {X: y}", "stale: 1s", "unwritten: 1s", "delay: 1s", "drop: reset"])
def test_an_altered_answer_keeps_the_vendors_own_delay_and_websocket(do):
    world = with_faults(f"on: get, do: {{{do}}}")
    context = world.session.context("toy")
    script = object()

    def respond(_: Call) -> Answer:
        return Answer(Response(101), valid_until=START + MINUTE, websocket=script, delay=SECOND)

    incoming = context.incoming(Request("GET", "/pots/pot-1", headers=KEY), "http://x")
    call = handle(context, incoming, START).call
    answer = world.session.faults.for_request().answer(call, respond, "pot-1", context.store)
    assert answer.delay == SECOND
    assert answer.websocket is script
    assert answer.valid_until <= START


def test_an_answer_of_another_status_opens_no_websocket():
    world = with_faults("on: get, do: {etag: v1}")
    context = world.session.context("toy")
    incoming = context.incoming(Request("GET", "/pots/pot-1", headers=KEY | {"if-none-match": '"v1"'}), "http://x")
    call = handle(context, incoming, START).call
    opened = Answer(Response(200, body=b"a"), websocket=object())
    answer = world.session.faults.for_request().answer(call, lambda _: opened, "pot-1", context.store)
    assert answer.response.status == 304
    assert answer.websocket is None


def test_a_body_is_what_the_fault_makes_of_it():
    world = with_faults("on: get, do: {corrupt: {/state: broken}}")
    assert world.request("GET", "/pots/pot-1")[1]["state"] == "broken"
    assert orjson.loads(world.session.journal.since(1)[0].response.body)["state"] == "broken"
