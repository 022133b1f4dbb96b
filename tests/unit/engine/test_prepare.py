"""What takes long of a request is computed before it is handled, once, and leads to the same answer."""

import orjson

from mockserver.core.wire import Request
from mockserver.engine.handle import BodyError, IncomingRequest, handle, prepare
from mockserver.engine.session import Session
from mockserver.vendors.api import Answer, Call, RequestError
from mockserver.vendors.http import json_response
from tests.support.fake_world import START
from tests.support.toy_vendor import OPERATIONS, make_era, setup

KEY = {"x-key": "key"}


def double(call: Call) -> int:
    return 2 * call.body["n"]


def show(call: Call) -> Answer:
    return Answer(json_response(200, {"body": call.body, "prepared": call.prepared}))


SESSION = Session(
    setup(
        era=make_era(
            operations=tuple(
                one._replace(handler=show, prepare=double) if one.name == "tell" else one for one in OPERATIONS
            )
        )
    )
)
CONTEXT = SESSION.context("toy")


def prepared(method: str, path: str, body: bytes, **changes: object) -> IncomingRequest:
    request = Request(method, path, "", changes.pop("headers", KEY), body)
    return prepare(CONTEXT, CONTEXT.incoming(request, "http://toy")._replace(**changes), START)


def answered(incoming: IncomingRequest) -> dict[str, object]:
    return orjson.loads(handle(CONTEXT, incoming, START).response.body)


def test_the_handler_finds_what_was_prepared():
    assert answered(prepared("POST", "/tell", b'{"n": 4}')) == {"body": {"n": 4}, "prepared": 8}
    plain = CONTEXT.incoming(Request("POST", "/tell", "", KEY, b'{"n": 4}'), "http://toy")
    assert answered(plain) == {"body": {"n": 4}, "prepared": None}


def test_a_body_is_decoded_once():
    incoming = prepared("PUT", "/pots/a", b'{"n": 4}')
    assert incoming.prepared.body == {"n": 4}
    assert answered(incoming._replace(request=incoming.request._replace(body=b"no JSON")))["body"] == {"n": 4}


def test_a_wrong_body_is_not_prepared_for():
    incoming = prepared("POST", "/tell", b"{")
    assert isinstance(incoming.prepared.body, BodyError)
    assert incoming.prepared.value is None
    assert answered(incoming) == answered(incoming._replace(prepared=None))


def test_what_the_transport_found_comes_first():
    found = BodyError(RequestError.TOO_LARGE, "large")
    assert prepared("POST", "/tell", b'{"n": 4}', body_error=found).prepared.body is found


def test_nothing_is_prepared_for_a_request_that_is_refused_anyway():
    assert prepared("POST", "/nothing", b'{"n": 4}').prepared is None
    assert prepared("POST", "/tell", b'{"n": 4}', headers={}).prepared is None
