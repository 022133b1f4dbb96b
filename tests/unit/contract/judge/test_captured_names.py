"""The names of a rules file are those of the captures: operations, parameters, places in bodies."""

import pytest

from mockserver.contract.judge.contract import load_contract
from mockserver.contract.judge.history import HistoryJudge
from mockserver.errors import MockError
from tests.support.toy_contract import contracts, rule

ERA = "2026-01-01"
CAPTURE = """
paths:
  /jobs:
    post:
      operationId: make
      responses: {'201': {content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}}}
    get:
      operationId: list
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Jobs'}}}}}
  /jobs/{job_id}:
    get:
      operationId: read
      responses:
        '200':
          content:
            application/json:
              schema:
                properties:
                  job: {oneOf: [{$ref: '#/components/schemas/Job'}, {$ref: '#/components/schemas/Short'}]}
                  extra: {additionalProperties: true, properties: {a: {type: string}}}
                  tags: {additionalProperties: {properties: {id: {type: string}}}}
                  any: {}
  /stop:
    post:
      operationId: stop
      requestBody: {content: {application/json: {schema: {properties: {job: {type: string}}}}}}
      responses: {'200': {}}
  /lines: {get: {operationId: lines, responses: {'200': {}}}}
components:
  schemas:
    Jobs: {properties: {items: {items: {$ref: '#/components/schemas/Job'}}}}
    Job:
      properties: {id: {type: string}, status: {type: string}, made: {type: string}, kind: {type: string}}
      discriminator: {propertyName: kind, mapping: {long: '#/components/schemas/Long'}}
    Long: {allOf: [{$ref: '#/components/schemas/Job'}, {properties: {frames: {properties: {first: {type: string}}}}}]}
    Short: {properties: {id: {type: string}, status: {type: string}}}
"""
RESOURCES = """
resources:
  job:
    states: [waiting, done]
    terminal: [done]
    created: /made
    operations:
      make: {id: answer /id, creates: true, shows: {'201': ''}, answers: {'201': {from: absent, to: waiting}}}
      read: {id: path job_id, shows: {'200': /job}}
      list: {id: each /id, each: /items, shows: {'200': ''}}
      stop: {id: body /job, answers: {'200': {from: waiting, to: done}}}
      lines: {id: each /id, lines: true, shows: {'200': ''}, partial: true}
"""


def names(place, *rules, old="", new="", capture=CAPTURE, **eras):
    """Load the toy vendor's contract, with a text of its rules file replaced."""
    assert old in RESOURCES
    root = contracts(place, *rules, resources=RESOURCES.replace(old, new, 1) if old else RESOURCES)
    for era, text in {ERA: capture, **eras}.items():
        (root / "toy" / "captures" / f"{era}.yaml").write_text(text)
    return load_contract("toy", ERA, root)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "make:",
            "maek:",
            "/resources/job/operations/maek: no capture has the operation 'maek' (did you mean 'make'?)",
        ),
        ("path job_id", "path job_idd", "/read/id: the path /jobs/{job_id} has no parameter 'job_idd' (did you mean"),
        ("answer /id", "answer /idd", "/make/id: /idd leads nowhere: the capture has no field 'idd' there (did you"),
        ("each: /items", "each: /itms", "/list/each: /itms leads nowhere: the capture has no field 'itms'"),
        ("each /id,", "each /idd,", "/list/id: /items/0/idd leads nowhere"),
        ("{'200': /job}", "{'200': /jop}", "/read/shows/200: /jop leads nowhere: the capture has no field 'jop'"),
        ("{'200': /job}", "{'200': /job/status/x}", "/read/shows/200: /job/status/x leads nowhere"),
        ("body /job", "body /jop", "/stop/id: /jop leads nowhere: the capture has no field 'jop' there (did you"),
        ("    created: /made", "    created: /mode", "/resources/job/created: /mode leads nowhere"),
        ("    created: /made", "    status: /staus", "/resources/job/status: /staus leads nowhere: the capture has no"),
    ],
)
def test_a_name_that_no_capture_has_is_refused(tmp_path, old, new, says):
    with pytest.raises(MockError) as refused:
        names(tmp_path, old=old, new=new)
    assert says in str(refused.value)
    assert {problem.code for problem in refused.value.problems} == {"CON008"}


@pytest.mark.parametrize(
    ("kind", "options", "place"),
    [
        ("refused", ["operations: [stopp]"], "rule A1, operations: "),
        ("sum", ["parts: []", "total: /id", "in: [stopp]"], "rule A1, in: "),
        ("unmixed", ["signs: [{eras: [], operations: [stopp], when: []}]"], "rule A1, signs: "),
        (
            "untouched",
            ["after: {operation: stopp, statuses: [409]}", "field: /status", "becomes: []"],
            "rule A1, after: ",
        ),
    ],
)
def test_a_rule_about_an_operation_that_no_capture_has_is_refused(tmp_path, kind, options, place):
    with pytest.raises(MockError) as refused:
        names(tmp_path, rule("A1", kind, *options))
    assert f"{place}no capture has the operation 'stopp' (did you mean 'stop'?)" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("answer /id", "answer /frames/first"),
        ("{'200': /job}", "{'200': /extra/b}"),
        ("{'200': /job}", "{'200': /tags/b/id}"),
        ("{'200': /job}", "{'200': /any/b/c}"),
        ("body /job", "answer /job"),
        ("{'200': ''}, partial", "{'404': ''}, partial"),
        (", lines: true", ", each: /a"),
    ],
)
def test_what_the_capture_has_or_leaves_open_is_accepted(tmp_path, old, new):
    assert names(tmp_path, old=old, new=new).rule_set.resources


def test_an_operation_of_another_era_is_accepted(tmp_path):
    other = CAPTURE.replace("operationId: make", "operationId: build")
    assert names(tmp_path, old="make:", new="build:", **{"2026-02-02": other})


def test_a_call_without_a_documented_body_is_accepted(tmp_path):
    lines = [line for line in CAPTURE.splitlines() if "requestBody" not in line]
    assert names(tmp_path, capture="\n".join(lines))


def test_the_judge_refuses_such_names_too(tmp_path):
    contracts(tmp_path, rule("A1", "refused", "operations: [stopp]"))
    with pytest.raises(MockError, match="stopp"):
        HistoryJudge("toy", root=tmp_path)
