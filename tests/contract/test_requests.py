"""What a capture lets a client send, the fake takes: the request schemas and the vendor's own checks agree.

The schemas are the capture's, the checks are `mockserver/vendors`; they were written apart.
"""

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.schema.validate import conforms
from mockserver.core.instants import MINUTE
from mockserver.core.ratelimit import RateLimit
from mockserver.core.wire import Request
from mockserver.engine.handle import BodyError
from mockserver.vendors.api import BodyPolicy, RequestError
from mockserver.vendors.script import Script
from tests.support.fake_world import BASE, ERAS, KEY, fake_world, json_of

UPLOAD_ID = "65f1a2b3c4d5e6f7a8b9c0d1"
VALUES = {
    "sourceUrl": [
        "https://videos.example.com/talks/keynote.mp4",
        "https://youtu.be/x",
        "https://videos.example.com/\u00fc b.mp4",
        "https://videos.invalid/a.mp4",
        "ftp://example.com/a.mp4",
        "keynote.mp4",
        "",
    ],
    "uploadId": [UPLOAD_ID, UPLOAD_ID.upper(), "nope", UPLOAD_ID + "\n", ""],
    "projectId": [UPLOAD_ID, "nope", ""],
    "selectedStart": [0, 0.5, 30, 600, -1],
    "selectedEnd": [0, 59.9, 61, 600, 10**18, -0.5],
}
"""Texts and numbers that mean something to the vendor; all other values are drawn along the schema."""
REAP_REFUSALS = ("Please select at least 1 minutes or longer", "Unable to process video from")
"""Details of Reap's 400 to a request that has the right form."""
WORDS = ["landscape", "portrait", "square", "native", "roman", "talking", "gaming", "cinema", "opera", "", "720"]
ODD_VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    720,
    720.0,
    721,
    1440,
    10**18,
    [],
    ["x"],
    [1],
    [[1]],
    [[1.5]],
    {},
    {"a": 1},
]
UNRELATED = st.sampled_from([*ODD_VALUES, *WORDS])
BY_TYPE = {
    "null": st.none(),
    "boolean": st.booleans(),
    "integer": st.one_of(st.integers(-100, 100), st.sampled_from([0.0, 30.0, 2**53])),
    "number": st.one_of(st.integers(0, 1000), st.floats(0, 1e9)),
    "string": st.text(st.characters(codec="utf-8"), max_size=5),
}


def draw_value(draw, capture, schema):
    """A value that the schema allows."""
    if "$ref" in schema:
        return draw_value(draw, capture, capture.at(schema["$ref"]))
    if "anyOf" in schema:
        return draw_value(draw, capture, draw(st.sampled_from(schema["anyOf"])))
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    kinds = schema["type"]
    kind = kinds if isinstance(kinds, str) else draw(st.sampled_from(kinds))
    if kind == "array":
        return [draw_value(draw, capture, schema["items"]) for _ in range(draw(st.integers(0, 2)))]
    return draw(BY_TYPE[kind])


def draw_field(draw, capture, name, fields):
    """One of the values that mean something, else one that the field's schema allows."""
    if name in VALUES:
        return draw(st.sampled_from(VALUES[name]))
    return draw_value(draw, capture, fields[name]) if name in fields else draw(UNRELATED)


def draw_body(draw, capture, schema, example):
    """The example with fields put in, taken out and changed; most often it still has the right form."""
    fields = schema["properties"]
    body = dict(example)
    for name in draw(st.lists(st.sampled_from([*fields, *VALUES, "unknown"]), max_size=6)):
        match draw(st.integers(0, 9)):
            case 0:
                body[name] = draw(UNRELATED)
            case 1:
                body.pop(name, None)
            case _:
                body[name] = draw_field(draw, capture, name, fields)
    return body


@lru_cache
def session_of(pin):
    """One judged session without a rate limit to speak of."""
    vendor, _, date = pin.partition("@")
    script = Script(limits={"*": RateLimit(10**9, MINUTE)}) if vendor == "reap" else Script()
    return fake_world(vendor, date, script)


def request_schema(capture, operation):
    """The pointer of what an operation's body must be, or nothing."""
    found = capture.find(operation.method, operation.path)
    content = {} if found is None else found.body.get("requestBody", {}).get("content", {})
    return f"{found.pointer}/requestBody/content/application~1json/schema" if "application/json" in content else ""


def bodies(pin):
    """(operation, pointer of its request schema) of everything that takes a body in an era."""
    era = ERAS[pin]
    capture = load_capture(era.vendor, era.date)
    found = [(operation, request_schema(capture, operation)) for operation in era.operations]
    return [(operation, pointer) for operation, pointer in found if pointer]


@pytest.mark.parametrize("pin", ERAS)
def test_every_example_of_the_fakes_is_one_the_capture_allows_and_the_fake_takes(pin):
    era, tried = ERAS[pin], 0
    capture = load_capture(era.vendor, era.date)
    for operation, pointer in bodies(pin):
        if operation.body.requires_object and not operation.about_one_job:
            body = dict(operation.example_params)
            assert conforms(capture, pointer, body), operation.name
            answer = session_of(pin).call_operation(operation.name, body=body)
            assert answer.status < 300, (operation.name, answer.body)
            tried += 1
    assert tried or era.pin == "phaseo@2026-05-07", "no example was tried"


REAP = [pytest.param(each, pointer, id=each.name) for each, pointer in bodies("reap@2026-07-07")]


def test_every_create_of_reap_has_a_schema_of_its_own():
    capture = load_capture("reap")
    named = {each.values[0].name: capture.follow(each.values[1])[0].rsplit("/", 1)[1] for each in REAP}
    assert {name for name in named if name.startswith("create")} == {
        "create",
        "create_captions",
        "create_reframe",
        "create_dubbing",
        "create_transcription",
    }
    assert len({schema for name, schema in named.items() if name.startswith("create")}) == 5


def example_of(operation):
    where, name = operation.id_in or (None, "")
    return {**({name: UPLOAD_ID} if where else {}), **operation.example_params}


def agree(operation, pointer, body):
    """The fake takes the body if the schema allows it, and refuses it if not."""
    session = session_of("reap@2026-07-07")
    answer = session.request("POST", operation.path, body)
    session.contract_observer.assert_clean()
    detail = json_of(answer).get("detail", "")
    if not conforms(load_capture("reap"), pointer, body):
        assert answer.status in (400, 404, 422), body
    elif operation.about_one_job:
        assert answer.status == 404, body  # no such project
    else:
        is_expected_refusal = answer.status == 400 and detail.startswith(REAP_REFUSALS)
        assert answer.status == 200 or is_expected_refusal, (body, detail)


@pytest.mark.parametrize(("operation", "pointer"), REAP)
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_reap_takes_what_the_schema_allows_and_nothing_else(operation, pointer, data):
    capture = load_capture("reap")
    agree(operation, pointer, draw_body(data.draw, capture, capture.follow(pointer)[1], example_of(operation)))


@pytest.mark.parametrize(("operation", "pointer"), REAP)
def test_they_agree_on_every_field_alone(operation, pointer):
    example = example_of(operation)
    for name in (*load_capture("reap").follow(pointer)[1]["properties"], *VALUES, "unknown"):
        agree(operation, pointer, {key: value for key, value in example.items() if key != name})
        for value in (*ODD_VALUES, *WORDS, *VALUES.get(name, ())):
            agree(operation, pointer, {**example, name: value})


WITH_BODY = [
    (pin, each.name)
    for pin, era in ERAS.items()
    for each in era.operations
    if each.body in (BodyPolicy.JSON, BodyPolicy.OPTIONAL)
]


@pytest.mark.parametrize(("pin", "name"), WITH_BODY)
def test_a_body_that_is_too_large_gets_a_413_that_the_capture_knows(pin, name):
    judged = fake_world(*pin.split("@"))
    operation = judged.era.operation(name)
    assert operation is not None
    headers = {name.lower(): value for name, value in judged.era.auth_headers(KEY).items()}
    request = Request(operation.method, operation.path, "", headers)
    error = BodyError(RequestError.TOO_LARGE, "the body is larger than 10,000,000 bytes")
    reply = judged.session.answer(judged.era.vendor, request, BASE, judged.wall_now, body_error=error)
    assert reply.response.status == 413
    judged.contract_observer.assert_clean()
