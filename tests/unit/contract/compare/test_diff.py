"""Two contracts: which calls, parameters, bodies, statuses and headers differ, in every combination, there and back."""

from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.documents.capture import captured_eras, load_capture, parse_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.errors import MockError
from tests.support.contract_diffs import SCHEMA, changes_found, checks, contract

ALL = [(vendor, era) for vendor in captured_vendors() for era in captured_eras(vendor)]
FOLLOWING = [
    (vendor, *pair)
    for vendor in captured_vendors()
    for pair in zip(captured_eras(vendor), captured_eras(vendor)[1:], strict=False)
]


def facts(old, new):
    """(check, operation, where, before or after) of every change at every place."""
    changes = diff_captures(load_capture("phaseo", old), load_capture("phaseo", new))
    return {(each.check, *place, each.before or each.after) for each in changes for place in each.places}


class TestOurOwnEras:
    @pytest.mark.parametrize(("vendor", "era"), ALL)
    def test_an_era_has_not_changed_from_itself(self, vendor, era):
        assert diff_captures(load_capture(vendor, era), load_capture(vendor, era)) == []

    def test_in_may_the_states_got_new_names(self):
        found = facts("2026-04-01", "2026-05-06")
        for value in ("queued", "processing", "expired"):
            assert ("DIF082", "getVideo", "response 200 /status", f'"{value}"') in found
        assert ("DIF083", "getVideo", "response 200 /status", '"pending"') in found

    def test_in_june_cancel_began_to_work(self):
        found = facts("2026-05-06", "2026-06-11")
        assert ("DIF051", "cancelVideo", "response 200", "200") in found
        assert ("DIF053", "cancelVideo", "response 502", "502") in found
        assert ("DIF072", "getVideo", "response 200 /lifecycle_status", "") in found
        assert {each[0] for each in found if each[1] == "createVideoDownloadUrl"} == {"DIF002"}

    def test_in_august_a_webhook_became_an_endpoint(self):
        assert [
            (change.check, change.message)
            for change in diff_captures(load_capture("phaseo", "2026-07-09"), load_capture("phaseo", "2026-08-05"))
        ] == [
            ("DIF030", "the field 'endpoint_id' is new and required"),
            ("DIF034", "the field 'secret' is gone"),
            ("DIF034", "the field 'url' is gone"),
            ("DIF045", "additionalProperties is tighter"),
        ]

    def test_five_days_later_cancel_ceased_to_work(self):
        changes = diff_captures(load_capture("phaseo", "2026-08-05"), load_capture("phaseo", "2026-08-10"))
        [gone] = [change for change in changes if change.check == "DIF050"]
        assert gone.level == "err"
        assert gone.places == (("cancelVideo", "response 200"),)
        assert gone.before == "200"

    @pytest.mark.parametrize(("vendor", "old", "new"), FOLLOWING)
    def test_what_came_goes_when_time_runs_backwards(self, vendor, old, new):
        there, back = (
            diff_captures(load_capture(vendor, old), load_capture(vendor, new)),
            diff_captures(load_capture(vendor, new), load_capture(vendor, old)),
        )
        for came, went in (("DIF002", "DIF001"), ("DIF082", "DIF083"), ("DIF091", "DIF092"), ("DIF053", "DIF054")):
            assert _places(there, came) == _places(back, went)
            assert _places(there, went) == _places(back, came)

    def test_a_change_that_many_answers_share_is_told_once(self):
        changes = diff_captures(load_capture("phaseo", "2026-05-06"), load_capture("phaseo", "2026-06-11"))
        [shared] = [each for each in changes if each.check == "DIF072" and each.message == "the field 'webhook' is new"]
        assert [place.operation for place in shared.places] == ["createVideo", "getVideo"]

    def test_the_order_is_always_the_same(self):
        changes = diff_captures(load_capture("phaseo", "2026-05-06"), load_capture("phaseo", "2026-06-11"))
        assert changes == diff_captures(load_capture("phaseo", "2026-05-06"), load_capture("phaseo", "2026-06-11"))
        assert [change.level for change in changes] == sorted(
            [change.level for change in changes], key=["err", "warn", "info"].index
        )


def _places(changes, check):
    return {(place, each.before or each.after) for each in changes if each.check == check for place in each.places}


def parameter(name="p", place="query", **others):
    return {"name": name, "in": place, "schema": {"type": "string"}, **others}


def body(schema=None, **others):
    return {"requestBody": {"content": {SCHEMA: {"schema": schema or {}}}, **others}}


def responses(**answers):
    return {"responses": {status.removeprefix("s"): answer for status, answer in answers.items()}}


def headed(**headers):
    return responses(s200={"headers": headers})


KEYS = {name: {"securitySchemes": {"key": {"type": "http", "scheme": name}}} for name in ("bearer", "basic")}

# What was, what is: the checks there, and back.
CALLS = {
    "a required parameter": ({}, {"parameters": [parameter(required=True)]}, "DIF010", "DIF012"),
    "an optional parameter": ({}, {"parameters": [parameter()]}, "DIF011", "DIF012"),
    "a parameter becomes required": (
        {"parameters": [parameter()]},
        {"parameters": [parameter(required=True)]},
        "DIF013",
        "DIF014",
    ),
    "another style": (
        {"parameters": [parameter(explode=True)]},
        {"parameters": [parameter(explode=False)]},
        "DIF015",
        "DIF015",
    ),
    "another place": (
        {"parameters": [parameter()]},
        {"parameters": [parameter(place="header")]},
        "DIF011 DIF012",
        "DIF011 DIF012",
    ),
    "a header in capitals": (
        {"parameters": [parameter("X-A", "header")]},
        {"parameters": [parameter("x-a", "header")]},
        "",
        "",
    ),
    "a parameter's type": (
        {"parameters": [parameter()]},
        {"parameters": [parameter(schema={"type": "integer"})]},
        "DIF040",
        "DIF040",
    ),
    "a parameter's basis": (
        {"parameters": [parameter()]},
        {"parameters": [parameter(**{"x-basis": "page"})]},
        "DIF090",
        "DIF090",
    ),
    "a parameter without a schema": (
        {"parameters": [{"name": "p", "in": "query"}]},
        {"parameters": [parameter()]},
        "",
        "",
    ),
    "a parameter that the path lacks": ({}, {"parameters": [parameter("other", "path")]}, "DIF011", "DIF012"),
    "a path's parameter has another name": ({}, {}, "", ""),
    "a required body": ({}, body(required=True), "DIF020", "DIF022"),
    "an optional body": ({}, body(), "DIF021", "DIF022"),
    "a body becomes required": (body(), body(required=True), "DIF020", "DIF021"),
    "another content type": (
        body(),
        {"requestBody": {"content": {SCHEMA: {"schema": {}}, "text/plain": {}}}},
        "DIF024",
        "DIF023",
    ),
    "deprecated": ({}, {"deprecated": True}, "DIF004", ""),
    "another way in": ({}, {"security": [], "components": {}}, "", ""),
    "a success": (responses(s501={}), responses(s501={}, s200={}), "DIF051", "DIF050"),
    "another success": (responses(s200={}), responses(s200={}, s202={}), "DIF052", "DIF050"),
    "an error": (responses(s200={}), responses(s200={}, s404={}), "DIF053", "DIF054"),
    "a range": (responses(s404={}, s409={}), responses(s4XX={}), "DIF053", "DIF055"),
    "a default": (responses(s200={}, s404={}), responses(s200={}, default={}), "DIF053", "DIF054"),
    "an answer's content type": (
        responses(s200={"content": {SCHEMA: {}}}),
        responses(s200={"content": {SCHEMA: {}, "video/*": {}}}),
        "DIF057",
        "DIF056",
    ),
    "an answer's basis": (responses(s200={}), responses(s200={"x-basis": "page"}), "DIF090", "DIF090"),
    "an error's code": (
        responses(s400={"x-known-values": {"/error": ["a"]}}),
        responses(s400={"x-known-values": {"/error": ["a", "b"]}}),
        "DIF091",
        "DIF092",
    ),
    "a header": (headed(), headed(A={}), "DIF062", "DIF061"),
    "a header that is always there": (headed(), headed(A={"required": True}), "DIF062", "DIF060"),
    "a header becomes required": (headed(A={}), headed(A={"required": True}), "DIF064", "DIF063"),
    "a header in other capitals": (headed(**{"Retry-After": {}}), headed(**{"retry-after": {}}), "", ""),
    "a header's type": (
        headed(A={"schema": {"type": "string"}}),
        headed(A={"schema": {"type": "integer"}}),
        "DIF078",
        "DIF078",
    ),
    "a lock": (
        {"security": [{"key": []}], "components": KEYS["bearer"]},
        {"security": [{"key": []}], "components": KEYS["basic"]},
        "DIF005",
        "DIF005",
    ),
    "an undescribed lock": ({"security": [{"key": []}]}, {"security": [{"other": []}]}, "DIF005", "DIF005"),
    "a server in other words": (
        {"servers": [{"url": "HTTPS://A.example:443/"}]},
        {"servers": [{"url": "https://a.example"}]},
        "",
        "",
    ),
    "a variable becomes its values": (
        {"servers": [{"url": "https://{r}.a", "variables": {"r": {"default": "eu", "enum": ["eu", "us"]}}}]},
        {"servers": [{"url": "https://us.a"}, {"url": "https://eu.a"}]},
        "",
        "",
    ),
    "the default style": (
        {"parameters": [parameter()]},
        {"parameters": [parameter(style="form", explode=True, allowReserved=False)]},
        "",
        "",
    ),
    "a parameter by its content": (
        {"parameters": [parameter()]},
        {"parameters": [{"name": "p", "in": "query", "content": {SCHEMA: {"schema": {"type": "string"}}}}]},
        "DIF015",
        "DIF015",
    ),
    "the schema in a parameter's content": (
        {"parameters": [{"name": "p", "in": "query", "content": {SCHEMA: {"schema": {"type": "string"}}}}]},
        {
            "parameters": [
                {"name": "p", "in": "query", "content": {"Application/JSON": {"schema": {"type": "integer"}}}}
            ]
        },
        "DIF040",
        "DIF040",
    ),
    "a content type in other words": (
        responses(s200={"content": {SCHEMA: {"schema": {"type": "string"}}}}),
        responses(s200={"content": {"Application/JSON; Charset=UTF-8": {"schema": {"type": "string"}}}}),
        "",
        "",
    ),
    "a content type's parameter": (
        responses(s200={"content": {"a/b; v=1": {}}}),
        responses(s200={"content": {"a/b; v=2": {}}}),
        "DIF056 DIF057",
        "DIF056 DIF057",
    ),
    "a content type in a range": (
        responses(s200={"content": {"text/*": {"schema": {"type": "string"}}}}),
        responses(s200={"content": {"text/plain": {"schema": {"type": ["string", "null"]}}}}),
        "DIF058 DIF076",
        "DIF057 DIF077",
    ),
    "a request's content type in a range": (
        {"requestBody": {"content": {"*/*": {"schema": {"type": "string"}}}}},
        {"requestBody": {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        "DIF023",
        "DIF024",
    ),
    "a range of successes": (
        responses(**{"2xx": {"content": {SCHEMA: {"schema": {"type": "string"}}}}}),
        responses(s200={"content": {SCHEMA: {"schema": {"type": "integer"}}}}),
        "DIF055 DIF078",
        "DIF052 DIF078",
    ),
    "another order of keys": (
        {"security": [{"a": ["x", "y"]}, {"b": [], "c": []}]},
        {"security": [{"c": [], "b": []}, {"a": ["y", "x"]}]},
        "",
        "",
    ),
    "no key in other words": ({"security": [{}]}, {"security": []}, "", ""),
    "a server": ({"servers": [{"url": "a"}]}, {"servers": [{"url": "b"}]}, "DIF006 DIF007", "DIF006 DIF007"),
}


@pytest.mark.parametrize("name", CALLS)
def test_there_and_back(name):
    before, after, there, back = CALLS[name]
    old, new = contract(**before), contract(**after)
    assert sorted(checks(old, new)) == there.split()
    assert sorted(checks(new, old)) == back.split()


class TestPairs:
    def paths(self, **operations):
        return contract(paths={path.replace("_", "/"): item for path, item in operations.items()})

    def call(self, name="", **others):
        return {"get": {**({"operationId": name} if name else {}), "responses": {}, **others}}

    def test_a_call_comes_and_goes(self):
        old, new = self.paths(_a=self.call()), self.paths(_a=self.call(), _b=self.call("b"))
        [change] = diff_captures(old, new)
        assert change.check == "DIF002"
        assert change.message == "GET /b is new"
        assert change.places == (("b", ""),)
        assert checks(new, old) == ["DIF001"]

    def test_a_call_moves(self):
        [change] = diff_captures(self.paths(_a=self.call("x")), self.paths(_b=self.call("x")))
        assert change.check == "DIF003"
        assert change.before == "GET /a"
        assert change.after == "GET /b"

    def test_a_second_path_comes_and_goes(self):
        old = self.paths(_a=self.call("x"))
        new = self.paths(_a=self.call("x", deprecated=True), _b={"$ref": "#/paths/~1a"}, _c={"$ref": "#/paths/~1a"})
        assert checks(old, new) == ["DIF004", "DIF002", "DIF002"]
        assert checks(new, old) == ["DIF001", "DIF001"]

    def test_the_name_of_a_paths_parameter_is_nobodys_business(self):
        sides = [
            self.paths(**{f"_a_{{{name}}}": self.call(parameters=[parameter(name, "path", required=True)])})
            for name in "xy"
        ]
        assert diff_captures(*sides) == []

    def test_an_answer_in_a_range_is_compared_with_it(self):
        schema = {SCHEMA: {"schema": {"type": "object", "properties": {"a": {}}}}}
        old = contract(responses={"404": {"content": schema}})
        new = contract(responses={"4XX": {"content": {SCHEMA: {"schema": {"type": "object"}}}}})
        assert sorted(changes_found(old, new)) == [("DIF053", "response 4XX"), ("DIF071", "response 404 /a")]

    def test_a_body_of_another_content_type_says_so(self):
        sides = [
            contract(responses={"200": {"content": {"a/b": {"schema": schema}}}}) for schema in ({}, {"type": "null"})
        ]
        assert changes_found(*sides) == [("DIF081", "response 200 a/b")]


def event(schema, **others):
    return {"post": {"requestBody": {"content": {SCHEMA: {"schema": schema}}}, "responses": {"200": {}}, **others}}


ID = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
ID_AND_STATUS = {"type": "object", "required": ["id", "status"], "properties": {"id": {"type": "string"}, "status": {}}}


class TestWebhooks:
    def document(self, **webhooks):
        return parse_capture({"webhooks": deepcopy(webhooks)}, "hooks", "1")

    def test_its_body_is_met_like_an_answer(self):
        old, new = self.document(done=event(ID_AND_STATUS)), self.document(done=event(ID))
        assert changes_found(old, new) == [("DIF070", "webhook request /status")]
        assert changes_found(new, old) == [("DIF072", "webhook request /status")]

    def test_its_name_changes(self):
        old, new = self.document(a=event(ID, operationId="on")), self.document(b=event(ID, operationId="on"))
        [change] = diff_captures(old, new)
        assert change.check == "DIF003"
        assert str(change.places[0]) == "on webhook"
        assert change.message == "the name has changed"

    def test_it_comes_and_goes(self):
        old, new = self.document(), self.document(done=event(ID))
        assert [change.message for change in diff_captures(old, new)] == ["the webhook POST done is new"]
        assert checks(new, old) == ["DIF001"]

    def test_its_answers_are_met_like_requests(self):
        content = {SCHEMA: {"schema": ID}}
        old = self.document(done=event(ID, responses={"200": {"content": content}, "202": {}}))
        new = self.document(done=event(ID, responses={"200": {"content": {SCHEMA: {"schema": ID_AND_STATUS}}}}))
        assert sorted(changes_found(old, new)) == [
            ("DIF030", "webhook response 200 /status"),
            ("DIF050", "webhook response 202"),
        ]
        assert checks(new, old) == ["DIF035"]

    def test_its_headers_are_sent_by_the_service(self):
        headers = [parameter("X-A", "header", required=True)]
        old, new = self.document(done=event(ID, parameters=headers)), self.document(done=event(ID))
        assert checks(old, new) == ["DIF060"]
        assert checks(new, old) == ["DIF062"]

    def test_its_body_comes_and_goes(self):
        old, new = self.document(done=event(ID)), self.document(done={"post": {"responses": {"200": {}}}})
        assert checks(old, new) == ["DIF056"]
        assert checks(new, old) == ["DIF057"]
        assert checks(new, new) == []


class TestCallbacks:
    def calling(self, **callbacks):
        return contract(callbacks=callbacks)

    def test_its_body_is_met_like_an_answer(self):
        old, new = (self.calling(done={"{$url}": event(each), "x-a": 5}) for each in (ID_AND_STATUS, ID))
        assert changes_found(old, new) == [("DIF070", "callback done request /status")]

    def test_another_expression_is_the_same_callback(self):
        old, new = self.calling(done={"{$a}": event(ID)}), self.calling(done={"{$b}": event(ID)})
        assert changes_found(old, new) == []

    def test_it_comes_and_goes(self):
        old, new = self.calling(), self.calling(done={"{$url}": event(ID)})
        [change] = diff_captures(old, new)
        assert change.message == "the callback POST done {$url} is new"
        assert change.places[0].operation == "getPet"
        assert checks(new, old) == ["DIF001"]


class TestServers:
    def document(self, servers, *paths, **others):
        item = {"get": {"operationId": "x", "responses": {}, **others}}
        return parse_capture(
            {"servers": [{"url": url} for url in servers], "paths": dict.fromkeys(paths, item)}, "a", "1"
        )

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ((["https://a/v1"], "/jobs"), (["https://a"], "/v1/jobs")),
            ((["/v1"], "/jobs/{a}"), (["/"], "/v1/jobs/{b}")),
            ((["https://a", "https://a/v1"], "/jobs"), (["https://a/v1", "https://a"], "/jobs")),
            ((["/v1"], "/jobs"), ([], "/v1/jobs")),
            ((["v1/"], "/jobs"), (["./"], "/v1/jobs")),
            ((["."], "/jobs"), ([], "/jobs")),
            ((["https://a/x/../v1/"], "/jobs"), (["https://A:443/v1/."], "/jobs")),
        ],
    )
    def test_the_path_of_a_server_is_part_of_a_path(self, before, after):
        assert checks(self.document(*before), self.document(*after)) == []
        assert checks(self.document(*after), self.document(*before)) == []

    def test_a_document_that_names_no_server_has_none_that_could_be_gone(self):
        assert checks(self.document([], "/jobs"), self.document(["https://a"], "/jobs")) == ["DIF007"]
        assert checks(self.document(["https://a/v1"], "/jobs"), self.document([], "/v1/jobs")) == ["DIF006"]
        assert checks(self.document([], "/jobs"), self.document(["/v1"], "/jobs")) == ["DIF007"]

    def test_another_base_path_is_another_server_and_no_other_call(self):
        changes = diff_captures(self.document(["https://a/v1"], "/jobs"), self.document(["https://a/v2"], "/jobs"))
        assert [(change.check, change.before or change.after) for change in changes] == [
            ("DIF006", "https://a/v1"),
            ("DIF007", "https://a/v2"),
        ]

    def test_a_server_of_one_call_is_reported_there(self):
        paths = {path: {"get": {"operationId": path, "responses": {}}} for path in ("/a", "/b")}
        old = parse_capture({"servers": [{"url": "https://a"}], "paths": deepcopy(paths)}, "a", "1")
        paths["/a"]["servers"] = [{"url": "https://b"}]
        new = parse_capture({"servers": [{"url": "https://a"}], "paths": paths}, "a", "1")
        assert [(change.check, str(change.places[0])) for change in diff_captures(old, new)] == [
            ("DIF006", "/a servers"),
            ("DIF007", "/a servers"),
        ]


BASE = {
    "paths": {
        "/jobs/{id}": {
            "get": {
                "operationId": "getJob",
                "parameters": [parameter("view")],
                "responses": {
                    "200": {"content": {SCHEMA: {"schema": {"$ref": "#/components/schemas/Job"}}}},
                    "404": {"x-known-values": {"/error": ["not_found"]}},
                },
            },
            "post": {
                "operationId": "editJob",
                "requestBody": {"content": {SCHEMA: {"schema": {"$ref": "#/components/schemas/Edit"}}}},
                "responses": {"202": {}},
            },
        }
    },
    "components": {
        "schemas": {
            "Job": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "status": {"enum": ["queued", "done"]},
                    "size": {"type": "integer", "maximum": 9},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
                },
            },
            "Edit": {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string"}},
            },
        }
    },
}
GET, POST = ("paths", "/jobs/{id}", "get"), ("paths", "/jobs/{id}", "post")
JOB, EDIT = ("components", "schemas", "Job"), ("components", "schemas", "Edit")

# Where, what stands there then, and the checks there and back; each is independent of the others.
MUTATIONS = (
    ((*GET, "parameters", 0, "required"), True, "DIF013", "DIF014"),
    ((*GET, "responses", "404", "x-known-values", "/error"), ["gone"], "DIF091 DIF092", "DIF091 DIF092"),
    ((*GET, "responses", "500"), {}, "DIF053", "DIF054"),
    ((*GET, "x-ignored"), 1, "", ""),
    ((*POST, "responses"), {"202": {}, "200": {}}, "DIF052", "DIF050"),
    ((*POST, "deprecated"), True, "DIF004", ""),
    ((*POST, "requestBody", "required"), True, "DIF020", "DIF021"),
    ((*JOB, "required"), [], "DIF073", "DIF075"),
    ((*JOB, "properties", "status", "enum"), ["queued", "done", "failed"], "DIF082", "DIF083"),
    ((*JOB, "properties", "size", "type"), ["integer", "null"], "DIF076", "DIF077"),
    ((*JOB, "properties", "size", "maximum"), 8, "DIF087", "DIF086"),
    ((*JOB, "properties", "new"), {}, "DIF072", "DIF071"),
    ((*JOB, "properties", "id", "type"), "integer", "DIF078", "DIF078"),
    ((*EDIT, "required"), ["a", "b"], "DIF032", "DIF033"),
    ((*EDIT, "properties", "a", "enum"), ["x"], "DIF036", "DIF037"),
    ((*EDIT, "properties", "c"), {}, "DIF031", "DIF035"),
    ((*EDIT, "properties", "b", "pattern"), "^x$", "DIF045", "DIF046"),
    (("paths", "/new"), {"get": {"responses": {}}}, "DIF002", "DIF001"),
    (("servers",), [{"url": "https://a"}], "DIF007", "DIF006"),
)


def mutated(mutations):
    document = deepcopy(BASE)
    for (*way, last), value, _, _ in mutations:
        place = document
        for key in way:
            place = place[key]
        place[last] = value
    return parse_capture(document, "jobs", "2")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(MUTATIONS), unique_by=lambda each: each[0], max_size=len(MUTATIONS)))
def test_every_mutation_is_named_and_nothing_else(mutations):
    base, other = parse_capture(BASE, "jobs", "1"), mutated(mutations)
    assert sorted(checks(base, other)) == sorted(" ".join(each[2] for each in mutations).split())
    assert sorted(checks(other, base)) == sorted(" ".join(each[3] for each in mutations).split())


KEYWORDS = ["type", "enum", "const", "properties", "required", "items", "allOf", "anyOf", "oneOf", "not", "maximum"]
NONSENSE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["a", "object", "null"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*KEYWORDS, "additionalProperties", "a"]), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(NONSENSE, NONSENSE)
def test_nonsense_is_compared_or_refused(old, new):
    with suppress(MockError):
        sides = [contract(responses={"200": {"content": {SCHEMA: {"schema": each}}}}) for each in (old, new)]
        assert all(change.text() for change in diff_captures(*sides))
