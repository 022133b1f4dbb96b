"""The comparison that `mockserver diff` reports."""

from mockserver.contract.compare import drift, schema_comparison
from mockserver.contract.compare.comparison import compare_captures, compare_recording
from mockserver.contract.documents.capture import parse_capture
from tests.support.toy_contract import get_exchange


def capture(*paths):
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    answers = {"200": {"content": {"application/json": {"schema": schema}}}}
    operations = {f"/v1/{path}": {"get": {"operationId": f"get_{path}", "responses": answers}} for path in paths}
    return parse_capture({"servers": [{"url": "https://api.pets.example"}], "paths": operations}, "pets", "1")


def test_two_captures():
    comparison = compare_captures(capture("cats", "dogs"), capture("cats"))
    assert [change.check for change in comparison.changes] == ["DIF001"]
    assert comparison.operations == {"get_cats", "get_dogs"}
    assert comparison.summary is None
    assert comparison.is_conclusive


def test_a_recording():
    exchanges = [get_exchange({"name": "Tom"}, path="/v1/cats"), get_exchange({"age": 3}, path="/v1/cats")]
    comparison = compare_recording(capture("cats"), "calls.har", exchanges, with_times=True)
    assert [change.check for change in comparison.changes] == ["DIF103"]
    assert comparison.new == "calls.har"
    assert comparison.operations == {"get_cats"}
    assert comparison.summary == "2 exchanges, 2 answers of calls that the contract has"
    assert comparison.is_conclusive


def test_a_recording_of_another_api_proves_nothing():
    comparison = compare_recording(capture("cats"), "calls.har", [get_exchange({}, path="/v2/pets")], with_times=False)
    assert comparison.changes == []
    assert (comparison.summary or "").endswith("; nothing was compared")
    assert not comparison.is_conclusive


def test_differences_beyond_the_bound_are_counted(monkeypatch):
    monkeypatch.setattr(drift, "MAX_NOTES", 1)
    comparison = compare_recording(
        capture("cats"), "calls.har", [get_exchange({"a": 1, "b": 2}, path="/v1/cats")], with_times=True
    )
    assert (comparison.summary or "").endswith("left out: there are too many different ones")


def test_a_comparison_that_ends_early_says_so(monkeypatch):
    monkeypatch.setattr(schema_comparison, "MAX_COMPARED_PAIRS", 0)
    summary = compare_captures(capture("cats"), capture("cats")).summary
    assert summary == "not everything was compared: there are too many pairs of schemas"
