"""The parts of drafting that a whole draft shows badly: words, samples, hints, text."""

import pytest

from mockserver.pack_draft import codes
from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.hints import hinted_stages
from mockserver.pack_draft.pack_text import pack_text
from mockserver.pack_draft.questions import MAX_QUESTIONS_PER_PLACE, Questions
from mockserver.pack_draft.samples_of_schemas import MAX_DEPTH, SampleMaker
from mockserver.pack_draft.schemas import SchemaReader
from mockserver.pack_draft.status_words import Stage, guess_lifecycle, is_job_like, stage_of
from tests.unit.pack_draft.documents import (
    TEXT,
    answers,
    calls_of,
    capture_of,
    draft,
    drafted,
    enum,
    json_body,
    kiln,
    obj,
    parsed,
    ref,
)

READER = SchemaReader(capture_of(kiln()))


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("QUEUED", Stage.WAITING),
        ("not_ready", Stage.WAITING),
        ("IN_PROGRESS", Stage.WORKING),
        ("inProgress", Stage.WORKING),
        ("JOB_STATE_SUCCEEDED", Stage.SUCCEEDED),
        ("upload failed", Stage.FAILED),
        ("timed_out", Stage.EXPIRED),
        ("cancelling", Stage.CANCELLING),
        ("Canceled", Stage.CANCELLED),
        ("purple", None),
    ],
)
def test_a_word_says_its_stage(word, stage):
    assert stage_of(word) is stage


def test_statuses_are_those_of_a_job_if_one_ends_it_and_one_does_not():
    assert is_job_like(["queued", "done"])
    assert not is_job_like(["active", "archived"])
    assert not is_job_like(["done", "failed"])


@pytest.mark.parametrize(
    ("statuses", "states", "terminal"),
    [
        (["failed", "done", "running", "queued"], ["queued", "running", "done", "failed"], ["done", "failed"]),
        (["cold", "hot"], ["cold", "hot"], ["hot"]),
        (["heating", "cold"], ["heating", "cold"], ["cold"]),
        (["heating", "cooling"], ["heating", "cooling"], ["cooling"]),
        (["queued", "running"], ["queued", "running"], ["running"]),
        (["done", "failed"], ["created", "done", "failed"], ["done", "failed"]),
        (["ready", "running", "completed"], ["ready", "running", "completed"], ["completed"]),
        (["queued", "failed"], ["queued", "failed"], ["failed"]),
        (["a b", "a_b", "done"], ["a_b", "done"], ["done"]),
        (["---", "done"], ["state", "done"], ["done"]),
    ],
)
def test_states_are_put_in_an_order(statuses, states, terminal):
    guess = guess_lifecycle(statuses, {})
    assert list(guess.states) == states
    assert list(guess.terminal) == terminal


def test_states_without_a_success_end_in_what_there_is():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "paused", "running", "failed", "aborted", "cancelled")))
    kind = drafted(document)["kinds"]["firing"]
    assert kind["course"][-1] == "failed"
    assert kind["moves"]["paused"] == ["queued", "running", "failed", "cancelled"]


def test_without_a_cancel_time_leads_to_cancelled():
    document = kiln()
    document["paths"].pop("/v1/firings/{firing_id}/cancel")
    assert drafted(document)["kinds"]["firing"]["moves"]["firing"] == ["fired", "cancelled"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/batches", "batch"),
        ("/queries", "query"),
        ("/boxes", "box"),
        ("/glass", "glass"),
        ("/status_es", "status_e"),
        ("/campus", "campus"),
        ("/as", "as"),
        ("/v1/2d", "job"),
        ("/{tenant}", "job"),
    ],
)
def test_a_kind_is_named_by_its_path(path, name):
    document = kiln()
    document["paths"] = {
        path: {"post": {"responses": answers(s200=ref("Firing"))}},
        f"{path}/{{id}}": {"get": {"responses": answers(s200=ref("Firing"))}},
    }
    assert list(drafted(document)["kinds"]) == [name]


# Samples


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "example": 7}, 7),
        ({"type": "integer", "example": "7"}, 1),
        ({"type": "integer", "example": 7.5, "minimum": 3}, 3),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "minimum": 3, "multipleOf": 4}, 4),
        ({"type": "number", "example": 0.5}, 0.5),
        ({"type": "boolean", "default": False}, False),
        ({"type": "boolean", "example": 1}, True),
        ({"enum": [True, 2]}, True),
        ({"example": True}, True),
        ({"type": "string", "examples": ["one", "two"]}, "one"),
        ({"type": "string", "examples": {"a": {"value": "b"}}}, "text"),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "xx"),
        ({"type": "string", "pattern": "^[0-9]{2}$"}, "12"),
        ({"type": "string", "pattern": "^[0-9]{2}$", "example": "x"}, "12"),
        ({"type": "string", "example": "x" * 400}, "text"),
        ({"type": "string", "pattern": "^zzz[QX]$", "maxLength": 3}, "tex"),
        ({"oneOf": [{"type": "integer"}, TEXT]}, 1),
        ({"type": "array", "items": {"type": "string", "pattern": "^zzz[QX]$"}}, ["text"]),
        ({"type": "array", "minItems": 3, "items": TEXT}, ["text"] * 3),
        (obj("b", a={"type": "null"}, b=TEXT), {"a": "text", "b": "text"}),
        ({"type": "string", "pattern": "^[a-f]{7}$", "minLength": 7}, "aaaaaaa"),
    ],
)
def test_a_sample_fits_its_schema(schema, value):
    assert SampleMaker(READER, only_required=False).value(READER.flat(schema)) == value


def test_a_schema_with_properties_is_an_object_and_a_number_may_be_a_fraction():
    schema = {"properties": {"x": {"type": "number", "minimum": 1.5}}}
    assert SampleMaker(READER, only_required=False).value(READER.flat(schema)) == {"x": 1.5}


def test_deep_arrays_are_arrays_of_any_value():
    schema = {"type": "string"}
    for _ in range(6):
        schema = {"type": "array", "items": schema}
    field = drafted(kiln(NewFiring=obj(x=schema)))["requests"]["create"]["fields"]["x"]
    for _ in range(4):
        field = field["of"]
    assert field == "array"


def test_creates_of_one_name_have_numbers():
    document = kiln()
    for place in ("red", "blue"):
        document["paths"][f"/v1/{place}/edits"] = {"post": {"responses": answers(s200=ref("Firing"))}}
    assert list(drafted(document)["operations"])[:3] == ["create", "create_edits", "create_edits_2"]


def test_successes_of_one_schema_are_no_alternatives():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["responses"] = answers(s200=ref("Firing"), s202=ref("Firing"))
    assert calls_of(document)[0].success.alternatives == ()


def test_a_create_with_only_a_default_answer_has_no_headers():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["responses"] = answers(sdefault=ref("Firing"))
    assert drafted(document)["operations"]["create"]["answer"] == {"status": 200}


def test_a_job_without_an_id_has_ids_by_its_path():
    document = kiln(Firing=obj("status", status=enum("waiting", "firing", "fired", "cancelled")))
    path = document["paths"]["/v1/firings/{firing_id}"]
    path["get"]["parameters"] = [{"name": "firing_id", "in": "path", "schema": {"type": "string", "format": "uuid"}}]
    assert drafted(document)["ids"] == {"firing": {"form": "uuid"}}


def test_a_pattern_of_digits_and_signs_is_one_of_digits():
    document = kiln(Firing={**kiln()["components"]["schemas"]["Firing"]})
    firing = document["components"]["schemas"]["Firing"]
    firing["properties"] = {**firing["properties"], "id": {"type": "string", "pattern": "^f_[0-9_]{8}$"}}
    assert drafted(document)["ids"] == {"firing": {"prefix": "f_", "alphabet": "digits", "length": 8}}


def test_required_members_below_the_last_level_are_null_and_others_are_left_out():
    schema = TEXT
    for _ in range(MAX_DEPTH + 1):
        schema = obj("a", a=schema, b=schema)
    sample = SampleMaker(READER, only_required=False).value(READER.flat(schema))
    for _ in range(MAX_DEPTH):
        sample = sample["a"]
    assert sample == {"a": None}


def test_a_sample_is_bounded():
    wide = obj(**{f"a{number}": {"type": "array", "minItems": 10, "items": TEXT} for number in range(100)})
    sample = SampleMaker(READER, only_required=False).value(READER.flat(wide))
    assert 0 < len(str(sample)) < 6_000


def test_a_create_without_a_fitting_text_has_no_pattern():
    document = kiln(NewFiring=obj("code", code={"type": "string", "pattern": "^zzz[QX]$"}))
    drafted_pack = drafted(kiln(NewFiring=obj("code", code={"type": "string", "minLength": 3})))
    assert drafted_pack["kinds"]["firing"]["example"] == {"code": "text"}
    assert drafted(document)["requests"]["create"]["fields"]["code"] == {"type": "string", "required": True}


# Hints


def read_with(document=None, **extensions) -> ApiCall:
    found = kiln()
    found["paths"]["/v1/firings/{firing_id}"]["get"] |= {"operationId": "GetFiring", **extensions}
    return next(call for call in calls_of(found) if call.method == "GET")


SMITHY = {
    "acceptors": [
        {
            "state": "success",
            "matcher": {"output": {"path": "status", "expected": "glazed", "comparator": "stringEquals"}},
        },
        {"state": "failure", "matcher": {"inputOutput": {"path": "output.status", "expected": "cracked"}}},
        {"state": "failure", "matcher": {"success": False}},
        {"state": "failure", "matcher": {"errorType": "NotFound"}},
        {"state": "retry", "matcher": {"output": {"expected": "hot"}}},
        "no mapping",
    ]
}


@pytest.mark.parametrize("key", ["smithy.waiters#waitable", "x-waiters"])
def test_waiters_of_smithy_are_read(key):
    read = read_with(**{key: {"FiringGlazed": SMITHY}})
    assert hinted_stages(read, {}) == {"glazed": Stage.SUCCEEDED, "cracked": Stage.FAILED}


def test_waiters_of_botocore_are_read_for_their_operation():
    waiters = {
        "One": {
            "operation": "GetFiring",
            "acceptors": [
                {"matcher": "pathAll", "expected": "canceled", "state": "failure"},
                {"matcher": "status", "expected": 404, "state": "success"},
                {"matcher": "error", "expected": "NotFound", "state": "failure"},
            ],
        },
        "Two": {"operation": "Other", "acceptors": [{"matcher": "path", "expected": "x", "state": "success"}]},
        "Three": {"operation": "GetFiring", "acceptors": 3},
    }
    assert hinted_stages(read_with(), {"waiters": waiters}) == {"canceled": Stage.CANCELLED}


@pytest.mark.parametrize(
    ("polling", "stages"),
    [
        ([{"successCriteria": [{"condition": "$response.body#/status == 'glazed'"}]}], {"glazed": Stage.SUCCEEDED}),
        ([{"failureCriteria": [{"condition": "status == cracked"}]}], {"cracked": Stage.FAILED}),
        ([{"successCriteria": "glazed"}, 3], {}),
        ("glazed", {}),
    ],
)
def test_polling_of_speakeasy_is_read(polling, stages):
    assert hinted_stages(read_with(**{"x-speakeasy-polling": polling}), {}) == stages


@pytest.mark.parametrize("options", [None, 3, {"other": 1}])
def test_a_long_running_operation_without_options_answers_a_location(options):
    document = kiln()
    document["paths"]["/v1/firings"]["post"] |= {
        "x-ms-long-running-operation": True,
        "x-ms-long-running-operation-options": options,
    }
    assert drafted(document)["operations"]["create"]["answer"]["headers"] == {"Location": "$url.get"}


def test_a_long_running_operation_creates_the_job_that_no_other_call_creates():
    document = kiln()
    document["paths"]["/v1/start"] = {
        "post": {"x-ms-long-running-operation": True, "responses": answers(s202=None, s200=None)}
    }
    document["paths"].pop("/v1/firings")
    assert drafted(document)["operations"]["create"]["call"] == "POST /v1/start"


def test_a_free_status_has_the_states_of_the_hints():
    document = kiln(Firing=obj(id=TEXT, status=TEXT))
    document["paths"]["/v1/firings/{firing_id}"]["get"]["x-waiters"] = {"Done": SMITHY}
    kind = drafted(document)["kinds"]["firing"]
    assert {"glazed", "cracked"} <= set(kind["terminal"])
    assert "cancelled" in kind["states"]


def test_a_free_status_without_a_cancel_is_never_cancelled():
    document = kiln(Firing=obj(id=TEXT, status=TEXT))
    document["paths"].pop("/v1/firings/{firing_id}/cancel")
    assert drafted(document)["kinds"]["firing"]["states"] == ["queued", "running", "succeeded", "failed"]


def test_a_get_of_something_of_a_job_reads_no_job():
    document = kiln()
    document["paths"]["/v1/firings/{firing_id}/pieces"] = {"get": {"responses": answers(s200=ref("Firing"))}}
    assert list(drafted(document)["operations"]) == ["create", "get", "cancel"]


def test_an_event_of_the_beginning_reports_the_first_state():
    document = kiln(Firing=obj(id=TEXT, status=enum("running", "done")))
    document["webhooks"] = {"firing.queued": {"post": {}}}
    assert drafted(document)["kinds"]["firing"]["webhooks"]["events"] == {"firing.queued": {"on": ["running"]}}


def test_a_reference_to_itself_ends():
    document = kiln()
    document["components"]["parameters"] = {"A": {"$ref": "#/components/parameters/A"}}
    document["paths"]["/v1/firings/{firing_id}"]["parameters"] = [{"$ref": "#/components/parameters/A"}]
    assert drafted(document)["operations"]["get"]["role"] == "read"


def test_many_statuses_are_bounded():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "done", *(f"step{number}" for number in range(5_000)))))
    assert len(drafted(document)["kinds"]["firing"]["states"]) == 60
    assert "The document has 5002; the first 60 are here." in draft(document).text


def test_odd_names_of_a_document_are_no_names_of_the_pack():
    odd = {"": TEXT, "$by": TEXT, "<<": TEXT, "a.b": TEXT, "x y": TEXT, "\x07": TEXT, "?": TEXT}
    document = kiln(
        NewFiring=obj(**odd), Firing=obj("id", id=TEXT, status=enum("queued", "${y}", "$x", "done", "", "a|b"), **odd)
    )
    document["paths"]["/v1/firings"]["post"]["responses"] |= {"999": json_body(TEXT), "4xx": json_body(TEXT)}
    document["servers"] = [{"url": "/api é"}]
    pack = drafted(document)
    assert "" not in pack["requests"]["create"]["fields"]
    assert "$by" not in pack["kinds"]["firing"]["body"]


def test_a_number_is_no_status():
    document = kiln(Firing=obj(id=TEXT, status={"type": "integer", "enum": [0, 1]}, task_status=enum("queued", "done")))
    assert drafted(document)["kinds"]["firing"]["body"]["task_status"] == "$state"


def test_a_list_needs_an_array_of_objects():
    document = kiln()
    document["paths"]["/v1/firings"]["get"] = {"responses": answers(s200=obj(names={"type": "array", "items": TEXT}))}
    assert "list" not in drafted(document)["operations"]


# Schemas


def test_parts_of_a_schema_are_merged():
    view = READER.flat({"allOf": [ref("Firing"), obj("note", note=TEXT)], "description": "A firing."})
    assert list(view.members) == ["id", "status", "note"]
    assert view.required == {"id", "status", "note"}
    assert view.keyword("description") == "A firing."


def test_what_is_no_schema_has_an_empty_view():
    assert READER.flat(True).members == {}
    assert READER.flat({"oneOf": []}).alternatives == ()


def test_a_reference_to_a_reference_is_followed():
    document = kiln()
    document["components"]["parameters"] = {
        "A": {"$ref": "#/components/parameters/B"},
        "B": {"name": "after", "in": "query", "schema": TEXT},
    }
    document["paths"]["/v1/firings"]["get"] = {
        "parameters": [{"$ref": "#/components/parameters/A"}],
        "responses": answers(s200={"type": "array", "items": ref("Firing")}),
    }
    assert drafted(document)["operations"]["list"]["pages"]["after"] == "after"


def test_a_success_in_several_bodies_has_what_all_of_them_have():
    document = kiln()
    document["paths"]["/v1/firings/{firing_id}"]["get"]["responses"] = {
        **answers(
            s202=obj("id", id=TEXT, status=enum("queued")), s200=obj("id", id=TEXT, status=enum("done"), result=TEXT)
        ),
        "203": json_body(TEXT, "text/plain"),
    }
    assert drafted(document)["kinds"]["firing"]["states"] == ["queued", "done"]


# Questions and text


def test_a_question_is_asked_once_and_a_place_has_only_some():
    questions = Questions()
    for number in (1, 1, 2, 3, 4, 5, 6):
        questions.ask("a", question=f"What   is\n{number}?")
    assert questions.comments()[("a",)][0] == "OPEN: What is 1?"
    assert questions.count == MAX_QUESTIONS_PER_PLACE


def test_a_pack_is_written_in_lines_of_a_width():
    pack = {
        "pack": 1,
        "empty": {},
        "list": [{"name": "x" * 60, "more": ["y" * 50, "z"]}, "w" * 130, 3, {}],
        "short": {"a": {"b": 1, "c": [True, None]}},
        "deep": {"a": {"b": {"c": "x" * 60, "d": "y" * 60}}},
    }
    comments = {(): ["head"], ("short", "a", "b"): ["about b"]}
    text = pack_text(pack, comments)
    assert parsed(text) == pack
    assert text.startswith("# head\npack: 1\n")
    assert "      # about b\n      b: 1\n" in text or "    # about b\n    b: 1\n" in text
    assert all(len(line) <= 130 + 10 for line in text.splitlines())


@pytest.mark.parametrize("text", ["", "true", "1e5", "a: b", "# c", "é", "- x", "$id", "${id}", "a\u2028b", "no", "<<"])
def test_any_text_of_a_document_is_a_text_of_the_pack(text):
    document = kiln(
        Firing=obj(id=TEXT, status=enum("queued", "done"), note={"type": "string", "example": text or "text"})
    )
    assert draft(document).questions


def test_the_codes_are_described():
    assert set(codes.CODES) == {"PDR001", "PDR002"}
