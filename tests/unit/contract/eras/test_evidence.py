"""What single answers say about eras: what counts, what is the server's own mistake, what is distinguished."""

import pytest

from mockserver.contract.eras import evidence as evidence_module
from mockserver.contract.eras.evidence import EraEvidence, EraScore
from tests.support.toy_contract import call

HEAD = "paths:\n  /jobs: {get: {operationId: list, responses: {'200': {}}}}\n"
"""What all eras have."""
READ = """
  /jobs/{id}:
    get:
      operationId: read
      responses:
        '200':
          content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}
"""


def job(states, *fields, words=""):
    """The schema of a job."""
    more = "".join(f", {name}" for name in fields)
    return (
        f"\ncomponents: {{schemas: {{Job: {{{words}properties: "
        f"{{status: {{type: string, enum: [{states}]}}, n: {{type: integer}}{more}}}}}}}}}\n"
    )


@pytest.fixture
def evidence_of(tmp_path):
    """Makes the evidence of calls, for eras that are called a, b, ... by the captures that are given."""

    def collect(captures, *calls, **how):
        place = tmp_path / "toy" / "captures"
        place.mkdir(parents=True)
        names = [chr(ord("a") + index) for index in range(len(captures))]
        for name, capture in zip(names, captures, strict=True):
            (place / f"{name}.yaml").write_text(HEAD + capture)
        evidence = EraEvidence("toy", names, tmp_path)
        for each in calls:
            evidence.observe(each)
        return evidence

    return collect


def read(body, status=200, **more):
    return call("GET", "/jobs/j1", status, body, **more)


def test_a_call_that_only_some_eras_have(evidence_of):
    evidence = evidence_of(
        ["", READ + job("done")], call("GET", "/jobs", 200), read({"status": "done"}), read(None, None)
    )
    assert evidence.likeliest_eras() == ("b",)
    assert evidence.score("a") == EraScore(1, 0, 0, 2, 0, 0)
    assert evidence.describe_complaints("a") == "the call read"
    assert evidence.describe_complaints("b") == ""
    assert evidence.operations == {"list", "read"}


def test_a_call_that_no_era_has_tells_nothing(evidence_of):
    evidence = evidence_of(["", READ + job("done")], call("GET", "/nowhere", 200))
    assert evidence.likeliest_eras() == ("a", "b")
    assert not evidence.operations


def test_a_status_weighs_more_than_any_number_of_bodies(evidence_of):
    gone = READ + "        '410': {}\n" + job("done")
    early = READ + job("done, old, older")
    evidence = evidence_of([early, gone], read({"status": "old"}), read({"status": "older"}), read(None, 410))
    assert evidence.likeliest_eras() == ("b",)
    assert evidence.describe_complaints("a") == "read 410"
    assert evidence.describe_complaints("b") == 'status "old", and 1 more'


def test_a_mistake_in_every_era_tells_nothing(evidence_of):
    calls = [read({"status": "odd", "n": number}) for number in range(3)]
    evidence = evidence_of([READ + job("done"), READ + job("done, old")], *calls)
    assert [evidence.score(era) for era in "ab"] == [EraScore(0, 0, 0, 0, 3, 0)] * 2


def test_an_era_that_gets_no_further_than_the_status_has_not_seen_the_body(evidence_of):
    other = READ.replace("'200'", "'201'") + job("done")
    evidence = evidence_of([READ + job("done"), other], read({"status": "odd"}))
    assert evidence.likeliest_eras() == ("a",)
    assert evidence.score("a").answers == evidence.score("a").bodies == 0


def test_an_era_that_does_not_declare_a_field_has_not_looked_at_it(evidence_of):
    own = "{type: object, properties: {m: {enum: [1]}}}"
    eras = [READ + job("done"), READ + job("done", f"deep: {own}"), READ + job("done, x", f"deep: {own}")]
    evidence = evidence_of(eras, read({"status": "done", "deep": {"m": 2}}))
    assert [evidence.score(era).bodies for era in "abc"] == [0, 0, 0]
    assert [evidence.hint_count(era) for era in "abc"] == [1, 0, 0]
    assert evidence.describe_complaints("a") == "read 200 /deep"


def test_content_types_and_error_codes_are_told_apart(evidence_of):
    codes = READ.replace("'200':", "'200':\n          x-known-values: {/code: [CODE]}")
    text = READ.replace("application/json", "text/plain")
    schema = job("done", "code: {type: string}")
    eras = [codes.replace("CODE", "one") + schema, codes.replace("CODE", "two") + schema, text + schema]
    evidence = evidence_of(eras, read({"status": "done", "code": "two"}))
    assert evidence.likeliest_eras() == ("b",)
    assert evidence.describe_complaints("a") == 'read 200 with /code "two"'
    assert evidence.describe_complaints("c") == "read 200 as application/json"
    assert evidence.score("c").bodies == 1


def test_what_may_have_been_left_out_is_a_hint(evidence_of):
    evidence = evidence_of(
        [READ + job("done", words="x-always-present: [m], "), READ + job("done")], read({"status": "done"})
    )
    assert evidence.score("a") == evidence.score("b")
    assert [evidence.hint_count(era) for era in "ab"] == [1, 0]
    assert evidence.describe_complaints("a") == "read 200 body"


def test_exchanges_decide_between_as_many_kinds(evidence_of):
    calls = [read({"status": "old", "n": number}) for number in range(3)]
    evidence = evidence_of([READ + job("old"), READ + job("done")], *calls, read({"status": "done"}))
    assert [evidence.score(era) for era in "ab"] == [EraScore(0, 1, 0, 1, 1, 0), EraScore(0, 1, 0, 3, 3, 0)]
    assert evidence.likeliest_eras() == ("a",)


def test_answers_that_look_alike_are_judged_once(evidence_of, monkeypatch):
    judged = []
    monkeypatch.setattr(evidence_module, "judge_exchange", lambda *given: judged.append(given) or [])
    calls = [read({"status": "done", "n": number, "id": f"G-{number}"}) for number in (1, 20, 300)]
    # Descriptions, and bases that are promises, make no difference between eras.
    annotated = READ.replace("'200':", "'200':\n          description: A job\n          x-basis: page")
    evidence_of([READ + job("done"), annotated + job("done")], *calls, read({"status": "other"}))
    assert len(judged) == 2


def test_eras_that_differ_anywhere_below_are_both_asked(evidence_of, monkeypatch):
    judged = []
    monkeypatch.setattr(evidence_module, "judge_exchange", lambda *given: judged.append(given) or [])
    one = READ + job("done", "deep: {$ref: '#/components/schemas/Deep'}").replace(
        "{Job:", "{Deep: {type: object}, Job:"
    )
    two = one.replace("Deep: {type: object}", "Deep: {type: array}")
    inferred = one.replace("type: object", "type: object, x-basis: inferred")
    evidence_of([one, two, inferred], read({"status": "done"}), read({"status": "done"}, 404))
    assert len(judged) == 4, "three times for the 200, once for the status that none has"


def test_what_is_remembered_is_bounded(evidence_of, monkeypatch):
    for name in ("MAX_COMPLAINTS", "MAX_SIGNATURES", "MAX_NORMALIZED_BYTES"):
        monkeypatch.setattr(evidence_module, name, 1)
    words = [read({"status": word}) for word in ("x", "y", "x", "z")]
    evidence = evidence_of([READ + job("w"), READ + job("w, x, y, z")], *words)
    assert evidence.score("a").bodies == 1
    assert len(evidence._evidence_by_signature) == 1
