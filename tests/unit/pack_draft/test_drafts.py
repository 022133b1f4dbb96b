"""Whole drafts: each is a pack without problems, and says what its document says."""

import pytest

from mockserver.errors import MockError
from mockserver.pack_draft.draft import draft_pack
from mockserver.packs.pack import compile_pack
from mockserver.vendors.api import Role
from tests.unit.pack_draft.documents import (
    DATE,
    TEXT,
    answers,
    capture_of,
    draft,
    drafted,
    enum,
    json_body,
    kiln,
    obj,
    ref,
)


def kind_of(document):
    (kind,) = drafted(document)["kinds"].values()
    return kind


def test_a_small_api_becomes_a_pack():
    pack = drafted(kiln())
    assert pack["vendor"] == "kiln"
    assert pack["title"] == "Kiln"
    kind = pack["kinds"]["firing"]
    assert kind["states"] == ["waiting", "firing", "fired", "cancelled"]
    assert kind["terminal"] == ["fired", "cancelled"]
    assert kind["course"] == [{"waiting": "5s"}, {"firing": {"for": "20s", "progress": "0..100"}}, "fired"]
    assert kind["body"] == {"id": "$id", "status": "$state"}
    assert kind["example"] == {"pieces": 1}
    operations = {name: (each["role"], each["call"]) for name, each in pack["operations"].items()}
    assert operations == {
        "create": ("create", "POST /v1/firings"),
        "get": ("read", "GET /v1/firings/{firing_id}"),
        "cancel": ("cancel", "POST /v1/firings/{firing_id}/cancel"),
    }
    assert not any("id" in each for each in pack["operations"].values())
    assert pack["requests"]["create"]["fields"] == {
        "pieces": {"type": "integer", "min": 1, "max": 40, "required": True}
    }


def test_what_the_document_does_not_say_is_a_question():
    found = draft(kiln())
    assert found.text.count("# OPEN: ") == found.questions
    assert f"{found.questions} open questions: search for OPEN" in found.summary
    for question in ("How long does each state last?", "What does a cancel answer in each state", "rate limits"):
        assert question in found.text


def test_a_draft_is_a_vendor_with_roles():
    (era,) = compile_pack(draft(kiln()).text).eras
    assert [operation.role for operation in era.operations] == [Role.CREATE, Role.READ, Role.CANCEL]


@pytest.mark.parametrize("title", [None, "A\nB  \x07C", 3, ""])
def test_a_title_of_any_form_is_one_line(title):
    document = kiln()
    document["info"] = {"title": title}
    assert "\n" not in drafted(document)["title"]


@pytest.mark.parametrize("info", [None, "text", []])
def test_a_document_without_info_is_named_by_its_vendor(info):
    document = kiln()
    document["info"] = info
    assert drafted(document)["title"] == "kiln"


def test_the_path_of_the_server_is_the_prefix():
    document = kiln()
    document["servers"] = [{"url": "https://api.kiln.example/studio"}]
    pack = drafted(document)
    assert pack["prefix"] == "/studio"
    assert pack["operations"]["create"]["call"] == "POST /studio/v1/firings"


def test_a_server_whose_path_may_be_any_text_gives_no_prefix():
    document = kiln()
    document["servers"] = [{"url": "https://api.kiln.example/{tenant}"}]
    assert "prefix" not in drafted(document)


@pytest.mark.parametrize(("name", "code"), [("Kiln", "PDR002"), ("", "PDR002"), ("1kiln", "PDR002")])
def test_a_name_that_no_vendor_can_have_is_refused(name, code):
    with pytest.raises(MockError) as caught:
        draft_pack(capture_of(kiln()), name, DATE)
    assert caught.value.problems[0].code == code


def test_a_document_without_a_job_is_refused():
    document = kiln(Firing=obj(id=TEXT, name=TEXT))
    with pytest.raises(MockError) as caught:
        draft_pack(capture_of(document), "kiln", DATE)
    (problem,) = caught.value.problems
    assert problem.code == "PDR001"
    assert "none of the 3 calls" in problem.message


def test_each_candidate_is_a_kind():
    document = kiln(Glaze=obj(id=TEXT, state=enum("queued", "running", "done", "failed")))
    document["paths"]["/v1/glazes"] = {"post": {"responses": answers(s200=ref("Glaze"))}}
    document["paths"]["/v1/glazes/{id}"] = {"get": {"responses": answers(s200=ref("Glaze"))}}
    pack = drafted(document)
    # The statuses of a glaze leave no doubt; "fired" does.
    assert list(pack["kinds"]) == ["glaze"] or list(pack["kinds"]) == ["firing", "glaze"]


def test_kinds_of_one_name_are_numbered():
    document = kiln()
    for place in ("a", "b", "c"):
        document["paths"] |= {
            f"/{place}/jobs": {"post": {"responses": answers(s200=obj(id=TEXT, status=enum("queued", "done")))}},
            f"/{place}/jobs/{{id}}": {"get": {"responses": answers(s200=obj(id=TEXT, status=enum("queued", "done")))}},
        }
    pack = drafted(document)
    assert [name for name in pack["kinds"] if name.startswith("job")] == ["job", "job_2", "job_3"]
    assert "create_job_2" in pack["operations"]


def test_kinds_whose_name_ends_with_a_number_are_numbered_too():
    document = kiln()
    for place in ("a", "b"):
        job = answers(s200=obj(id=TEXT, status=enum("queued", "done"), **{place: TEXT}))
        document["paths"] |= {f"/{place}/gen3": {"post": {"responses": job}}}
        document["paths"] |= {f"/{place}/gen3/{{id}}": {"get": {"responses": job}}}
    assert [name for name in drafted(document)["kinds"] if name.startswith("gen")] == ["gen3", "gen3_2"]


def test_a_draft_is_summed_up():
    summary = draft(kiln()).summary
    assert "kind firing: waiting -> firing; ends: fired, cancelled" in summary
    assert (
        "  create (POST /v1/firings), get (GET /v1/firings/{firing_id}), cancel (POST /v1/firings/{firing_id}/cancel)"
        in summary
    )


def test_a_command_of_another_resource_is_none_of_the_job():
    document = kiln()
    document["paths"]["/v1/kettles/{kettle_id}/cancel"] = document["paths"].pop("/v1/firings/{firing_id}/cancel")
    assert list(drafted(document)["operations"]) == ["create", "get"]


def test_calls_that_belong_to_no_job_are_named_and_left_out():
    document = kiln()
    for number in range(7):
        document["paths"][f"/v1/glazes/{number}"] = {"get": {"responses": answers(s200=obj(name=TEXT))}}
    found = draft(document)
    assert "7 calls left out" in found.summary
    assert "Left out: GET /v1/glazes/0, GET /v1/glazes/1" in found.text


def test_a_circular_schema_ends():
    node = obj(
        id=TEXT, status=enum("queued", "done"), parent=ref("Firing"), children={"type": "array", "items": ref("Firing")}
    )
    request = obj("step", step=ref("Step"), pieces={"type": "integer"})
    step = obj(name=TEXT, next=ref("Step"))
    document = kiln(Firing=node, NewFiring=request, Step=step)
    assert drafted(document)["requests"]["create"]["fields"]["step"]["type"] == "object"


def test_a_schema_that_is_itself_ends():
    document = kiln(
        Loop={"$ref": "#/components/schemas/Loop"}, NewFiring=obj(loop=ref("Loop"), both={"allOf": [ref("NewFiring")]})
    )
    assert drafted(document)["requests"]["create"]["fields"]["loop"] == "any"


def test_an_operation_of_aip_151_is_a_job():
    operation = obj(
        "name",
        name=TEXT,
        done={"type": "boolean"},
        metadata={"type": "object"},
        error=obj(code={"type": "integer"}),
        response={"type": "object"},
    )
    document = kiln(Operation=operation)
    document["paths"] = {
        "/v1/renders": {
            "post": {"requestBody": json_body(obj(scene=TEXT)), "responses": answers(s200=ref("Operation"))}
        },
        "/v1/operations/{operation}": {"get": {"responses": answers(s200=ref("Operation"))}},
        "/v1/operations/{operation}:cancel": {"post": {"responses": answers(s200=obj())}},
    }
    pack = drafted(document)
    kind = pack["kinds"]["operation"]
    assert kind["states"] == ["running", "succeeded", "failed", "cancelled"]
    assert kind["body"]["name"] == "operations/${id}"
    assert kind["body"]["done"] == {"$by": "$state", "$terminal": True, "else": False}
    assert pack["operations"]["cancel"]["call"] == "POST /v1/operations/{operation}:cancel"


def test_the_status_of_an_operation_may_be_in_its_metadata():
    operation = obj(
        name=TEXT, done={"type": "boolean"}, metadata=obj(state=enum("QUEUED", "RUNNING", "DONE"), startTime=TEXT)
    )
    document = kiln(Firing=operation)
    body = kind_of(document)["body"]
    assert body["metadata"]["state"] == "$state"
    assert body["metadata"]["startTime"] == "$entered.RUNNING?"


def test_a_job_in_an_envelope_keeps_it():
    document = kiln(Envelope=obj(code={"type": "integer", "example": 0}, data=ref("Firing")))
    for item in document["paths"].values():
        for call in item.values():
            call["responses"] = answers(s200=ref("Envelope"))
    pack = drafted(document)
    assert pack["operations"]["get"]["answer"] == {"body": {"code": 0, "data": "$job"}}
    assert pack["kinds"]["firing"]["body"] == {"id": "$id", "status": "$state"}


def test_a_read_by_its_query_and_a_cancel_by_its_body():
    document = kiln()
    document["paths"] = {
        "/firings": {"post": {"responses": answers(s200=ref("Firing"))}},
        "/firings/status": {
            "get": {
                "parameters": [
                    {"name": "team", "in": "query", "schema": {**TEXT, "example": "team_0000000000"}},
                    {"name": "firing_id", "in": "query", "required": True, "schema": {**TEXT, "example": "fir-12ab"}},
                ],
                "responses": answers(s200=ref("Firing")),
            }
        },
        "/cancel-firing": {"post": {"requestBody": json_body(obj(id=TEXT)), "responses": answers(s204=None)}},
        "/cancel-all": {"post": {"requestBody": json_body(obj(all=TEXT)), "responses": answers(s204=None)}},
        "/cancel-none": {"post": {"responses": answers(s204=None)}},
    }
    pack = drafted(document)
    assert pack["operations"]["get"]["id"] == "query.firing_id"
    assert pack["operations"]["cancel"]["id"] == "body.id"
    assert pack["operations"]["cancel"]["answer"] == {"status": 204}
    assert pack["ids"]["firing"] == {"prefix": "fir-", "alphabet": "hex", "length": 4}


def test_a_get_with_two_parameters_of_the_query_reads_no_job():
    document = kiln()
    query = [{"name": name, "in": "query", "required": True, "schema": TEXT} for name in ("a", "b")]
    document["paths"]["/v1/search"] = {"get": {"parameters": query, "responses": answers(s200=ref("Firing"))}}
    assert list(drafted(document)["operations"]) == ["create", "get", "cancel"]


def test_a_receipt_may_have_the_id_under_the_name_that_the_path_has():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["responses"] = answers(s200=obj(firing_id=TEXT, ticket=TEXT))
    document["paths"]["/v1/firings/{ticket}"] = document["paths"].pop("/v1/firings/{firing_id}")
    document["paths"]["/v1/firings/{ticket}/cancel"] = document["paths"].pop("/v1/firings/{firing_id}/cancel")
    answer = drafted(document)["operations"]["create"]["answer"]
    assert answer == {"body": {"firing_id": "text", "ticket": "$id"}}


def test_a_post_that_answers_an_id_creates_the_only_job():
    document = kiln()
    document["paths"]["/v1/text_to_pot"] = document["paths"].pop("/v1/firings")
    document["paths"]["/v1/text_to_pot"]["post"]["responses"] = answers(s200=obj("id", id=TEXT))
    document["paths"]["/v1/image_to_pot"] = {"post": {"responses": answers(s200=obj("id", id=TEXT))}}
    document["paths"]["/v1/login"] = {"post": {"responses": answers(s200=obj(token=TEXT))}}
    operations = drafted(document)["operations"]
    assert operations["create"]["answer"] == {"body": {"id": "$id"}}
    assert operations["create_image_to_pot"]["call"] == "POST /v1/image_to_pot"
    assert "create_login" not in operations


@pytest.mark.parametrize("word", ["task", "prediction"])
def test_beside_other_kinds_receipts_belong_to_general_ones(word):
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "done")))
    job = obj(id=TEXT, status=enum("PENDING", "SUCCEEDED"))
    other = obj(id=TEXT, status=enum("open", "ended"), more=TEXT)
    document["paths"] |= {
        f"/v1/{word}s/{{id}}": {"get": {"responses": answers(s200=job)}},
        "/v1/talks/{id}": {"get": {"responses": answers(s200=other)}},
        "/v1/speak": {"post": {"responses": answers(s200=obj(id=TEXT))}},
    }
    operations = drafted(document)["operations"]
    assert operations[f"create_{word}"]["call"] == "POST /v1/speak"


def test_two_kinds_without_creates_beside_another_get_none():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "done")))
    for name in ("walk", "talk"):
        job = obj(id=TEXT, status=enum("PENDING", "SUCCEEDED"), **{name: TEXT})
        document["paths"][f"/v1/{name}s/{{id}}"] = {"get": {"responses": answers(s200=job)}}
    document["paths"]["/v1/speak"] = {"post": {"responses": answers(s200=obj(id=TEXT))}}
    assert list(drafted(document)["kinds"]) == ["firing"]


def test_a_create_with_a_part_of_the_job_is_found_by_its_statuses():
    document = kiln()
    document["paths"]["/v1/queue"] = document["paths"].pop("/v1/firings")
    started = obj("id", id=TEXT, status=enum("waiting"), position={"type": "integer"})
    document["paths"]["/v1/queue"]["post"]["responses"] = answers(s200=started)
    document["paths"]["/v1/words"] = {"post": {"responses": answers(s200=obj(word=TEXT))}}
    create = drafted(document)["operations"]["create"]
    assert create["call"] == "POST /v1/queue"
    assert create["answer"]["body"] == {"id": "$id", "status": "$state", "position": 1}


def test_a_long_running_operation_answers_the_address_of_the_job():
    document = kiln(Firing=obj(id=TEXT, status=TEXT))
    create = document["paths"]["/v1/firings"]["post"]
    create |= {
        "x-ms-long-running-operation": True,
        "x-ms-long-running-operation-options": {"final-state-via": "azure-async-operation"},
        "responses": answers(s202=None),
    }
    found = draft(document)
    assert "hints: x-ms-long-running-operation" in "\n".join(found.summary)
    assert "final-state-via is azure-async-operation" in found.text
    operations = drafted(document)["operations"]
    assert operations["create"]["answer"] == {"status": 202, "headers": {"Azure-AsyncOperation": "$url.get"}}
    assert kind_of(document)["states"] == ["queued", "running", "succeeded", "failed", "cancelled"]


def test_documented_addresses_are_answered():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["responses"]["201"]["headers"] = {
        "Location": {"schema": TEXT},
        "X-Other": {"schema": TEXT},
    }
    assert drafted(document)["operations"]["create"]["answer"] == {
        "status": 201,
        "body": "$job",
        "headers": {"Location": "$url.get"},
    }


def test_statuses_of_waiters_end_a_job():
    document = kiln(Firing=obj(id=TEXT, status=enum("cold", "hot", "cracked", "glazed")))
    document["paths"]["/v1/firings/{firing_id}"]["get"] |= {
        "operationId": "GetFiring",
        "x-speakeasy-polling": [
            {
                "name": "Done",
                "successCriteria": [{"condition": '$response.body#/status == "glazed"'}],
                "failureCriteria": [{"condition": "$statusCode == 500"}],
            }
        ],
    }
    document["x-waiters"] = {
        "Fired": {
            "operation": "GetFiring",
            "acceptors": [{"state": "failure", "matcher": "path", "argument": "status", "expected": "cracked"}],
        }
    }
    kind = kind_of(document)
    assert kind["terminal"] == ["glazed", "cracked"]
    assert kind["states"] == ["cold", "hot", "glazed", "cracked"]
    assert "  hints: waiters, x-speakeasy-polling" in draft(document).summary


def test_a_delete_cancels_where_a_status_says_so():
    document = kiln()
    document["paths"].pop("/v1/firings/{firing_id}/cancel")
    document["paths"]["/v1/firings/{firing_id}"]["delete"] = {"responses": answers(s204=None)}
    pack = drafted(document)
    assert pack["operations"]["cancel"]["call"] == "DELETE /v1/firings/{firing_id}"
    assert pack["kinds"]["firing"]["cancel"]["fired|cancelled"]["delete"] is True


def test_a_delete_deletes_beside_a_cancel():
    document = kiln()
    document["paths"]["/v1/firings/{firing_id}"]["delete"] = {
        "responses": answers(s200=obj(id=TEXT, deleted={"type": "boolean"}))
    }
    pack = drafted(document)
    assert pack["operations"]["delete"]["answer"] == {"body": {"id": "$id", "deleted": True}}


def test_a_delete_without_such_a_status_deletes():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "done")))
    document["paths"].pop("/v1/firings/{firing_id}/cancel")
    document["paths"]["/v1/firings/{firing_id}"]["delete"] = {"responses": answers(s204=None)}
    pack = drafted(document)
    assert pack["operations"]["delete"]["role"] == "delete"
    assert "cancel" not in pack["kinds"]["firing"]


def test_a_status_call_and_a_result_call_belong_to_the_job():
    document = kiln()
    document["paths"] |= {
        "/v1/firings/{firing_id}/status": {"get": {"responses": answers(s200=obj(status=enum("waiting", "fired")))}},
        "/v1/firings/{firing_id}/result": {
            "get": {"responses": answers(s200={"type": "array", "items": {"type": "integer"}})}
        },
    }
    operations = drafted(document)["operations"]
    assert operations["status"]["answer"] == {"body": {"status": "$state"}}
    assert operations["results"]["answer"] == {"body": [1]}


@pytest.mark.parametrize(
    ("responses", "answer"),
    [
        (answers(s200=obj(id=TEXT)), {"body": {"id": "$id"}}),
        ({"200": json_body({}, "video/mp4")}, {"file": "txt"}),
        (answers(s302=None), {"status": 200}),
        (answers(s204=None), {"status": 204}),
    ],
)
def test_a_read_of_the_status_alone_leaves_the_result_to_the_other(responses, answer):
    document = kiln()
    document["paths"]["/v1/firings/{firing_id}/status"] = document["paths"].pop("/v1/firings/{firing_id}")
    document["paths"]["/v1/firings/{firing_id}"] = {"get": {"responses": responses}}
    assert drafted(document)["operations"]["results"]["answer"] == answer


def test_a_form_is_a_body():
    document = kiln()
    fields = obj("photo", photo={"type": "string", "format": "binary"}, note=TEXT)
    document["paths"]["/v1/firings"]["post"]["requestBody"] = json_body(fields, "multipart/form-data")
    pack = drafted(document)
    assert pack["operations"]["create"]["body"] == "multipart"
    assert pack["requests"]["create"]["fields"]["photo"] == {"type": "file", "required": True}


def test_a_body_of_another_media_type_is_bytes_and_a_question():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["requestBody"] = json_body({}, "application/xml")
    found = draft(document)
    assert "neither JSON nor a form" in found.text
    assert drafted(document)["operations"]["create"]["body"] == "bytes"


def test_parameters_of_the_path_have_examples():
    document = kiln()
    for path in list(document["paths"]):
        item = document["paths"].pop(path)
        item["parameters"] = [{"name": "studio", "in": "path", "required": True, "schema": {**TEXT, "example": "a/b"}}]
        document["paths"][f"/{{studio}}{path}"] = item
    operations = drafted(document)["operations"]
    assert operations["get"]["path"] == {"studio": "a-b"}
    assert operations["create"]["path"] == {"studio": "a-b"}


def test_a_path_that_a_pack_cannot_have_is_left_out():
    document = kiln()
    document["paths"]["/v1/firings?beta=true"] = {"post": {"responses": answers(s200=ref("Firing"))}}
    assert list(drafted(document)["operations"]) == ["create", "get", "cancel"]


def test_a_job_by_an_action_behind_its_id_is_named_in_the_path():
    document = kiln()
    item = document["paths"].pop("/v1/firings/{firing_id}/cancel")
    document["paths"]["/v1/firings/{id}/actions/{action}"] = item
    document["paths"]["/v1/firings/{id}/abort"] = item
    assert drafted(document)["operations"]["cancel"]["call"] == "POST /v1/firings/{id}/abort"


def test_a_document_in_which_all_creates_belong_to_one_read_has_one_kind():
    document = kiln()
    document["paths"]["/v2/firings/{id}"] = {"get": {"responses": answers(s200=ref("Firing"))}}
    assert list(drafted(document)["kinds"]) == ["firing"]


def test_many_calls_are_bounded():
    document = kiln()
    for number in range(2_010):
        document["paths"][f"/v1/glazes/{number}"] = {"get": {"responses": answers(s200=obj(name=TEXT))}}
    found = draft(document)
    assert "only the first 2000 calls were read" in found.summary
