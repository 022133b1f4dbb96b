"""Every bundled capture: self-contained, readable by hand, honest about what it is based on."""

import re

import jsonschema
import pytest

from mockserver.contract.documents.capture import captured_eras, load_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.schema.validate import _validator_at, conforms
from mockserver.core.wire import Exchange, Request, Response
from mockserver.data import data_folder

ALL = [(vendor, era) for vendor in captured_vendors() for era in captured_eras(vendor)]
BASES = {"page", "prose", "spec", "runtime", "inferred"}


@pytest.fixture(params=ALL, ids=["@".join(each) for each in ALL])
def capture(request):
    return load_capture(*request.param)


def text_of(capture):
    return (data_folder("contracts") / capture.vendor / "captures" / f"{capture.era}.yaml").read_text()


def walk(value, pointer="#"):
    yield pointer, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield from walk(inner, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


def answers(capture):
    return [(op, answer) for op in capture.operations for answer in op.answers.values()]


def schemas(capture):
    """(pointer, schema) of everything under a `schema` key or in `components/schemas`, nested ones left out."""
    for pointer, value in walk(capture.document):
        if re.fullmatch(r"#/components/schemas/[^/]+", pointer) or (
            pointer.endswith("/schema") and "/examples/" not in pointer
        ):
            yield pointer, value


def test_it_is_openapi_3_1_of_its_vendor_and_era(capture):
    info = capture.document["info"]
    assert capture.document["openapi"] == "3.1.0"
    assert (info["x-vendor"], info["x-era"], info["version"]) == (capture.vendor, capture.era, capture.era)
    assert 2 <= info["description"].count(". ") + 1 <= 5


def test_it_refers_to_nothing_but_itself(capture):
    refs = [value["$ref"] for _, value in walk(capture.document) if isinstance(value, dict) and "$ref" in value]
    assert refs
    assert all(ref.startswith("#/") for ref in refs)


def test_it_has_no_anchors_and_no_long_lines(capture):
    text = text_of(capture)
    assert not re.search(r"(^|[\s:\[,{-])[&*][A-Za-z]", text)
    assert max(map(len, text.splitlines())) <= 120


def test_every_response_says_what_it_is_based_on(capture):
    every = [*(answer.body for _, answer in answers(capture)), *capture.document["components"]["responses"].values()]
    assert all(body.get("x-basis") in BASES and body.get("description") for body in every)


def test_every_other_basis_is_a_known_one(capture):
    for pointer, value in walk(capture.document):
        if isinstance(value, dict) and "/properties" not in pointer[-11:]:
            assert value.get("x-basis", "page") in BASES, pointer
            assert set(value.get("x-basis-of", {}).values()) <= BASES, pointer


def test_a_basis_of_a_value_names_a_value_or_type_that_is_there(capture):
    for pointer, value in walk(capture.document):
        if isinstance(value, dict) and isinstance(value.get("x-basis-of"), dict):
            types = value.get("type", [])
            known = {*value.get("enum", ()), *(types if isinstance(types, list) else [types])}
            assert set(value["x-basis-of"]) <= known, pointer


def test_every_schema_is_a_valid_one(capture):
    checker = jsonschema.Draft202012Validator
    count = 0
    for pointer, schema in schemas(capture):
        checker.check_schema(schema)
        _validator_at(capture, pointer)
        count += 1
    assert count > 20


def test_nullability_is_that_of_3_1(capture):
    assert not [pointer for pointer, value in walk(capture.document) if pointer.endswith("/nullable") and value is True]
    for pointer, schema in schemas(capture):
        for inner_pointer, inner in walk(schema, pointer):
            if isinstance(inner, dict) and isinstance(inner.get("enum"), list) and inner_pointer[-10:] != "properties":
                assert (None in inner["enum"]) == ("null" in inner.get("type", ())), inner_pointer


def test_every_pattern_is_anchored_at_both_ends(capture):
    patterns = [value for pointer, value in walk(capture.document) if pointer.endswith("/pattern")]
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns)


def test_every_component_is_used(capture):
    text = text_of(capture)
    for kind, members in capture.document["components"].items():
        if kind != "securitySchemes":
            assert [name for name in members if f"#/components/{kind}/{name}'" not in text] == []


def test_every_example_is_one_its_own_capture_accepts(capture):
    for op, answer in answers(capture):
        for media, content in answer.body.get("content", {}).items():
            for name, example in content.get("examples", {}).items():
                value = example.get("value") or capture.at(example["$ref"])["value"]
                pointer = f"{answer.pointer}/content/{media.replace('/', '~1')}/schema"
                assert conforms(capture, pointer, value), (op.id, answer.status, name)
                for place, known in answer.body.get("x-known-values", {}).items():
                    found = value.get(place[1:]) if isinstance(value, dict) else None
                    assert found is None or found in known, (op.id, answer.status, name)


def test_operation_ids_are_unique_but_for_aliases(capture):
    by_id = {}
    for op in capture.operations:
        by_id.setdefault(op.id, set()).add(op.pointer)
    assert all(len(pointers) == 1 for pointers in by_id.values())


def test_an_alias_is_judged_as_what_it_names():
    capture = load_capture("phaseo", "2026-05-06")
    response = Response(418, (("Content-Type", "application/json"),), b"{}")
    rules = [
        [found.rule for found in judge_exchange(capture, Exchange(Request("POST", path), response, 0, 1))]
        for path in ("/v1/videos/G-1/cancel", "/v1/video/generations/G-1/cancel")
    ]
    assert rules == [["S1", "S7"], ["S1", "S7"]]


@pytest.mark.parametrize("vendor", captured_vendors())
def test_the_provenance_covers_every_capture_and_every_page(vendor):
    base = data_folder("contracts") / vendor
    provenance = read_yaml_file(base / "PROVENANCE.yaml")
    assert set(provenance["captures"]) == set(captured_eras(vendor))
    assert all(each["sources"] and each["confidence"] for each in provenance["captures"].values())
    for name, page in provenance["pages"].items():
        extract = read_yaml_file(base / "pages" / f"{name}.yaml")
        assert extract["page"] == name
        assert {key: extract[key] for key in ("title", "date", "sha256", "eras")} == {
            key: page[key] for key in ("title", "date", "sha256", "eras")
        }
        assert re.fullmatch("[0-9a-f]{64}", page["sha256"])


@pytest.mark.parametrize("vendor", captured_vendors())
def test_every_waiver_names_an_operation_that_is_there(vendor):
    known = {op.id for era in captured_eras(vendor) for op in load_capture(vendor, era).operations} | {"*"}
    assert {waiver.operation for waiver in load_capture(vendor).waivers} <= known


CANCEL = {
    "2026-04-01": {"401", "429", "500", "501"},
    "2026-05-06": {"401", "429", "500", "501"},
    "2026-05-07": {"501"},
    "2026-06-11": {"200", "400", "401", "404", "429", "500", "501", "502"},
    "2026-07-09": {"200", "400", "401", "404", "429", "500", "501", "502"},
    "2026-08-05": {"200", "400", "401", "404", "429", "500", "501", "502"},
    "2026-08-10": {"401", "429", "500", "501"},
}


@pytest.mark.parametrize("era", CANCEL)
def test_cancelling_at_phaseo_era_by_era(era):
    assert set(load_capture("phaseo", era).find("POST", "/v1/videos/G-1/cancel").answers) == CANCEL[era]


@pytest.mark.parametrize(("era", "known"), [("2026-07-30", False), ("2026-09-15", True)])
def test_cancelling_a_task_at_twelvelabs_came_later(era, known):
    assert (load_capture("twelvelabs", era).find("POST", "/v1.3/analyze/tasks/x/cancel") is not None) == known


def test_the_status_of_a_cancelled_project_is_waived_where_the_page_lacks_it():
    headers = [(f"X-RateLimit-{name}", "1") for name in ("Limit", "Remaining", "Reset")]
    body = b'{"id":"65f1a2b3c4d5e6f7a8b9c0d2","status":"cancelled","projectType":"clipping","source":"Upload",'
    body += b'"createdAt":1,"updatedAt":2}'
    request = Request("POST", "/api/v1/automation/cancel-project")
    response = Response(200, (("Content-Type", "application/json"), *headers), body)
    [found] = judge_exchange(load_capture("reap"), Exchange(request, response, 0, 1))
    assert (found.rule, found.level, found.where) == ("S5", "info", "/status")
