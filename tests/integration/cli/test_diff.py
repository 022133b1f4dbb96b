"""`mockserver diff`: two contracts, or a contract and a recording."""

import json
import os
from contextlib import contextmanager

import pytest

from mockserver.contract.compare.changes import CHANGE_TYPES
from mockserver.core.wire import Exchange, Request, Response
from mockserver.recordings.recording import write_journal
from tests.support.paths import ROOT
from tests.support.verbatim_redactor import VerbatimRedactor

OLD, NEW = "phaseo@2026-08-05", "phaseo@2026-08-10"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}
ANSWERS = {"200": {"content": {"application/json": {"schema": SCHEMA}}}}
PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://pets.example"}],
    "paths": {"/pets/{id}": {"get": {"operationId": "getPet", "responses": ANSWERS}}},
}


@pytest.fixture
def pets(tmp_path):
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(PETS))
    return path


@pytest.fixture
def calls(tmp_path):
    """Write a journal of answers of the pets' API, or of another API."""

    def write(*bodies, path="/pets/1", host="pets.example"):
        answered = [
            Response(200, (("Content-Type", "application/json"),), json.dumps(body).encode()) for body in bodies
        ]
        request = Request("GET", path, "", {"host": host})
        write_journal(
            [Exchange(request, each, at, at + 1) for at, each in enumerate(answered)], tmp_path / "calls.jsonl"
        )
        return tmp_path / "calls.jsonl"

    return write


def test_breaking_changes_come_first_and_are_1(mockserver):
    result = mockserver("diff", OLD, NEW)
    assert result.code == 1
    assert result.err == ""
    lines = result.out.splitlines()
    assert lines[0] == f"{OLD} -> {NEW}"
    assert "err  DIF050 cancelVideo response 200: the status 200 is gone" in lines
    assert lines[-1].endswith(" info")


@pytest.mark.parametrize(("level", "code"), [("err", 0), ("warn", 1), ("info", 1)])
def test_fail_on_sets_the_least_level_that_fails(mockserver, level, code):
    assert mockserver("diff", "phaseo@2026-04-01", "phaseo@2026-05-06", "--fail-on", level).code == code


@pytest.mark.parametrize("level", ["err", "info"])
def test_equal_contracts_have_no_changes(mockserver, level):
    result = mockserver("diff", "reap", "reap", "--fail-on", level)
    assert result.code == 0
    assert result.out == "reap@2026-07-07 -> reap@2026-07-07\n\n0 changes: 0 err, 0 warn, 0 info\n"
    assert result.err == ""


def test_operation_limits_the_changes_to_some_calls(mockserver):
    result = mockserver("diff", OLD, NEW, "--operation", "cancelVideo", "--operation", "getVideo", "--json")
    report = json.loads(result.out)
    places = {place["operation"] for change in report["changes"] for place in change["places"]}
    assert places == {"cancelVideo", "getVideo"}


def test_an_unknown_operation_is_2(mockserver):
    result = mockserver("diff", OLD, NEW, "--operation", "cancelVidoe")
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("CON010 neither contract has an operation 'cancelVidoe' (did you mean 'cancelVideo'?)")


def test_json_is_versioned(mockserver):
    report = json.loads(mockserver("diff", OLD, NEW, "--json").out)
    assert report["version"] == 1
    assert report["old"] == OLD
    assert report["new"] == NEW
    assert report["fail_on"] == "err"
    assert sum(report["tally"].values()) == len(report["changes"])
    assert set(report["changes"][0]) == {"check", "level", "message", "pointer", "before", "after", "places", "seen"}


def test_openapi_files_of_the_user_can_be_compared(mockserver, pets, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(json.dumps({**PETS, "openapi": "3.0.3", "paths": {}}))
    result = mockserver("diff", pets, other)
    assert result.code == 1
    assert result.out.splitlines()[0] == "pets@1 -> other@1"
    assert "err  DIF001 getPet: GET /pets/{id} is gone" in result.out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("no.yaml", None, "CON002 no.yaml: No such file or directory\n    Name an era"),
        ("a.yaml", "openapi: 3.1.0", "a.yaml: CON003 this is not an OpenAPI document"),
        ("a.yaml", "swagger: '2.0'\npaths: {}", "a.yaml: CON009 this is an OpenAPI document of version 2.0"),
        ("a.yaml", "openapi: 3.1.0\nopenapi: 3.1.0\n", "a.yaml:2:1: CON002 the key 'openapi' is given twice"),
        ("a.yaml", "openapi: 3.1.0\npaths: {/a: {$ref: 'file:///a'}}", "a.yaml: CON004 #/paths/~1a: the $ref"),
        ("a.txt", "hello", "a.txt: REC002 this is not a recording; it looks like text"),
        ("a.har", '{"log": {"entries": [{', "REC0"),
    ],
)
def test_an_unusable_file_is_2_with_its_location(mockserver, tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    result = mockserver("diff", OLD, name)
    assert result.code == 2
    assert message in result.err


@pytest.mark.parametrize(("name", "code"), [("phaso", "CON005"), ("phaseo@2020-01-01", "CON006")])
def test_an_unknown_era_is_refused(mockserver, name, code):
    assert mockserver("diff", name, NEW).err.startswith(code)


def test_a_recording_as_first_argument_is_2_with_the_right_order(mockserver, pets, calls):
    name = calls({"name": "a"})
    result = mockserver("diff", name, pets)
    assert result.code == 2
    assert result.err.splitlines() == [
        f"CON003 {name} is a recording, not an OpenAPI document",
        f"    A recording goes second: mockserver diff {pets} {name}",
    ]


def test_a_folder_with_the_name_of_a_vendor_is_ignored(mockserver, tmp_path):
    (tmp_path / "reap").mkdir()
    assert mockserver("diff", "reap", "reap").code == 0


@contextmanager
def piped(data):
    """Open a pipe as a shell does for `<(...)`."""
    reading_end, writing_end = os.pipe()
    os.write(writing_end, data)
    os.close(writing_end)
    yield f"/dev/fd/{reading_end}"
    os.close(reading_end)


def test_contracts_and_recordings_can_come_through_pipes(mockserver, pets, calls):
    known = mockserver("diff", pets, calls({"name": 5}))
    with piped(pets.read_bytes()) as old, piped(calls({"name": 5}).read_bytes()) as new:
        result = mockserver("diff", old, new)
    assert result.code == known.code
    assert result.out.splitlines()[1:] == known.out.splitlines()[1:]
    with piped(pets.read_bytes()) as old, piped(pets.read_bytes()) as new:
        assert mockserver("diff", old, new).code == 0


def test_a_recording_shows_differences_with_counts_and_times(mockserver, pets, calls):
    result = mockserver("diff", pets, calls({"name": "a"}, {"name": 5, "age": 3}))
    assert result.code == 1
    assert result.out.splitlines()[2:] == [
        "err  DIF106 getPet response 200 /name: the value has another type",
        "     string -> 5",
        "     in 1 of 2 answers, at 1970-01-01T00:00:00Z",
        "info DIF103 getPet response 200 /age: the field 'age' is not declared",
        "     (nothing) -> 3",
        "     in 1 of 2 answers, at 1970-01-01T00:00:00Z",
        "",
        "2 changes: 1 err, 0 warn, 1 info",
    ]
    assert result.err == "2 exchanges, 2 answers of calls that the contract has\n"


def test_a_recording_that_keeps_the_contract_is_0(mockserver, pets, calls):
    result = mockserver("diff", pets, calls({"name": "a"}), "--fail-on", "info")
    assert result.code == 0
    assert result.err == "1 exchange, 1 answer of calls that the contract has\n"


def test_a_recording_of_another_api_is_3(mockserver, pets, calls):
    result = mockserver("diff", pets, calls({}, path="/cats", host="cats.example"))
    assert result.code == 3
    assert result.err.endswith("; 1 of cats.example; nothing was compared\n")


def test_differences_beyond_the_limit_are_counted(mockserver, pets, calls, monkeypatch):
    monkeypatch.setattr("mockserver.contract.compare.drift.MAX_NOTES", 1)
    assert "1 difference left out" in mockserver("diff", pets, calls({"a": 1, "b": 1})).err


def test_the_page_lists_every_change_type():
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {check.level} | {check.meaning} |" for name, check in CHANGE_TYPES.items()]
    assert [line for line in page.splitlines() if line.startswith("| `DIF")] == rows


KEY = "acme-0123456789-abc"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_report_on_a_recording_has_no_secrets(mockserver, pets, tmp_path, options):
    body = {
        "name": 5,
        "token": "abc123",
        "note": KEY,
        "jwt": TOKEN,
        "url": "https://cdn.example/v?sig=0a1b2c&n=1",
        "password": "correct horse",
        "long": "x" * 90 + KEY * 3,
    }
    answer = Response(200, (("Content-Type", "application/json"),), json.dumps(body).encode())
    request = Request("GET", "/pets/1", "", {"host": "pets.example", "authorization": f"Bearer {KEY}"})
    path = tmp_path / "calls.jsonl"
    write_journal([Exchange(request, answer, 1, 2)], path, VerbatimRedactor())
    result = mockserver("diff", pets, path, *options)
    assert "[redacted:key-1]" in result.out
    assert "sig=%5Bredacted:sig-1%5D&n=1" in result.out
    for secret in (KEY[:12], "abc123", TOKEN[:12], "0a1b2c", "correct horse"):
        assert secret not in result.out + result.err


def test_an_openapi_document_with_a_field_named_log_is_no_recording(mockserver, pets, tmp_path):
    document = json.loads(json.dumps(PETS))
    properties = {"log": {"type": "array", "items": {"type": "string"}}, "name": {"type": "string"}}
    answer = document["paths"]["/pets/{id}"]["get"]["responses"]["200"]
    answer["content"]["application/json"]["schema"]["properties"] = properties
    large = {"components": {"x-large": "x" * 70_000}, "paths": document["paths"], "info": PETS["info"]}
    for name, content in (("log.json", document), ("late.json", {**large, "openapi": "3.1.0"})):
        path = tmp_path / name
        path.write_text(json.dumps(content))
        for arguments in ((path, path), (pets, path), (path, pets)):
            result = mockserver("diff", *arguments)
            assert result.code in (0, 1)
            assert "recording" not in result.out + result.err
