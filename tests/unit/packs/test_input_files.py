"""Batches of a pack whose items stand in an uploaded file, and the files that such a batch makes."""

import json
from typing import Any

import pytest

from mockserver.core.instants import MINUTE
from mockserver.errors import MockError
from mockserver.packs.pack import compile_pack
from mockserver.vendors.script import ItemScript, Script
from tests.support.fake_world import FakeWorld, json_of, unjudged_world

PACK = """
pack: 1
vendor: mail
title: Mail
key: [{header: Authorization, scheme: Bearer}]
ids: {batch: {prefix: b_}, file: {prefix: f_}, report: {prefix: f_}}
requests:
  batch: {fields: {list: {type: string, required: true}}}
  file: {fields: {file: {type: file, required: true}}}
kinds:
  batch:
    id: batch
    states: [checking, open, closing, sent, refused, stopping, stopped, late]
    terminal: [sent, refused, stopped, late]
    moves: {checking: [open, refused], open: [closing], closing: [sent], stopping: [stopped]}
    course: [checking: 5s, open: 30s, closing: 2s, sent]
    cancel: {checking|open|closing: {accept: stopping}}
    deadlines: {end: {from: created, after: 1h, states: {checking|open|closing|stopping: late}}}
    items:
      lines:
        kind: file
        id: list
        text: text
        unique: name
        fields: {name: {type: string, required: true}, to: string}
        example: {custom_id: letter, name: Ada}
      states: [waiting, writing, sent, returned, dropped, overdue]
      terminal: [sent, returned, dropped, overdue]
      moves: {waiting: [writing], writing: [sent, returned]}
      succeeded: sent
      dropped: dropped
      dropped_by_deadline: overdue
      waiting: checking
      opens: true
      working: open
      closing: closing
      done: sent
      failed: refused
      draining: stopping
      drain_least: 3s
      drain_limit: 10m
      drained: stopped
      expired: late
    body:
      id: $id
      state: $state
      first: $first_item.name
      problems: $problems
      report: $made.report
      ended: $count.sent|returned|dropped|overdue
      overdue: $count.overdue
      count: $count.total
    example: {list: f_1}
  file:
    id: file
    states: [there]
    terminal: [there]
    course: [there]
    body: {id: $id, name: $request.file.filename, bytes: $request.file.bytes}
    example: {file: {filename: list.jsonl, bytes: 2}}
operations:
  create: {role: create, call: POST /batches, request: batch, answer: {body: $job}}
  get: {role: read, call: "GET /batches/{id}", answer: {body: $job}}
  cancel: {role: cancel, call: "POST /batches/{id}/cancel", answer: {body: $job}}
  upload:
    role: create
    kind: file
    call: POST /files
    body: multipart
    request: file
    remember: {text: $upload.file}
    answer: {body: $job}
  get_file:
    role: read
    kind: file
    call: GET /files/{file_id}
    answer: {body: $job}
    also:
      - kind: batch
        made: report
        answer: {$by: $state, sent: {body: {id: $path.file_id, of: $id}}, else: {error: no_job}}
  content:
    role: results
    kind: file
    call: GET /files/{file_id}/content
    answer: {text: $remembered.text}
    also:
      - {kind: batch, made: report, answer: {lines: {name: $item.request.name, id: $item.request.custom_id}}}
errors:
  shape: {error: $error.message}
  no_job: {status: 404, for: [no job], message: "There is no ${path.file_id}"}
mistakes: {else: {code: wrong, message: "${mistake.field} is wrong"}}
eras: {2026-01-01: {summary: The first.}}
"""
ERA = compile_pack(PACK, "mail.yaml").eras[0]


@pytest.fixture
def world() -> FakeWorld:
    return unjudged_world(ERA)


def upload(world: FakeWorld, text: bytes) -> dict[str, Any]:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.jsonl"\r\n\r\n' + text + b"\r\n--x--\r\n"
    return json_of(world.request("POST", "/files", part, headers={"content-type": "multipart/form-data; boundary=x"}))


def create(world: FakeWorld, text: bytes) -> dict[str, Any]:
    return json_of(world.call_operation("create", body={"list": upload(world, text)["id"]}))


def after(world: FakeWorld, batch: dict[str, Any], by: int = 2 * MINUTE) -> dict[str, Any]:
    world.advance(by)
    return json_of(world.call_operation("get", batch["id"]))


def test_an_upload_has_its_text_and_its_size(world):
    file = upload(world, b"one\ntwo")
    assert (file["name"], file["bytes"]) == ("l.jsonl", 7)
    content = world.call_operation("content", file["id"])
    assert content.body == b"one\ntwo"
    assert content.header("content-type") == "text/plain; charset=utf-8"


def test_each_line_is_an_item(world):
    batch = create(world, b'{"name": "Ada"}\n\n{"name": "Bob"}\n')
    assert batch["state"] == "checking"
    assert batch["first"] == "Ada"
    assert batch["problems"] is None
    done = after(world, batch)
    assert done["state"] == "sent"
    assert done["count"] == done["ended"] == 2


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (b'{"name": "Ada"}\n{', [{"code": "wrong", "message": "line is wrong", "param": "line", "line": 2}]),
        (b'{"to": "Ada"}', [{"code": "wrong", "message": "name is wrong", "param": "name", "line": 1}]),
        (
            b'{"name": "Ada"}\n{"name": "Ada", "to": 1}',
            [
                {"code": "wrong", "message": "to is wrong", "param": "to", "line": 2},
                {"code": "custom", "message": "name 'Ada' is not unique", "param": "name", "line": 2},
            ],
        ),
    ],
)
def test_a_line_that_is_not_valid_refuses_the_batch_after_its_opening(world, text, problems):
    batch = create(world, text)
    assert batch["state"] == "checking"
    refused = after(world, batch)
    assert refused["state"] == "refused"
    assert refused["problems"] == problems


@pytest.mark.parametrize("file", ["f_unknown", "zeros"])
def test_a_file_that_no_call_has_uploaded_has_made_up_lines(world, file):
    name = upload(world, b"\0\0\0")["id"] if file == "zeros" else file
    batch = json_of(world.call_operation("create", body={"list": name}))
    assert batch["count"] == 3
    after(world, batch)
    lines = world.call_operation("content", batch["report"]).body.splitlines()
    assert [json.loads(line) for line in lines] == [{"name": "Ada", "id": f"letter-{number}"} for number in (1, 2, 3)]


def test_a_scenario_says_how_many_lines_such_a_file_has():
    world = unjudged_world(ERA, Script(items=(ItemScript(copies=4), ItemScript(outcome="returned"))))
    batch = json_of(world.call_operation("create"))
    assert batch["count"] == 5
    assert after(world, batch)["state"] == "sent"


def test_a_file_of_a_batch_is_found_by_its_id(world):
    batch = create(world, b'{"name": "Ada"}')
    early = world.call_operation("get_file", batch["report"])
    assert (early.status, json_of(early)) == (404, {"error": f"There is no {batch['report']}"})
    after(world, batch)
    assert json_of(world.call_operation("get_file", batch["report"])) == {"id": batch["report"], "of": batch["id"]}
    assert world.call_operation("get_file", "f_000000000000000000000000").status == 404
    assert world.call_operation("get_file", "b_000000000000000000000000").status == 404


def test_a_cancel_drains_for_a_moment_and_a_deadline_leaves_items_overdue(world):
    batch = create(world, b'{"name": "Ada"}')
    world.call_operation("cancel", batch["id"])
    assert after(world, batch, 0)["state"] == "stopping"
    assert after(world, batch)["state"] == "stopped"
    slow = unjudged_world(ERA, Script(items=(ItemScript(queued=(90 * MINUTE, 90 * MINUTE)),)))
    late = after(slow, json_of(slow.call_operation("create")), 61 * MINUTE)
    assert (late["state"], late["overdue"]) == ("late", 1)


def test_another_kind_must_be_one_of_the_pack():
    with pytest.raises(MockError, match="there is no form of ids 'repart'"):
        compile_pack(PACK.replace("made: report", "made: repart"), "mail.yaml")
    with pytest.raises(MockError, match="there is no kind of job 'bach'"):
        compile_pack(PACK.replace("- {kind: batch, made", "- {kind: bach, made"), "mail.yaml")
