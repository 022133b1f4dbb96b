"""The sections of a draft, each by what its document says."""

import pytest

from tests.unit.pack_draft.documents import FIRING, TEXT, answers, draft, drafted, enum, json_body, kiln, obj, ref

INTEGER = {"type": "integer"}
URL = {"type": "string", "format": "uri"}
TIME = {"type": "string", "format": "date-time"}


def job_with(*required, **members):
    """Return the document of a kiln whose job has more members."""
    return kiln(Firing=obj("id", *required, **{**FIRING["properties"], **members}))


def body_of(document):
    (kind,) = drafted(document)["kinds"].values()
    return kind["body"]


def member_of(schema, *required, name="x"):
    return body_of(job_with(*required, **{name: schema})).get(name, "none")


def field_of(schema):
    return drafted(kiln(NewFiring=obj(x=schema)))["requests"]["create"]["fields"]["x"]


# Bodies


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("created_at", TIME, "$created"),
        ("updated_at", TIME, "$changed"),
        ("started_at", TIME, "$entered.firing?"),
        ("finished_at", TIME, "$ended?"),
        ("finished_at", {"type": ["string", "null"], "format": "date-time"}, "$ended"),
        ("cancelled_at", TIME, "$entered.cancelled?"),
        ("failed_at", TIME, "$absent"),
        ("expires_at", TIME, "$absent"),
        ("expires_at", {"type": ["string", "null"]}, None),
        ("createdAt", INTEGER, "$created"),
        ("created", {"type": "object"}, {}),
        ("progress", INTEGER, {"$by": "$state", "firing": "$progress", "fired": 100, "else": 0}),
        (
            "percent",
            {"type": "number", "maximum": 1},
            {"$by": "$state", "firing": "$progress.fraction", "fired": 1, "else": 0},
        ),
        ("status_url", URL, "$url.get"),
        ("cancel_url", URL, "$url.cancel"),
        ("href", URL, "$url.get"),
        ("photo_url", URL, "https://files.example.com/sample"),
        ("video_url", URL, {"$by": "$state", "fired": "https://files.example.com/sample", "else": "$absent"}),
        ("output", {"type": ["string", "null"]}, {"$by": "$state", "fired": "text", "else": None}),
        ("error", TEXT, "$absent"),
        ("pieces", INTEGER, "$request.pieces?"),
        ("pieces", TEXT, "text"),
        ("price", {"type": "string", "example": "$5 for ${all}"}, "$$5 for {all}"),
        ("$schema", TEXT, "none"),
        ("secret", {"type": "string", "writeOnly": True}, "none"),
        ("other", {"type": "object", "example": {"$a": 1, "b": "$2"}}, {}),
        ("tags", {"type": "array", "items": {"type": "string", "example": "$x"}}, ["$$x"]),
    ],
)
def test_a_member_of_a_body_has_the_value_that_its_name_says(name, schema, value):
    assert member_of(schema, name=name) == value


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("cancel_url", URL, "https://files.example.com/sample"),
        ("progress", INTEGER, {"$by": "$state", "done": 100, "else": 0}),
    ],
)
def test_a_member_names_no_cancel_and_no_working_state_that_the_kind_has_not(name, schema, value):
    document = kiln(Firing=obj("id", "status", id=TEXT, status=enum("queued", "done"), **{name: schema}))
    document["paths"].pop("/v1/firings/{firing_id}/cancel")
    assert body_of(document)[name] == value


def test_a_required_instant_without_a_rule_is_that_of_the_last_change():
    assert member_of(TIME, "expires_at", name="expires_at") == "$changed"


def test_a_failed_state_shows_the_error():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "done", "failed"), error=TEXT, failed_at=TIME))
    body = body_of(document)
    assert body["error"] == {"$by": "$state", "failed": "text", "else": "$absent"}
    assert body["failed_at"] == "$entered.failed?"


def test_the_first_state_of_a_cancel_has_its_instant():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "stopping", "stopped"), cancel_time=TIME))
    assert body_of(document)["cancel_time"] == "$entered.stopping?"


def test_a_cancel_that_no_status_shows_is_a_question():
    question = "OPEN: Which state follows a cancel? No status says cancelled; here it is done."
    assert question in draft(kiln(Firing=obj(id=TEXT, status=enum("queued", "done")))).text
    assert "Which state follows a cancel?" not in draft(kiln()).text


def test_a_state_of_a_cancel_under_way_has_its_instant():
    document = kiln(Firing=obj(id=TEXT, status=enum("queued", "stopping", "done"), cancel_requested_at=TIME))
    kind = drafted(document)["kinds"]["firing"]
    assert kind["body"]["cancel_requested_at"] == "$entered.stopping?"
    assert kind["cancel"]["queued"]["accept"] == [{"stopping": "2s"}, "done"]
    assert kind["cancel"]["stopping"]["unchanged"] is True


def test_nested_objects_are_looked_at_to_a_depth():
    level = obj(created_at=TIME, id=TEXT)
    for _ in range(5):
        level = obj(created_at=TIME, inner=level)
    body = body_of(job_with(inner=level))
    assert body["inner"]["inner"]["inner"]["created_at"] == "$created"
    assert body["inner"]["inner"]["inner"]["inner"]["created_at"] == "2026-01-15T12:00:00Z"


def test_the_object_of_the_status_is_one_level_of_the_depth():
    deep = obj(created_at=TIME, inner=obj(created_at=TIME, inner=obj(created_at=TIME)))
    operation = obj(name=TEXT, done={"type": "boolean"}, metadata=obj(state=enum("queued", "done"), inner=deep))
    metadata = body_of(kiln(Firing=operation))["metadata"]
    assert metadata["inner"]["inner"]["created_at"] == "$created"
    assert metadata["inner"]["inner"]["inner"]["created_at"] == "2026-01-15T12:00:00Z"


def test_a_file_that_was_sent_is_not_answered():
    document = job_with(photo=TEXT)
    fields = obj(photo={"type": "string", "format": "binary"})
    document["paths"]["/v1/firings"]["post"]["requestBody"] = json_body(fields, "multipart/form-data")
    assert body_of(document)["photo"] == "text"


def test_statuses_that_are_no_names_are_written_as_the_document_has_them():
    document = kiln(Firing=obj(id=TEXT, status=enum("In queue", "1st run", "done")))
    kind = drafted(document)["kinds"]["firing"]
    assert kind["states"] == ["In_queue", "state_1st_run", "done"]
    assert kind["body"]["status"] == {
        "$by": "$state",
        "In_queue": "In queue",
        "state_1st_run": "1st run",
        "else": "$state",
    }


def test_members_of_variants_are_shown_in_their_states():
    variants = [
        obj("id", "status", id=TEXT, status=enum("queued")),
        obj("id", "status", id=TEXT, status=enum("done"), files={"type": "array", "items": TEXT}, when=TIME),
        obj("id", "status", id=TEXT, status={"const": "failed"}, reason=TEXT, when=INTEGER),
    ]
    body = body_of(kiln(Firing={"oneOf": variants, "discriminator": {"propertyName": "status"}}))
    assert body["files"] == {"$by": "$state", "done": ["text"]}
    assert body["reason"] == {"$by": "$state", "failed": "text"}
    assert body["id"] == "$id"


def test_variants_without_statuses_of_their_own_say_nothing_about_states():
    variants = [obj(id=TEXT, status=enum("queued", "done")), obj(id=TEXT, more=TEXT)]
    assert body_of(kiln(Firing={"anyOf": variants}))["more"] == "text"


@pytest.mark.parametrize(
    ("schema", "time_format"),
    [
        (TIME, "iso-ms"),
        ({**TIME, "example": "2026-01-15T12:00:00Z"}, "iso-s"),
        ({**TIME, "example": "2026-01-15T12:00:00.123Z"}, "iso-ms"),
        ({**TIME, "example": "2026-01-15T12:00:00.123456Z"}, "iso-us"),
        (INTEGER, "unix"),
        ({**INTEGER, "example": 1768478400000}, "unix-ms"),
    ],
)
def test_instants_are_written_as_the_document_shows_them(schema, time_format):
    assert drafted(job_with(created_at=schema))["time_format"] == time_format


def test_another_format_of_one_instant_is_its_own():
    document = job_with(created_at=TIME, updatedAt=TIME, finished_at=INTEGER)
    assert body_of(document)["finished_at"] == {"$time": "$ended", "as": "unix"}


# Requests


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        (TEXT, "string"),
        ({"type": "boolean", "default": True}, {"type": "boolean", "default": True}),
        ({}, "any"),
        ({"type": ["string", "integer"]}, "any"),
        ({"type": ["string", "integer", "null"]}, "any"),
        ({"type": "string", "nullable": True}, {"any_of": ["string", {"options": [None]}]}),
        ({"type": ["integer", "null"], "minimum": 2}, {"any_of": [{"type": "integer", "min": 2}, {"options": [None]}]}),
        ({"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 9}, {"type": "integer", "min": 3, "max": 8}),
        ({"type": "number", "minimum": 0.5, "maximum": 1.5}, {"type": "number", "min": 0, "max": 2}),
        ({"type": "number", "minimum": -1e30}, "number"),
        ({"enum": ["a", 2, None]}, {"any_of": [{"options": ["a", 2]}, {"options": [None]}]}),
        ({"enum": [["a"], ["b"]]}, "any"),
        ({"type": "string", "minLength": 2, "maxLength": 8}, {"type": "string", "min": 2, "max": 8}),
        ({"type": "string", "maxLength": 10**9}, "string"),
        ({"type": "string", "pattern": "^v[0-9]+$", "example": "v2"}, {"type": "string", "pattern": "v[0-9]+"}),
        ({"type": "string", "pattern": "[0-9]{3}$"}, {"type": "string", "pattern": ".*[0-9]{3}"}),
        ({"type": "string", "pattern": "^(a|b)$"}, {"type": "string", "pattern": "(a|b)"}),
        ({"type": "string", "pattern": "^a|b$"}, {"type": "string", "pattern": ".*(?:^a|b$).*"}),
        ({"type": "string", "pattern": "^[0-9]\\$"}, "string"),
        ({"type": "string", "pattern": "^zzz[QX]{7}$"}, "string"),
        ({"type": "string", "pattern": "("}, "string"),
        ({"type": "string", "pattern": "(a+)+$"}, "string"),
        (URL, "url"),
        ({**URL, "maxLength": 90}, {"type": "string", "max": 90}),
        (TIME, "date-time"),
        ({"type": "array"}, "array"),
        ({"type": "array", "items": TEXT, "maxItems": 3}, {"type": "array", "max": 3, "of": "string"}),
        ({"type": "object"}, "object"),
        ({"type": "object", "minProperties": 1}, {"type": "object", "min": 1}),
        (obj("a", a=TEXT), {"type": "object", "fields": {"a": {"type": "string", "required": True}}}),
        ({"oneOf": [TEXT, INTEGER]}, {"any_of": ["string", "integer"]}),
        ({"oneOf": [TEXT, {}]}, "any"),
        ({"anyOf": [INTEGER, {"type": "null"}]}, {"any_of": ["integer", {"options": [None]}]}),
        ({"oneOf": [enum("a"), enum("b")]}, {"options": ["a", "b"]}),
    ],
)
def test_a_field_has_the_limits_of_its_schema(schema, field):
    assert field_of(schema) == field


def test_limits_that_a_pack_cannot_have_are_remarked():
    text = draft(kiln(NewFiring=obj(x={"type": "number", "minimum": 0.5}))).text
    assert "# The document has 0.5 to any; a pack has whole bounds." in text


def test_a_pattern_that_cannot_be_used_is_a_question():
    text = draft(kiln(NewFiring=obj(x={"type": "string", "pattern": "^zzz[QX]{7}$"}))).text
    assert "OPEN: A pattern of the document is left out" in text


def test_members_that_only_answers_have_are_no_fields():
    fields = drafted(kiln(NewFiring=obj(a={**TEXT, "readOnly": True}, b=TEXT)))["requests"]["create"]["fields"]
    assert fields == {"b": "string"}


def test_fields_are_bounded_in_number():
    many = {f"m{number}": obj(**{f"n{inner}": TEXT for inner in range(120)}) for number in range(20)}
    found = draft(kiln(NewFiring=obj(**many)))
    assert "more fields than a draft" in found.text


@pytest.mark.parametrize("discriminator", [{}, {"discriminator": {"propertyName": "model"}}])
def test_alternatives_of_a_request_are_variants(discriminator):
    one = obj("model", "prompt", model=enum("small"), prompt=TEXT, shared=TEXT)
    other = obj("model", model=enum("large", "huge"), size=INTEGER)
    pack = drafted(kiln(NewFiring={"oneOf": [one, other], **discriminator}))
    request = pack["requests"]["create"]
    assert request["by"] == "model"
    assert request["variants"] == {
        "small": {"prompt": {"type": "string", "required": True}, "shared": "string"},
        "large|huge": {"size": "integer"},
    }
    assert pack["kinds"]["firing"]["example"] == {"model": "small", "prompt": "text"}


@pytest.mark.parametrize(
    "alternatives",
    [
        [obj(a=TEXT), TEXT],
        [obj(a=enum("x")), obj(a=enum("x"))],
        [obj(a=enum("x y")), obj(a=enum("z"))],
        [obj(a=TEXT), obj(b=TEXT)],
    ],
)
def test_alternatives_without_a_member_that_selects_are_fields(alternatives):
    assert "fields" in drafted(kiln(NewFiring={"oneOf": alternatives}))["requests"]["create"]


# Keys, ids, headers


@pytest.mark.parametrize(
    ("scheme", "form"),
    [
        ({"type": "http", "scheme": "bearer"}, {"header": "Authorization", "scheme": "Bearer"}),
        ({"type": "http", "scheme": "Key"}, {"header": "Authorization", "scheme": "Key"}),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"header": "X-Key"}),
        ({"type": "oauth2"}, {"header": "Authorization", "scheme": "Bearer"}),
    ],
)
def test_a_key_is_sent_as_the_security_scheme_says(scheme, form):
    document = kiln()
    document["components"]["securitySchemes"] = {"a/b": scheme, "again": scheme}
    assert drafted(document)["key"] == [{**form, "source": "document"}]


def test_a_key_that_no_header_has_is_a_question():
    document = kiln()
    document["components"]["securitySchemes"] = {"cookie": {"type": "apiKey", "in": "cookie", "name": "sid"}}
    assert "OPEN: How is the scheme cookie sent?" in draft(document).text


@pytest.mark.parametrize(
    ("security", "key"), [([], "none"), ([{}], "optional"), ([{"key": []}], "required"), (None, "required")]
)
def test_a_call_needs_a_key_where_the_document_says_so(security, key):
    document = kiln()
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    if security is not None:
        document["security"] = security
    assert drafted(document)["operations"]["get"].get("key", "required") == key


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ({"format": "uuid"}, {"form": "uuid"}),
        ({"example": "3f2b8c1e-5a64-4d0f-9b7e-2c8a1d6e4f90"}, {"form": "uuid"}),
        ({"example": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, {"form": "ulid"}),
        ({"pattern": "^fir_[a-z0-9]{12}$"}, {"prefix": "fir_", "alphabet": "base36", "length": 12}),
        ({"pattern": "^[0-9]{8}$"}, {"alphabet": "digits", "length": 8}),
        ({"pattern": "^fir\\-[A-Za-z0-9]{20,40}$"}, {"prefix": "fir-", "alphabet": "base62", "length": 20}),
        ({"pattern": "[A-Z]{6}"}, {"alphabet": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "length": 6}),
        ({"pattern": "[a-z]{6}"}, {"alphabet": "abcdefghijklmnopqrstuvwxyz", "length": 6}),
        ({"pattern": "[a-y0-9]{6}"}, {"alphabet": "base36", "length": 6}),
        ({"pattern": "[1-8]{6}"}, {"alphabet": "digits", "length": 6}),
        ({"pattern": "^.+$"}, {"alphabet": "base36", "length": 24}),
        ({"examples": ["fir_12ab"]}, {"prefix": "fir_", "alphabet": "hex", "length": 4}),
        ({"example": "a firing!"}, {"alphabet": "base36", "length": 24}),
        ({"type": "integer"}, {"alphabet": "digits", "length": 9}),
    ],
)
def test_ids_have_the_form_of_the_document(schema, form):
    assert drafted(job_with(id={"type": "string", **schema}))["ids"]["firing"] == form


def test_ids_that_are_numbers_are_a_question():
    assert "OPEN: The ids are numbers" in draft(job_with(id=INTEGER)).text


def test_the_form_of_ids_may_be_that_of_the_path():
    document = kiln()
    document["paths"]["/v1/firings/{firing_id}"]["parameters"] = [
        {"name": "firing_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    ]
    assert drafted(document)["ids"]["firing"] == {"form": "uuid"}


def test_headers_that_each_call_must_have_are_required():
    document = kiln()
    names = {"X-Version": enum("2026-11"), "X-Team": {**TEXT, "default": "clay"}, "X-Any": TEXT, "Accept": TEXT}
    for item in document["paths"].values():
        item["parameters"] = [
            {"name": name, "in": "header", "required": True, "schema": each} for name, each in names.items()
        ]
        item["parameters"].append({"name": "X-Free", "in": "header", "schema": TEXT})
    headers = drafted(document)["request_headers"]
    assert headers == {
        "X-Version": {"required": True, "options": ["2026-11"], "error": "invalid"},
        "X-Team": {"required": True, "options": ["clay"], "error": "invalid"},
        "X-Any": {"required": True, "error": "invalid"},
    }


# Lists


def list_of(schema, **parameters):
    document = kiln()
    document["paths"]["/v1/firings"]["get"] = {
        "parameters": [{"name": name, "in": "query", "schema": each} for name, each in parameters.items()],
        "responses": answers(s200=schema),
    }
    return drafted(document)["operations"]["list"]


JOBS = {"type": "array", "items": ref("Firing")}


def test_a_list_by_ids_has_its_pages():
    found = list_of(
        obj(data=JOBS, has_more={"type": "boolean"}, url={**TEXT, "example": "/v1/firings"}),
        limit={**INTEGER, "maximum": 50, "default": 10},
        after=TEXT,
        before=TEXT,
        status=TEXT,
        order=enum("asc", "desc"),
        name=TEXT,
    )
    assert found["pages"] == {
        "by": "id",
        "after": "after",
        "before": "before",
        "size_query": "limit",
        "size": 10,
        "max_size": 50,
        "state": "status",
    }
    assert found["answer"]["body"] == {"data": "$page.jobs", "has_more": "$page.has_more", "url": "/v1/firings"}
    assert found["query"] == {"order": {"options": ["asc", "desc"]}}


def test_a_list_by_numbers_has_its_totals():
    members = dict.fromkeys(("page", "totalCount", "pages"), INTEGER)
    found = list_of(obj(items=JOBS, **members), page=INTEGER, per_page=INTEGER)
    assert found["pages"] == {"by": "number", "number": "page", "size_query": "per_page", "size": 20, "max_size": 100}
    assert found["answer"]["body"] == {
        "items": "$page.jobs",
        "page": "$page.number",
        "totalCount": "$page.total",
        "pages": "$page.pages",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("hasMore", "$page.has_more"), ("nextPageToken", "$page.last_id"), ("first_id", "$page.first_id")],
)
def test_a_member_of_a_page_has_the_value_that_its_name_says(name, value):
    assert list_of(obj(data=JOBS, **{name: TEXT}), limit=INTEGER)["answer"]["body"][name] == value


def test_a_list_may_be_a_bare_array():
    assert list_of(JOBS)["answer"] == {"body": "$page.jobs"}


# Errors


PROBLEM = obj(
    code=INTEGER, message=TEXT, requestId=TEXT, kind=enum("a", "b"), details={"type": "array"}, inner=obj(reason=TEXT)
)


def errors_of(document):
    return drafted(document)["errors"]


def test_errors_are_those_that_the_calls_document():
    document = kiln(Problem=PROBLEM, Other=obj(error=obj(type=TEXT, message=TEXT)))
    create = document["paths"]["/v1/firings"]["post"]
    create["responses"] |= answers(
        s400=ref("Problem"), s401=ref("Problem"), s422=ref("Other"), s418=ref("Problem"), s500=None
    )
    document["paths"]["/v1/firings/{firing_id}/cancel"]["post"]["responses"] |= answers(s409=ref("Other"))
    errors = errors_of(document)
    assert errors["shape"] == {
        "code": "$error.status",
        "message": "$error.message",
        "requestId": "$request_id",
        "kind": "a",
        "details": [],
        "inner": {"reason": "$error.message"},
    }
    assert errors["bad_request"]["for"] == ["no JSON", "no object", "wrong content type", "bad HTTP"]
    assert errors["invalid"]["for"] == ["invalid body", "invalid query"]
    assert errors["no_key"]["status"] == 401
    assert errors["invalid"]["body"] == {"error": {"type": "text", "message": "$error.message"}}
    assert errors["not_cancellable"]["status"] == 409
    assert errors["not_cancellable"]["body"] == errors["invalid"]["body"]
    assert errors["status_418"]["status"] == 418
    assert "for" not in errors["server_error"]


def test_without_422_a_400_answers_every_invalid_request():
    document = kiln(Problem=PROBLEM)
    document["paths"]["/v1/firings"]["post"]["responses"] |= answers(s400=ref("Problem"))
    document["paths"]["/v1/firings/{firing_id}/cancel"]["post"]["responses"] |= answers(s400=ref("Problem"))
    errors = errors_of(document)
    assert errors["invalid"]["status"] == 400
    assert errors["not_cancellable"] == {
        "status": 400,
        "for": ["cancel refused"],
        "message": "It is ${state}.",
        "source": "document",
    }


def test_without_400_a_422_answers_every_invalid_request():
    document = kiln(Problem=PROBLEM)
    document["paths"]["/v1/firings"]["post"]["responses"] |= answers(s422=ref("Problem"))
    assert "no JSON" in errors_of(document)["invalid"]["for"]


def test_the_default_answer_has_the_shape_of_errors():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["responses"]["default"] = json_body(
        obj(detail=TEXT, title=TEXT, **{"$id": TEXT})
    )
    assert errors_of(document)["shape"] == {"detail": "$error.message", "title": "text"}


def test_a_message_of_another_name_is_found():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["responses"]["default"] = json_body(obj(user_message=TEXT))
    assert errors_of(document)["shape"] == {"user_message": "$error.message"}


def test_errors_without_a_body_have_a_usual_one():
    assert errors_of(kiln())["shape"] == {"error": "$error.message"}


# Webhooks


def webhooks_of(document):
    return drafted(document)["kinds"]["firing"]["webhooks"]


def with_callback(schema, expression="{$request.body#/callback_url}"):
    document = kiln(NewFiring=obj(callback_url=URL))
    document["paths"]["/v1/firings"]["post"]["callbacks"] = {
        "firingEnded": {expression: {"post": {"requestBody": json_body(schema)}}}
    }
    return document


def test_a_callback_names_the_receiver_and_the_events():
    event = obj(
        type=enum("firing.fired", "firing.cancelled", "firing.queued", "firing.cooled"),
        sent_at=TIME,
        data=ref("Firing"),
    )
    hooks = webhooks_of(with_callback(event))
    assert hooks["url"] == "$request.callback_url"
    assert hooks["events"] == {
        "firing.fired": {"on": ["fired"]},
        "firing.cancelled": {"on": ["cancelled"]},
        "firing.queued": {"on": ["waiting"]},
    }
    assert hooks["payload"] == {"type": "$event.type", "sent_at": "$event.at", "data": "$job"}
    assert "job_at" not in hooks


def test_a_callback_may_send_the_job_itself():
    hooks = webhooks_of(with_callback(ref("Firing")))
    assert hooks["payload"] == {"id": "$id", "status": "$state"}
    assert hooks["job_at"] == "/id"
    assert hooks["events"] == {"firing.finished": {"on": ["fired", "cancelled"]}}


def test_a_job_with_the_type_of_the_event_in_it():
    event = obj(event=enum("done", "failed"), **FIRING["properties"])
    hooks = webhooks_of(with_callback(event))
    assert hooks["payload"] == {"event": "$event.type", "id": "$id", "status": "$state"}
    assert hooks["event_at"] == "/event"
    assert hooks["events"] == {"done": {"on": ["fired"]}, "failed": {"on": ["fired", "cancelled"]}}


def test_a_payload_without_the_job_names_its_id():
    event = obj(id=TEXT, topic=TEXT, firing_id=TEXT, timestamp=INTEGER, note=TEXT, **{"$x": TEXT})
    hooks = webhooks_of(with_callback(event))
    assert hooks["payload"] == {
        "id": "$event.id",
        "topic": "$event.type",
        "firing_id": "$id",
        "timestamp": "$event.timestamp",
        "note": "text",
    }
    assert (hooks["event_at"], hooks["job_at"]) == ("/topic", "/firing_id")


def test_a_payload_that_names_no_job_has_no_pointer_to_it():
    hooks = webhooks_of(with_callback(obj(note=TEXT)))
    assert "job_at" not in hooks


def test_another_job_in_the_payload_is_written_by_its_own_schema():
    event = obj(type=TEXT, job=obj(id=TEXT, status=enum("fired", "cancelled"), note=TEXT))
    hooks = webhooks_of(with_callback(event))
    assert hooks["payload"]["job"] == {"id": "$id", "status": "$state", "note": "text"}
    assert hooks["job_at"] == "/job/id"


@pytest.mark.parametrize("expression", ["{$request.query.notify}", "$request.query.notify"])
def test_a_receiver_in_the_query_is_remembered(expression):
    pack = drafted(with_callback(ref("Firing"), expression))
    assert pack["kinds"]["firing"]["webhooks"]["url"] == "$remembered.notify"
    assert pack["operations"]["create"]["remember"] == {"notify": "$query.notify"}


def test_a_receiver_elsewhere_is_that_of_a_field():
    hooks = webhooks_of(with_callback(ref("Firing"), "https://receiver.example/hook"))
    assert hooks["url"] == "$request.callback_url"


def test_a_field_for_a_url_is_a_sign_of_webhooks():
    hooks = webhooks_of(kiln(NewFiring=obj(webhook_url=URL)))
    assert hooks["url"] == "$request.webhook_url"
    assert hooks["payload"] == {"type": "$event.type", "data": "$job"}
    assert "inferred" in hooks["source"]


def test_a_parameter_for_a_url_is_a_sign_of_webhooks():
    document = kiln()
    document["paths"]["/v1/firings"]["post"]["parameters"] = [
        {"name": name, "in": "query", "schema": TEXT} for name in ("dry_run", "webhook")
    ]
    assert webhooks_of(document)["url"] == "$remembered.webhook"


def test_documented_webhooks_about_the_job_are_events():
    document = kiln(Event=obj(type=TEXT, data=ref("Firing")))
    posted = {"post": {"requestBody": json_body(ref("Event"))}}
    document["webhooks"] = {
        "firing.started": {"post": {"requestBody": json_body(obj(type=TEXT))}},
        "done": posted,
        "glaze.done": {"post": {"requestBody": json_body(obj(type=TEXT, colour=TEXT))}},
        "ping": {"post": {}},
    }
    hooks = webhooks_of(document)
    assert "url" not in hooks
    assert hooks["events"] == {"firing.started": {"on": ["firing"]}, "done": {"on": ["fired"]}}
    assert hooks["payload"] == {"type": "$event.type"}
