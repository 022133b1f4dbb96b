"""Every name, value and status on a captured page is in the captures of the eras that the page belongs to."""

import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.data import data_folder

PAGES = [
    read_yaml_file(path)
    for vendor in captured_vendors()
    for path in sorted((data_folder("contracts") / vendor / "pages").glob("*"))
]
CASES = [
    pytest.param(page, vendor, era, id=f"{page['page']}-{era}")
    for page in PAGES
    for vendor in [page["page"].split("-")[0]]
    for era in page["eras"]
]


def parts(capture, pointer):
    """Every schema that speaks about the value at a pointer, whatever the value."""
    schema = capture.at(pointer)
    yield pointer, schema
    if "$ref" in schema:
        yield from parts(capture, schema["$ref"])
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index in range(len(schema.get(keyword, ()))):
            yield from parts(capture, f"{pointer}/{keyword}/{index}")


def inside(capture, pointers, step):
    """The pointers of a field (`name`) or of an array's items (`[]`)."""
    found = [pair for pointer in pointers for pair in parts(capture, pointer)]
    if step == "[]":
        return [f"{at}/items" for at, schema in found if "items" in schema]
    return [f"{at}/properties/{step}" for at, schema in found if step in schema.get("properties", {})]


def field(capture, root, path):
    pointers = [root]
    for step in path.replace("[]", ".[]").split("."):
        pointers = inside(capture, pointers, step)
        assert pointers, f"{path}: {step} is not declared"
    return [schema for pointer in pointers for _, schema in parts(capture, pointer)]


def body(capture, page, status):
    op = next(op for op in capture.operations if op.id == page["operation"])
    return f"{op.answers[status].pointer}/content/application~1json/schema"


def types(schemas):
    listed = [schema["type"] for schema in schemas if "type" in schema]
    return {name for each in listed for name in (each if isinstance(each, list) else [each])}


def names(capture, pointers, prefix=""):
    """Every field that is declared inside and does not say that it is known from elsewhere: `outputs[].index`."""
    found = [pair for pointer in pointers for pair in parts(capture, pointer)]
    if any("x-basis" in schema for _, schema in found):
        return
    if prefix:
        yield prefix
    yield from (
        name for at, schema in found if "items" in schema for name in names(capture, [f"{at}/items"], f"{prefix}[]")
    )
    for at, schema in found:
        for name in schema.get("properties", ()):
            yield from names(capture, [f"{at}/properties/{name}"], f"{prefix}.{name}".lstrip("."))


PARTS = {"page", "title", "call", "operation", "date", "sha256", "bytes", "eras", "answers", "says"}
ABOUT = {"fields", "enums", "nullable", "required"}


def test_all_five_pages_are_here():
    assert len(PAGES) == 5
    for page in PAGES:
        assert set(page) == PARTS
        assert {part for answer in page["answers"].values() for part in answer} <= ABOUT


@pytest.mark.parametrize(("page", "vendor", "era"), CASES)
class TestPage:
    def test_its_call_is_there(self, page, vendor, era):
        method, path = page["call"].split()
        found = load_capture(vendor, era).find(method, path)
        assert (found.id, found.template) == (page["operation"], path)

    def test_its_statuses_are_there(self, page, vendor, era):
        method, path = page["call"].split()
        assert set(page["answers"]) <= set(load_capture(vendor, era).find(method, path).answers)

    def test_its_fields_are_there(self, page, vendor, era):
        capture = load_capture(vendor, era)
        for status, answer in page["answers"].items():
            for path in answer.get("fields", ()):
                assert field(capture, body(capture, page, status), path)

    def test_any_other_field_says_where_it_is_from(self, page, vendor, era):
        capture = load_capture(vendor, era)
        for status, answer in page["answers"].items():
            if "fields" in answer:
                declared = {name for name in names(capture, [body(capture, page, status)]) if not name.endswith("]")}
                assert declared <= set(answer["fields"])

    def test_its_values_are_there_and_any_other_says_where_it_is_from(self, page, vendor, era):
        capture = load_capture(vendor, era)
        for status, answer in page["answers"].items():
            for path, values in answer.get("enums", {}).items():
                [schema] = [each for each in field(capture, body(capture, page, status), path) if "enum" in each]
                others = set(schema.get("x-basis-of", {}))
                assert [value for value in schema["enum"] if value not in others] == values, path

    def test_what_may_be_null_may_be_null(self, page, vendor, era):
        capture = load_capture(vendor, era)
        for status, answer in page["answers"].items():
            for path in answer.get("nullable", ()):
                assert "null" in types(field(capture, body(capture, page, status), path)), path

    def test_what_may_not_be_null_names_the_basis_of_a_null(self, page, vendor, era):
        capture = load_capture(vendor, era)
        typed_nowhere = {"created_at", "started_at", "completed_at", "error"}
        for status, answer in page["answers"].items():
            for path in set(answer.get("fields", ())) - set(answer.get("nullable", ())) - typed_nowhere:
                schemas = field(capture, body(capture, page, status), path)
                excused = any("null" in schema.get("x-basis-of", {}) for schema in schemas)
                top = "." not in path and path != "asset"  # of nested fields the page shows no types
                assert excused or not top or "null" not in types(schemas), path

    def test_what_it_requires_is_required(self, page, vendor, era):
        capture = load_capture(vendor, era)
        for status, answer in page["answers"].items():
            if "required" in answer:
                required = [schema.get("required", ()) for _, schema in parts(capture, body(capture, page, status))]
                assert set(answer["required"]) == {name for each in required for name in each}

    def test_its_sentences_are_quoted(self, page, vendor, era):
        assert len(page["says"]) >= 3
