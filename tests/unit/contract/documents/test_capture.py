"""Captures: found by vendor and date, refusing to refer to anything but themselves."""

import pytest

from mockserver.contract.documents.capture import captured_eras, load_capture, parse_capture, resolve_era
from mockserver.contract.documents.places import captured_vendors
from mockserver.errors import MockError


def document(**paths):
    return {"paths": {path.replace("_", "/"): item for path, item in paths.items()}}


def operation(**responses):
    return {"responses": {status.removeprefix("s"): body for status, body in responses.items()}}


def test_the_repr_of_a_capture_has_no_document():
    assert len(repr(load_capture("phaseo"))) < 1_000


def schemas(x=(), **by_name):
    return {"paths": {}, "components": {"schemas": by_name}, "x": list(x)}


PETS = {
    "paths": {
        "/v1/pets/{id}": {"get": {"operationId": "getPet", **operation(s200={"$ref": "#/components/responses/Pet"})}},
        "/v1/pets/all": {"get": operation(s200={}, s4XX={"x-basis": "page"}, default={"x-note": "so"})},
        "/v1/animals/{id}": {"$ref": "#/paths/~1v1~1pets~1{id}"},
    },
    "components": {"responses": {"Pet": {"x-basis": "spec", "description": "a pet"}}},
}
BASED = {
    "servers": [{"url": "https://pets.example/v1"}, {"url": "/{base}", "variables": {"base": {"enum": ["v2"]}}}],
    "paths": {
        "/pets/{id}": {
            "get": {"operationId": "getPet", "responses": {"2xx": {}, "x-note": {}}},
            "put": {"servers": [{"url": "https://edit.example"}], "responses": {}},
        },
        "/v1/pets/all": {"get": {"operationId": "all", "responses": {}}},
    },
}


@pytest.fixture
def pets():
    return parse_capture(PETS, "pets", "2026-01-01")


@pytest.fixture
def root(tmp_path):
    for era in ("2026-01-01", "2026-03-01"):
        path = tmp_path / "pets" / "captures" / f"{era}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("paths: {}")
    (tmp_path / "notes").mkdir()
    return tmp_path


class TestOperations:
    def test_all_are_laid_out_in_the_documents_order(self, pets):
        assert [(op.method, op.template, op.id) for op in pets.operations] == [
            ("GET", "/v1/pets/{id}", "getPet"),
            ("GET", "/v1/pets/all", "GET /v1/pets/all"),
            ("GET", "/v1/animals/{id}", "getPet"),
        ]

    @pytest.mark.parametrize(
        ("method", "path", "template"),
        [
            ("GET", "/v1/pets/7", "/v1/pets/{id}"),
            ("get", "/v1/pets/%61ll", "/v1/pets/all"),
            ("HEAD", "/v1/pets/7", "/v1/pets/{id}"),
            ("GET", "/v1/pets/a%2Fb", "/v1/pets/{id}"),
        ],
    )
    def test_a_request_finds_its_own_and_a_literal_wins(self, pets, method, path, template):
        assert pets.find(method, path).template == template

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/v1/pets/7"), ("GET", "/v1/pets/"), ("GET", "/v1/pets/7/"), ("GET", "/")]
    )
    def test_another_method_or_path_finds_none(self, pets, method, path):
        assert pets.find(method, path) is None

    def test_an_alias_is_the_operation_it_names(self, pets):
        assert pets.find("GET", "/v1/animals/7").pointer == pets.find("GET", "/v1/pets/7").pointer

    def test_the_methods_of_a_path(self, pets):
        assert pets.methods("/v1/pets/7") == ("GET",)
        assert pets.methods("/v2") == ()

    def test_the_nearest_call_is_suggested(self, pets):
        assert "GET /v1/pets/all" in pets.nearest("GET", "/v1/pets/al/l")

    def test_an_answer_is_found_by_status_range_or_default(self, pets):
        every = pets.find("GET", "/v1/pets/all")
        assert [every.answer(status).status for status in (200, 404, 500)] == ["200", "4XX", "default"]
        assert every.answer(404).basis == "page"
        assert every.answer(500).note == "so"

    def test_an_answer_by_reference_is_followed(self, pets):
        answer = pets.find("GET", "/v1/pets/7").answer(200)
        assert answer.pointer == "#/components/responses/Pet"
        assert answer.basis == "spec"
        assert answer.note is None
        assert pets.find("GET", "/v1/pets/7").answer(404) is None


class TestServers:
    @pytest.mark.parametrize(
        ("method", "path", "found"),
        [
            ("GET", "/v1/pets/7", "getPet"),
            ("GET", "/v2/pets/7", "getPet"),
            ("GET", "/pets/7", "getPet"),
            ("GET", "/v1/v1/pets/all", "all"),
            ("GET", "/v3/pets/7", None),
            ("PUT", "/pets/7", "PUT /pets/{id}"),
            ("PUT", "/v1/pets/7", None),
        ],
    )
    def test_a_path_begins_with_that_of_a_server_or_without_it(self, method, path, found):
        operation = parse_capture(BASED, "pets", "1").find(method, path)
        assert (operation and operation.id) == found

    def test_a_variable_in_a_servers_path_is_any_segment(self):
        document = {"servers": [{"url": "/{any}"}], "paths": {"/pets/{id}": {"get": {"responses": {}}}}}
        operation, params = parse_capture(document, "pets", "1").match("GET", "/x/pets/7")
        assert operation.template == "/pets/{id}"
        assert params["id"] == "7"

    def test_a_range_of_statuses_may_be_written_small(self):
        [get, _, _] = parse_capture(BASED, "pets", "1").operations
        assert get.answer(204).status == "2XX"
        assert get.answer(204).pointer.endswith("/2xx")
        assert list(get.answers) == ["2XX"]


class TestDocument:
    @pytest.mark.parametrize("value", [None, [], {}, {"paths": []}])
    def test_what_is_no_openapi_document_is_refused(self, value):
        with pytest.raises(MockError, match="CON003"):
            parse_capture(value, "v", "e")

    @pytest.mark.parametrize("value", [document(_a=5), document(_a={"get": 5}), document(_a={"get": {"responses": 5}})])
    def test_malformed_paths_are_refused(self, value):
        with pytest.raises(MockError, match=r"CON003 #/paths/~1a.*: a mapping belongs here, not 5"):
            parse_capture(value, "v", "e")

    @pytest.mark.parametrize("target", ["http://127.0.0.1:1/x", "file:///etc/passwd", "other.yaml#/a", "", "#anchor"])
    def test_a_reference_out_of_the_document_is_refused(self, target):
        with pytest.raises(MockError, match="leaves the document"):
            parse_capture(schemas(A={"$ref": target}, x=["a"]), "v", "e")

    @pytest.mark.parametrize("target", ["#/x/1", "#/x/a", "#/x/-1", "#/none", "#/x/0/a"])
    def test_a_reference_to_nothing_is_refused(self, target):
        with pytest.raises(MockError, match="leads nowhere"):
            parse_capture(schemas(A={"$ref": target}, x=["a"]), "v", "e")

    def test_every_bad_reference_is_named(self):
        with pytest.raises(MockError) as caught:
            parse_capture(schemas(A={"$ref": "#/no"}, B={"$ref": "http://h"}), "v", "e")
        places = ["#/components/schemas/A", "#/components/schemas/B"]
        assert [problem.location.pointer for problem in caught.value.problems] == places

    def test_a_field_may_be_called_ref(self):
        document = schemas(A={"properties": {"$ref": {"type": "string"}}})
        assert parse_capture(document, "v", "e").document is document

    @pytest.mark.parametrize("key", ["example", "default", "const", "x-note"])
    def test_a_reference_in_data_is_data(self, key):
        document = schemas(A={key: {"$ref": "other.yaml"}, "enum": [{"$ref": 5}], "examples": [{"$ref": "#/no"}]})
        assert parse_capture(document, "v", "e").document is document

    @pytest.mark.parametrize("key", ["example", "default", "enum"])
    def test_a_field_with_the_name_of_data_is_a_field(self, key):
        with pytest.raises(MockError, match="leads nowhere"):
            parse_capture(schemas(A={"properties": {key: {"$ref": "#/no"}}}), "v", "e")

    def test_references_in_a_circle_end(self):
        capture = parse_capture({"paths": {}, "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}, "v", "e")
        assert capture.follow("#/a")[0] in ("#/a", "#/b")

    def test_a_pointer_finds_its_value(self, pets):
        assert pets.at("#/paths/~1v1~1pets~1%7Bid%7D/get/operationId") == "getPet"
        assert parse_capture({"paths": {}, "x": ["a", "b"]}, "v", "e").at("#/x/1") == "b"


class TestEras:
    def test_vendors_are_the_folders_with_captures(self, root):
        assert captured_vendors(root) == ("pets",)

    def test_eras_come_oldest_first(self, root):
        assert captured_eras("pets", root) == ("2026-01-01", "2026-03-01")

    @pytest.mark.parametrize(
        ("date", "era"),
        [
            (None, "2026-03-01"),
            ("latest", "2026-03-01"),
            ("2026-03-01", "2026-03-01"),
            ("2026-02-28", "2026-01-01"),
            ("2030-01-01", "2026-03-01"),
        ],
    )
    def test_the_newest_not_later_is_in_force(self, root, date, era):
        assert resolve_era("pets", date, root) == era

    def test_before_the_first_there_is_none(self, root):
        with pytest.raises(MockError, match=r"(?s)no era as early.*2026-01-01, 2026-03-01"):
            resolve_era("pets", "2025-12-31", root)

    @pytest.mark.parametrize("date", ["2026-3-1", "2026-02-30", "abc", "", "2026-03-01x"])
    def test_what_is_no_date_is_refused(self, root, date):
        with pytest.raises(MockError, match=r"(?s)is not a date.*Write it like 2026-03-01.*2026-01-01, 2026-03-01"):
            resolve_era("pets", date, root)

    def test_an_unknown_vendor_lists_the_known(self, root):
        with pytest.raises(MockError, match="did you mean 'pets'"):
            captured_eras("pet", root)

    def test_a_capture_is_read_once(self, root):
        assert load_capture("pets", "2026-02-01", root) is load_capture("pets", "2026-01-01", root)
        assert load_capture("pets", root=root).name == "pets@2026-03-01"

    def test_it_carries_the_waivers_of_its_era(self, root):
        entry = "{rule: S5, operation: '*', where: /a, reason: r, page: p, quote: q, date: d, eras: [2026-01-01]}"
        (root / "pets" / "waivers.yaml").write_text(f"waivers: [{entry}]")
        assert [len(load_capture("pets", era, root).waivers) for era in captured_eras("pets", root)] == [1, 0]

    def test_the_bundled_ones(self):
        assert {"anthropic", "openai", "phaseo", "reap", "runway", "twelvelabs"} <= set(captured_vendors())
        assert len(captured_eras("phaseo")) == 9
