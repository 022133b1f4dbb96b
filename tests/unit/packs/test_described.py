"""What the tables of a pack say of its answers: statuses, schemas, the states behind them, and the requests."""

import pytest

from mockserver.packs.pack import compile_pack
from mockserver.vendors.api import DescribedAnswers
from tests.support.packs import ATELIER, changed_text


def described(name: str, *changes: tuple[str, str]) -> DescribedAnswers:
    """Return the description of an operation of the atelier."""
    vendor = compile_pack(changed_text(*changes)) if changes else ATELIER
    operation = vendor.eras[-1].operation(name)
    assert operation is not None
    assert operation.describe is not None
    return operation.describe()


def statuses(name: str, *changes: tuple[str, str]) -> set[int]:
    """Return the statuses that an operation may answer with."""
    return {int(status) for status in described(name, *changes).operation["responses"]}


def schema_of(name: str, status: int, *changes: tuple[str, str]):
    """Return the schema of an answer's JSON body."""
    content = described(name, *changes).operation["responses"][str(status)]["content"]
    return next(iter(content.values()))["schema"]


def member(name: str, *changes: tuple[str, str]):
    """Return the schema of a member of the frame's body."""
    return schema_of("get", 200, *changes)["properties"][name]


def body_member(value: str):
    """Return the schema of a member of the frame's body that has this value, and whether it is required."""
    schema = schema_of("get", 200, ("      none: $absent\n", f"      none: {value}\n"))
    return schema["properties"].get("none"), "none" in schema["required"]


def test_an_operation_that_a_function_handles_describes_nothing():
    operation = ATELIER.eras[-1].operation("ping")
    assert operation is not None
    assert operation.describe is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("create", {201, 400, 401, 405, 413, 415, 422, 429}),
        ("get", {200, 400, 401, 404, 405, 429}),
        ("status", {200, 202, 203, 400, 401, 404, 405, 422, 429, 500, 502}),
        ("list", {200, 400, 401, 405, 422, 429}),
        ("delete", {204, 400, 401, 404, 405, 409, 429}),
        ("health", {200, 400, 401, 405, 429}),
    ],
)
def test_the_statuses_are_those_of_its_answer_and_of_the_situations_of_its_calls(name, expected):
    assert statuses(name) == expected


def test_a_call_without_a_key_needs_no_header():
    text = ("client: {status: 400,", "client: {status: 418,")
    assert 418 in statuses("get", text)
    assert 418 not in statuses("photo", text)


def test_an_error_that_nothing_names_may_come_from_any_operation():
    assert 503 in statuses("health", ("  key: {status: 401,", "  down: {status: 503}\n  key: {status: 401,"))


def test_an_error_that_a_field_names_is_one_of_its_operation_alone():
    text = ("too_late_date: {status: 422,", "too_late_date: {status: 417,")
    assert 417 in statuses("create", text)
    assert 417 not in statuses("create_plain", text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cancel", {200: {"waiting", "cutting", "done", "scrapped"}, 409: {"cutting", "gluing", "broken"}}),
        ("delete", {409: {"waiting", "cutting"}}),
        ("photo", {200: {"done"}, 409: {"waiting", "cutting", "gluing", "broken", "scrapped"}}),
        ("create", {}),
    ],
)
def test_a_status_says_in_which_states_the_job_is(name, expected):
    assert described(name).states_by_status == expected


def test_a_conditional_cancel_without_an_error_is_refused_as_any_other():
    text = (", only_for: {shape: [square, round]}, otherwise: too_late", "")
    assert "cutting" in described("cancel", text).states_by_status[409]
    condition = (", after: 4s, since: waiting, only_for: {shape: [square, round]}, otherwise: too_late", "")
    assert "cutting" not in described("cancel", condition).states_by_status[409]


def test_a_status_that_may_have_another_reason_says_nothing():
    assert 400 not in described("cancel", ("busy: {status: 409,", "busy: {status: 400,")).states_by_status


def test_the_statuses_of_an_unknown_job_are_those_that_mean_nothing_else():
    assert described("get").not_found == {404}
    assert described("get", ("client: {status: 400,", "client: {status: 404,")).not_found == frozenset()
    assert described("create").not_found == frozenset()


@pytest.mark.parametrize(
    ("name", "shown_with", "list_at"),
    [("get", (200,), None), ("status", (202,), None), ("list", (200,), "/frames"), ("recall", (), None)],
)
def test_it_says_where_jobs_are_shown(name, shown_with, list_at):
    found = described(name)
    assert (found.shown_with, found.list_at) == (shown_with, list_at)


def test_an_answer_that_nobody_documents_is_inferred():
    responses = described("get").operation["responses"]
    assert responses["200"]["x-basis"] == "page"
    assert responses["405"]["x-basis"] == "inferred"
    rumour = ("source: page}\n  status:", "source: rumour}\n  status:")
    assert described("get", rumour).operation["responses"]["200"]["x-basis"] == "inferred"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("photo", "image/png"), ("crate_lines", "application/x-jsonl"), ("health", "application/json")],
)
def test_the_content_type_is_that_of_the_answer(name, content_type):
    assert list(described(name).operation["responses"]["200"]["content"]) == [content_type]


def test_a_text_is_plain_and_no_body_has_no_type():
    text = ("health: {role: other, call: GET /v1/health, id: none, key: optional, answer: {body: {ok: true}}}",
            "health: {role: other, call: GET /v1/health, id: none, key: optional, answer: {text: fine}}")  # fmt: skip
    assert list(described("health", text).operation["responses"]["200"]["content"]) == ["text/plain"]
    assert described("recall").operation["responses"]["204"]["content"] == {}


STATUS_ANSWER = (
    "      else: {status: {$by: $state, cutting: 203, else: 200}, body: $state, content_type: application/state+json}"
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("      else: {body: {$by: $path.id, a: {b: 1}, else: [5]}}", ["object", "array"]),
        ("      cutting: {body: {cut: true}}\n      else: {body: [5]}", ["object", "array"]),
        ("      else: {body: {$by: $path.id, a: {$by: $query.verbose, b: $job}, else: [5]}}", ["object", "array"]),
    ],
)
def test_several_bodies_of_one_status_are_alternatives(answer, expected):
    schema = schema_of("status", 200, (STATUS_ANSWER, answer))
    assert sorted(each["type"] for each in schema["anyOf"]) == sorted(expected)


def test_a_body_that_may_be_anything_leaves_no_alternative():
    answer = "      cutting: {body: {cut: true}}\n      else: {body: $query.x}"
    assert schema_of("status", 200, (STATUS_ANSWER, answer)) == {}


def test_a_body_that_may_be_the_job_shows_it():
    answer = "      else: {body: {$by: $path.id, a: $job, else: [5]}}"
    assert 200 in described("status", (STATUS_ANSWER, answer)).shown_with


TIME = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("id", {"type": "string", "pattern": "^fr_[123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz]{12}$"}),
        ("state", {"type": "string", "enum": ["waiting", "cutting", "gluing", "done", "broken", "scrapped", "lost"]}),
        ("number", {"type": "integer"}),
        ("wood", {}),
        ("created", TIME),
        ("changed", {"type": "number"}),
        ("ended", {"type": ["number", "null"]}),
        ("cut", {**TIME, "type": ["string", "null"]}),
        ("progress", {"type": "number"}),
        ("faded", {"type": "boolean"}),
        ("sketch", {"type": "string", "pattern": "^[0-9a-f]{24}$"}),
        ("colour", {"type": "string"}),
        ("title", {}),
    ],
)
def test_the_members_of_the_body_have_the_types_of_their_names(name, schema):
    assert member(name) == schema


@pytest.mark.parametrize(
    ("value", "schema", "is_required"),
    [
        ("$absent", None, False),
        ("true", {"type": "boolean"}, True),
        ("5", {"type": "number"}, True),
        ("null", {}, True),
        ("$$5", {"type": "string"}, True),
        ("'${id} here'", {"type": "string"}, True),
        ("{}", {"type": "object", "properties": {}, "required": []}, True),
        ("[$id]", {"type": "array"}, True),
        ("{$first: [$request.wood?, $id]}", {}, True),
        ("{$first: [$title?, $url.get?]}".replace("$title", "$update.title"), {}, False),
        ("{$by: $state, waiting: 1, done: $url.get}", {"anyOf": [{"type": "number"}, {"type": "string"}]}, False),
        ("{$by: $state, $live: 1, $terminal: 2}", {"type": "number"}, True),
        ("{$by: $state, waiting|cutting|gluing|done: 1, broken|scrapped|lost: $absent}", {"type": "number"}, False),
        ("{$by: $state, waiting: $absent}", {}, False),
        ("{$by: $request.wood, oak: 1, else: 2}", {"type": "number"}, True),
        ("$part.wood", {}, True),
        ("$problems", {}, True),
    ],
)
def test_a_value_has_the_schema_of_its_form(value, schema, is_required):
    found, required = body_member(value)
    assert (found, required) == (schema, is_required)


def test_members_that_are_laid_over_replace_those_of_the_job():
    plain = 'get: {role: read, call: "GET /v1/frames/{id}", answer: {body: $job}'
    laid_over = "{$with: $job, number: x, wood: $absent, ended: 5}"
    answer = (plain, plain.replace("$job", laid_over))
    schema = schema_of("get", 200, answer)
    assert schema["properties"]["number"] == {"type": "string"}
    assert "wood" not in schema["properties"]
    assert "ended" in schema["required"]
    assert "title" not in schema["required"]
    anything = ("answer: {body: $job}, source: page}\n  status", "answer: {body: {$with: $update.x, a: 1}}}\n  status")
    assert schema_of("get", 200, anything) == {}


def test_a_list_is_a_page_of_jobs():
    schema = schema_of("list", 200)
    assert schema["properties"]["frames"]["items"]["properties"]["number"] == {"type": "integer"}
    assert schema["properties"]["more"] == {"type": "boolean"}
    assert schema["properties"]["first"] == {}
    assert schema_of("numbered", 200)["properties"]["pages"] == {"type": "integer"}


def test_an_error_has_its_own_shape_or_that_of_all():
    assert schema_of("create", 422)["anyOf"][0]["properties"] == {"wrong": {}}
    shape = schema_of("get", 404)
    assert shape["properties"]["error"] == {"type": "string"}
    assert shape["required"] == ["error", "status"]


def test_the_parameters_are_those_of_the_query_and_the_headers():
    parameters = {each["name"]: each for each in described("status").operation["parameters"]}
    assert parameters["verbose"]["schema"] == {"enum": ["1", "0"]}
    assert parameters["X-Client"]["required"]
    assert not parameters["X-Version"]["required"]


def test_the_body_of_a_create_has_the_fields_of_all_variants():
    content = described("create").operation["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    assert schema["required"] == ["shape"]
    properties = schema["properties"]
    assert properties["shape"] == {"enum": ["square", "round", "oval"]}
    assert properties["wood"] == {"type": "string", "minLength": 2, "maxLength": 10}
    assert properties["callback"] == {"type": "string", "format": "uri"}
    assert properties["events"] == {"type": "array", "items": {"type": "string"}, "maxItems": 3}
    assert properties["side"] == {"type": "integer", "minimum": 1, "maximum": 90}
    assert properties["colour"] == {"enum": ["red", "blue", 5]}
    point = {"x": {"type": "number"}, "y": {"type": "number"}}
    assert properties["corners"]["items"] == {"type": "object", "properties": point, "required": ["x"]}
    assert properties["size"]["anyOf"][0] == {"type": "string", "pattern": "^(?:[SML])$"}
    assert properties["tags"] == {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2}
    assert properties["glass"] == {}
    assert properties["free"] == {}
    assert "requestBody" not in described("get").operation


def test_a_field_that_differs_from_variant_to_variant_may_be_anything():
    text = ("        extra: any\n", "        extra: any\n        side: string\n")
    schema = described("create", text).operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["side"] == {}


def test_a_body_without_variants_is_the_fields():
    content = described("pack").operation["requestBody"]["content"]
    assert content["application/json"]["schema"]["required"] == ["frames"]
