"""Laws of comparing documents: nothing differs from itself, order does not count, backwards is the reverse.

And a document that is broken at a random place is compared or refused with a sentence, never anything else
(`python -m bench.documents` breaks others for as long as it is asked to).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.documents.capture import parse_capture
from mockserver.errors import MockError
from tests.support.drawn_documents import DOCUMENTS, broken_documents, capture_of, compare_broken, document_of


def rewritten(document):
    """Return a document with an extension in each named schema: nothing is written alike, so all of it is compared."""
    schemas = document["components"]["schemas"]
    extended = {name: schema if schema is True else {**schema, "x-a": 1} for name, schema in schemas.items()}
    return {**document, "components": {**document["components"], "schemas": extended}}


def reordered(value, order):
    """Return a JSON value with its keys, and the alternatives of its schemas, in another order."""
    if isinstance(value, list):
        return [reordered(each, order) for each in value]
    if not isinstance(value, dict):
        return value
    items = [(key, reordered(each, order)) for key, each in value.items()]
    order.shuffle(items)
    for key, each in items:
        if key in ("anyOf", "oneOf", "allOf", "enum", "required") and isinstance(each, list):
            order.shuffle(each)
    return dict(items)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(DOCUMENTS)
def test_nothing_differs_from_itself(document):
    assert diff_captures(capture_of(document), capture_of(document)) == []
    assert diff_captures(capture_of(document), capture_of(rewritten(document))) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_alternatives_does_not_count(document, order):
    assert diff_captures(capture_of(document), capture_of(reordered(rewritten(document), order))) == []


REVERSE = {"DIF001": "DIF002", "DIF072": "DIF071", "DIF082": "DIF083", "DIF088": "DIF089", "DIF076": "DIF077"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(DOCUMENTS, DOCUMENTS)
def test_what_comes_goes_when_time_runs_backwards(one, other):
    there, back = (diff_captures(*map(capture_of, sides)) for sides in ((one, other), (other, one)))
    for came, went in REVERSE.items():
        for first, second in ((there, back), (back, there)):
            gone = {"DIF070", went} if went == "DIF071" else {went}
            sides = ([each for each in first if each.check == came], [each for each in second if each.check in gone])
            assert len(sides[0]) == len(sides[1])


@settings(max_examples=250, deadline=None, derandomize=True)
@given(broken_documents())
def test_a_document_broken_at_any_place_is_compared_or_refused(documents):
    assert compare_broken(documents) == []


def test_an_empty_status_and_an_alternative_that_nothing_fits_differ_from_nothing():
    nothing = {"allOf": [{"type": "string"}, {"type": "integer"}]}
    document = document_of({"A": {"anyOf": [nothing, {}, {"type": "null"}]}, "B": True, "C": True})
    document["paths"]["/do/{id}"]["post"]["responses"] = {"": {}}
    assert diff_captures(capture_of(document), capture_of(document)) == []


@pytest.mark.parametrize("servers", ["text", 5, {"url": "https://a"}, ["https://a"], [{"url": 5}], [[]]])
def test_servers_of_a_wrong_type_are_refused(servers):
    with pytest.raises(MockError, match="CON003 #/servers"):
        parse_capture({"servers": servers, "paths": {}}, "t", "1")
