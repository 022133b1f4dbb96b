"""The items of a pack's batches: the check of each, its ids and lines; errors by status; headers of every request."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.core.instants import MINUTE
from mockserver.core.lifecycle import Trigger
from mockserver.core.wire import Request
from mockserver.errors import MockError
from mockserver.packs.pack import compile_pack
from mockserver.vendors.api import Call
from mockserver.vendors.creation import create_refusal
from mockserver.vendors.script import NO_SCRIPT
from tests.support.fake_world import FakeWorld, json_of, unjudged_world

PACK = """
pack: 1
vendor: letters
title: Letters
key: [{header: Authorization, scheme: Bearer}]
request_headers:
  Letters-Version: {required: true, options: ["2", "1"], error: invalid}
  Letters-Trace: {options: [on], error: invalid}
ids: {batch: {prefix: b_}, letter: {prefix: l_}}
requests: {batch: {fields: {letters: {type: array, min: 1, required: true}}}}
kinds:
  batch:
    id: batch
    states: [open, closing, sent, closed, late]
    terminal: [sent, closed, late]
    moves: {open: [sent], closing: [closed]}
    course: [open: 30s, sent]
    cancel: {open: {accept: closing}}
    items:
      request: letters
      states: [waiting, writing, sent, returned, dropped]
      terminal: [sent, returned, dropped]
      moves: {waiting: [writing], writing: [sent, returned]}
      refused: {outcome: returned, fields: {to: {type: string, required: true}, stamp: {refused: is too much}}}
      succeeded: sent
      dropped: dropped
      waiting: open
      working: open
      done: sent
      draining: closing
      drained: closed
      expired: late
    body: {id: $id, state: $state}
    example: {letters: [{to: Ada}]}
operations:
  create: {role: create, call: POST /batches, request: batch, answer: {body: $job}}
  get: {role: read, call: "GET /batches/{id}", answer: {body: $job}}
  results:
    role: results
    call: GET /batches/{id}/results
    answer: {lines: {id: $item.made.letter, state: $item.state, error: $item.error}}
  returned:
    role: results
    call: GET /batches/{id}/returned
    answer: {lines: {$by: $item.state, returned: {to: $item.request.to}, else: $absent}}
errors:
  shape: {error: $error.message, kind: $error.kind}
  invalid: {status: 400, for: [invalid body], values: {kind: bad}, message: $mistakes.text}
  busy: {status: 529, values: {kind: busy}, message: Too busy}
  no_batch: {status: {$by: $query.soft, "1": 410, else: 404}, for: [no job], values: {kind: none}, message: No batch}
mistakes: {line: "${mistake.field}: ${mistake.message}. ", missing: {code: needed, message: is needed}}
eras: {2026-01-01: {summary: The first.}}
"""


ERA = compile_pack(PACK, "letters.yaml").eras[0]


@pytest.fixture
def world():
    return unjudged_world(ERA)


def lines_of(response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.body.splitlines()]


def create(world: FakeWorld, *letters: Mapping[str, Any]) -> str:
    """Create a batch of letters and let it end; return its id."""
    made = json_of(world.call_operation("create", body={"letters": letters}))
    world.advance(MINUTE)
    return made["id"]


def test_a_scenario_describes_the_items_in_the_member_that_lists_them():
    assert compile_pack(PACK, "pack.yaml").eras[-1].kinds["batch"].items_field == "letters"


def test_a_deadline_drops_items_where_no_other_state_is_named():
    (era,) = compile_pack(PACK).eras
    item = era.kinds["batch"].batch.item
    assert item.allows("writing", "dropped", Trigger.DEADLINE)
    assert {transition.target for transition in item.transitions} == {"writing", "sent", "returned", "dropped"}


def test_an_item_that_is_not_valid_fails_by_itself(world):
    batch = create(world, {"to": "Ada"}, {}, {"to": "Bob", "stamp": 1}, {"to": 3})
    lines = lines_of(world.call_operation("results", batch))
    assert [line["state"] for line in lines] == ["sent", "returned", "returned", "returned"]
    assert [line["error"] for line in lines] == [
        None,
        {"code": "needed", "message": "to: is needed."},
        {"code": "custom", "message": "stamp: is too much."},
        {"code": "wrong type", "message": "to: has the wrong type."},
    ]


def test_an_item_has_an_id_of_its_own(world):
    batch = create(world, {"to": "Ada"}, {"to": "Bob"})
    ids = [line["id"] for line in lines_of(world.call_operation("results", batch))]
    assert ids == [line["id"] for line in lines_of(world.call_operation("results", batch))]
    assert len({*ids}) == 2
    assert all(each.startswith("l_") for each in ids)


def test_a_line_without_a_value_is_left_out(world):
    batch = create(world, {"to": "Ada"}, {"to": "Bob", "stamp": 1})
    assert lines_of(world.call_operation("returned", batch)) == [{"to": "Bob"}]


def test_an_id_of_an_item_has_a_form_of_the_pack():
    with pytest.raises(MockError, match=r"`\$item.made.leter`: there is no id 'leter'"):
        compile_pack(PACK.replace("$item.made.letter", "$item.made.leter"), "letters.yaml")


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [(400, "bad", "scripted"), (529, "busy", "Too busy"), (404, None, "scripted"), (503, None, "scripted")],
)
def test_a_status_alone_gets_the_error_that_has_it(world, status, kind, message):
    """An error whose status depends on the call has none of its own."""
    context = world.session.context("letters")
    call = Call(
        request=Request("GET", "/batches/x"),
        now=world.now,
        era=ERA,
        script=NO_SCRIPT,
        view=context.store,
        job_factory=context.job_factory,
        base_url="",
        seed="",
        request_id="",
        operation=ERA.operations[0],
        body=None,
    )
    response = ERA.render_status_error(call, status, "scripted")
    assert response.status == status
    assert json_of(response) == {"error": message, "kind": kind}


def test_a_request_has_the_headers_that_are_required():
    """Plays and checks send them; the first of the allowed values is the usual one."""
    assert ERA.usual_headers == {"letters-version": "2"}
    assert create_refusal([ERA], NO_SCRIPT, "batch", {"letters": []}) is not None
    assert create_refusal([ERA], NO_SCRIPT, "batch", {"letters": [{}]}) is None
