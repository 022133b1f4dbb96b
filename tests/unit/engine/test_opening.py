"""A call that becomes a websocket: what it opens comes through the engine, and only where it is answered 101."""

import pytest

from mockserver.core.instants import MINUTE
from mockserver.core.ratelimit import RateLimit
from mockserver.core.transmission import FrameCutoff
from mockserver.core.wire import Response
from mockserver.scenario.faults.frames import FramesEffect
from mockserver.scenario.faults.status import StatusEffect
from mockserver.vendors.api import Answer, Operation, Role
from mockserver.vendors.faults import Fault
from mockserver.vendors.script import Script, ScriptedResponse
from mockserver.vendors.websocket import SocketOutput
from tests.support.toy_socket import ScriptedSocket
from tests.support.toy_vendor import OPERATIONS, limit_headers, make_era, toy_world

WATCH = ScriptedSocket([], [], "pot", "pot-1")
PEEP = Operation(
    "peep",
    "pot",
    "GET",
    "/pots/{pot_id}/peep",
    lambda call: Answer(Response(101), websocket=WATCH),
    role=Role.OTHER,
    id_in=("path", "pot_id"),
    plain_http_handler=lambda call: Answer(Response(426)),
)
ERA = make_era(operations=(*OPERATIONS, PEEP), limits={}, limit_headers=limit_headers)
UPGRADE = {"x-key": "key", "upgrade": "WebSocket"}


def peep(toy_world, headers, method="GET"):
    toy_world.request(method, "/pots/pot-1/peep", headers=headers)
    return toy_world.reply.response.status, toy_world.reply.websocket


@pytest.mark.parametrize("headers", [{}, {"x-key": "key"}, {"x-key": "key", "upgrade": "h2c"}])
def test_who_asks_for_no_upgrade_is_told_so_before_the_key(headers):
    assert peep(toy_world(era=ERA), headers) == (426, None)


def test_only_a_get_upgrades():
    assert peep(toy_world(era=ERA), UPGRADE, "HEAD") == (426, None)


def test_what_it_opens_comes_with_the_reply():
    it = toy_world(era=ERA)
    assert peep(it, UPGRADE) == (101, WATCH)
    assert peep(it, {"upgrade": "websocket"}) == (418, None), "the key comes then"


def test_also_where_there_is_a_rate_limit():
    it = toy_world(Script(limits={"peep": RateLimit(1, MINUTE)}), ERA)
    assert peep(it, UPGRADE) == (101, WATCH)
    assert it.reply.response.header("x-left") == "0"
    assert peep(it, UPGRADE) == (418, None)


def test_a_preference_for_a_state_is_not_for_it():
    it = toy_world(era=ERA)
    it.request("POST", "/pots", {"shape": "jug"})
    assert peep(it, {**UPGRADE, "prefer": "state=done"}) == (101, WATCH)
    assert it.reply.response.header("preference-applied") is None


def test_a_fault_of_the_socket_leaves_the_answer_alone():
    it = toy_world(era=ERA)
    it.session.add_fault("toy", Fault((FramesEffect(2, "reset"),)))
    assert peep(it, UPGRADE) == (101, WATCH)
    assert it.reply.transmission.frame_cutoff == FrameCutoff(2, "reset")
    assert not it.reply.transmission.incomplete
    it.request("GET", "/pots")
    assert it.reply.transmission.frame_cutoff is None


def test_a_fault_that_answers_instead_opens_nothing():
    it = toy_world(era=ERA)
    it.session.add_fault("toy", Fault((StatusEffect(ScriptedResponse(503)),)))
    status, opens = peep(it, UPGRADE)
    assert status == 503
    assert opens is None


def test_a_job_that_changes_is_told_to_those_who_watch_it():
    it = toy_world(era=ERA)
    it.request("POST", "/pots", {"shape": "jug"})
    watch = ScriptedSocket([SocketOutput()], [], "pot", "pot-1")
    socket, _ = it.session.sockets.open("toy", watch, it.session.start)
    assert len(it.session.schedule) == 0
    it.request("POST", "/pots/pot-1/cancel")
    assert socket.entry is not None
    assert socket.entry.at == watch.next_tick(it.session.start)
    assert len(it.session.schedule) == 1
