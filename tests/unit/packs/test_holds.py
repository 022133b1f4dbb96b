"""`hold`: a create waits for its job as long as the request says; `$with` and `$address` in its answer."""

from typing import Any, NamedTuple

import pytest

from mockserver.core.instants import SECOND
from mockserver.errors import MockError
from mockserver.packs.pack import compile_pack
from mockserver.vendors.api import Vendor
from tests.support.fake_world import json_of, unjudged_world

PRESS = """
pack: 1
vendor: press
title: Press
eras:
  2026-11-02: {summary: Prints.}
key:
  - {header: Authorization, scheme: Bearer}
ids:
  print: {alphabet: base36, length: 12}
requests:
  print: {fields: {copies: {type: integer}}}
kinds:
  print:
    id: print
    states: [queued, printing, ready]
    terminal: [ready]
    moves: {queued: [printing], printing: [ready]}
    course: [queued: 2s, printing: 6s, ready]
    body: {id: $id, status: $state, pages: 3}
    example: {copies: 2}
operations:
  create:
    role: create
    call: POST /prints
    request: print
    hold: {value: $header.prefer, pattern: "PATTERN", default: 60s, until: UNTIL}
    answer:
      status: 201
      headers: {Applied: {$by: $held, "null": $absent, else: $held}}
      body: {$by: $held, done: {$with: $job, status: printing, pages: $absent, more: 1}, else: $job}
  get: {role: read, call: "GET /prints/{id}", answer: {body: $job}}
  final:
    role: read
    polls: uncounted
    call: "GET /prints/{id}/final"
    hold: {value: always, pattern: always, default: 60s, until: ready}
    answer: {text: "It is ${state}."}
  price: {role: other, id: none, call: GET /price, answer: {body: {at: $address.price}}}
errors:
  shape: {error: $error.message}
"""


def press(pattern: str = "wait(?:=([0-9]+))?", until: str = "[ready]", text: str = PRESS) -> Vendor:
    return compile_pack(text.replace("PATTERN", pattern).replace("UNTIL", until), "press.yaml")


class Created(NamedTuple):
    """The answer to a create."""

    body: dict[str, Any]
    applied: str | None
    delay: float
    """Seconds until it is sent."""


def create(vendor: Vendor, **headers: str) -> Created:
    """Create a print; return the answer without its id."""
    world = unjudged_world(vendor.eras[-1])
    response = world.request("POST", "/prints", {"copies": 2}, headers=headers)
    assert response.status == 201
    body = json_of(response)
    del body["id"]
    assert world.last is not None
    return Created(body, response.header("applied"), world.last.transmission.delay / SECOND)


QUEUED = Created({"status": "queued", "pages": 3}, None, 0)


def test_without_its_header_a_create_is_answered_at_once() -> None:
    assert create(press()) == QUEUED
    assert create(press(), prefer="respond-async") == QUEUED


def test_an_answer_is_held_until_the_job_is_in_one_of_the_states() -> None:
    done = Created({"status": "printing", "more": 1}, "done", 8)
    assert create(press(), prefer="wait") == done
    assert create(press(), prefer="wait=9") == done
    assert create(press(until="printing|ready"), prefer="wait").delay == 2


def test_an_answer_is_held_until_the_time_is_up() -> None:
    assert create(press(), prefer="wait=5") == Created({"status": "printing", "pages": 3}, "late", 5)


def test_no_answer_is_held_for_longer_than_the_default() -> None:
    slow = press(text=PRESS.replace("queued: 2s", "queued: 2h"))
    assert create(slow, prefer="wait=99").delay == 60


def test_a_pattern_without_a_group_asks_for_the_default() -> None:
    assert create(press(pattern="wait"), prefer="wait").delay == 8


def test_a_job_that_was_created_by_a_held_answer_runs_on() -> None:
    world = unjudged_world(press().eras[-1])
    made = json_of(world.request("POST", "/prints", {}, headers={"prefer": "wait=5"}))["id"]
    assert json_of(world.request("GET", f"/prints/{made}"))["status"] == "queued"


def test_a_read_can_wait_for_the_end_too() -> None:
    world = unjudged_world(press().eras[-1])
    made = json_of(world.request("POST", "/prints", {}))["id"]
    for elapsed, delay in ((3, 5), (8, 0), (20, 0)):
        world.elapsed = elapsed
        assert world.request("GET", f"/prints/{made}/final").body == b"It is ready."
        assert world.last is not None
        assert world.last.transmission.delay == delay * SECOND


def test_the_address_of_an_operation_about_no_job_is_known() -> None:
    world = unjudged_world(press().eras[-1])
    assert json_of(world.request("GET", "/price")) == {"at": f"{world.base_url}/price"}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (PRESS.replace("UNTIL", "[done]").replace("PATTERN", "w"), "PCK002", "no state 'done'"),
        (PRESS.replace("UNTIL", "[ready]").replace("PATTERN", "("), "PCK004", "not a regular expression"),
        (PRESS.replace("$address.price", "$address.get"), "PCK001", "no operation 'get' about no job"),
    ],
)
def test_a_mistake_is_reported(text: str, code: str, words: str) -> None:
    with pytest.raises(MockError) as caught:
        press(text=text)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert words in caught.value.problems[0].message
