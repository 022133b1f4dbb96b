"""Every code can be met, by the file shown here, and means something."""

import pytest

from mockserver.errors import MockError
from mockserver.scenario.codes import CODES
from mockserver.scenario.compile import load_scenario

HEAD = "scenario: s\nvendor: acme\n"
JOB = "jobs: [{id: 651212e2651212e2651212e2}]\n"
TWO = "jobs: [{id: 651212e2651212e2651212e2}, {id: 000000000000000000000001}]\n"
PLAY = HEAD + JOB + "play:\n"

BAD = {
    "SCN002": b"scenario: \xff",
    "SCN003": "x" * 1_000_001,
    "SCN004": "scenario: [",
    "SCN005": "a: 1\n---\nb: 2\n",
    "SCN006": "# nothing yet\n",
    "SCN007": "a: &x 1\nb: *x\n",
    "SCN008": "a: !!python/object:os.system x\n",
    "SCN009": "scenario: a\nscenario: b\n",
    "SCN010": "[a, b]: 1\n",
    "SCN011": HEAD + "fields: {n: .nan}\n",
    "SCN012": "".join(f"k{n}: 1\n" for n in range(200)),
    "SCN020": HEAD + "titel: x\n",
    "SCN021": "vendor: acme\n",
    "SCN022": HEAD + "jobs: 5\n",
    "SCN023": HEAD + "timeline: [queued: soon, completed]\n",
    "SCN024": HEAD + "play: [{get: {status: 99}}]\n",
    "SCN025": HEAD + "cancel: {race: completes-frist}\n",
    "SCN026": HEAD + "timeline: [queued: 30, completed]\n",
    "SCN027": HEAD + "play: [{create: , at: 1s, after: 1s}]\n",
    "SCN028": PLAY + "  - {get: , every: 5s}\n",
    "SCN030": HEAD + "timeline: []\n",
    "SCN040": "scenario: s\nvendor: acne\n",
    "SCN041": "scenario: s\nvendor: acme@2025-12-31\n",
    "SCN042": HEAD + "jobs: [{kind: vidoe}]\n",
    "SCN043": HEAD + "timeline: [procesing: 2s, completed]\n",
    "SCN044": HEAD + "timeline: [queued: 2s, completed]\n",
    "SCN045": HEAD + "timeline: [queued: 2s, processing: 1s, failed: 1s, completed]\n",
    "SCN046": HEAD + "timeline: [queued: 2s]\n",
    "SCN047": HEAD + "timeline: [queued, processing]\n",
    "SCN048": HEAD + "jobs: [{id: v1}]\n",
    "SCN049": HEAD + "jobs: [{id: 000000000000000000000001}, {id: 000000000000000000000001}]\n",
    "SCN050": HEAD + "jobs: [{items: [{count: 2}]}]\n",
    "SCN051": "scenario: s\nvendor: mill\nitems: [{outcome: dropped}]\n",
    "SCN052": PLAY + "  - gett:\n",
    "SCN053": PLAY + "  - {get: , job: first}\n",
    "SCN054": HEAD + "play: [{create: , as: a}, {create: , as: a}]\n",
    "SCN055": PLAY + "  - {at: 1m, get: }\n  - {at: 59s, get: }\n",
    "SCN056": PLAY + "  - get: {body: {status: canceled}}\n",
    "SCN057": PLAY + "  - {get: , cancel: }\n",
    "SCN058": HEAD + "play: [get: ]\n",
    "SCN059": HEAD + TWO + "play: [get: ]\n",
    "SCN060": HEAD + "cancel: {from: completed}\n",
    "SCN061": HEAD + "timeline: [queued: 1s, processing]\ncancel: {from: draining}\n",
    "SCN062": HEAD + "cancel: {from: queued}\n",
    "SCN063": HEAD + "cancel: {accept: completed}\n",
    "SCN064": PLAY + "  - {move: completed, times: 2}\n",
    "SCN065": HEAD + "clock: {start: '2026-02-30T00:00:00Z'}\n",
    "SCN066": "scenario: s\nvendor: mill\nitems: [{count: 9999}, {count: 2}]\n",
    "SCN067": "scenario: s\nvendor: mill\njobs: [{timeline: [late]}]\n",
    "SCN068": HEAD + "faults: [{on: cancel, do: {stale: 5s}}]\n",
    "SCN069": HEAD + "timelines: [{match: {a: 1}, timeline: [queued]}, {match: {a: 1, b: 2}, timeline: [queued]}]\n",
    "SCN070": HEAD + "webhooks: {events: [video.complete]}\n",
    "SCN071": HEAD + "webhooks: {secret: whsec_1}\n",
    "SCN072": HEAD + "jobs: [{body: {refused: true}}]\n",
    "SCN073": HEAD + "cancel: [{race: completes-first}, {kind: video, refuse: {status: 409}}]\n",
    "SCN074": HEAD + "timeline: [queued: 1s, processing: {for: 1s, fields: {status: completed}}, completed]\n",
    "SCN079": "scenario: s\nvendor: mill\nwebhooks: {secret: [whsec_mock, plain]}\n",
    "SCN080": PLAY + "  - call: {method: GET, path: '/v1/{first}'}\n",
    "SCN081": PLAY + "  - {get: , keep: {job: /id}}\n",
    "SCN082": PLAY + "  - get: {body: {n: {$abvoe: 3}}}\n",
    "SCN083": HEAD + "timeline: [queued: 1s, processing]\nplay: [create: , {at: completed, get: }]\n",
    "SCN084": PLAY + "  - {together: [{cancel: , named: a}, get: ], order: [b]}\n",
    "SCN087": "scenario: s\nvendor: acme\nlimits: {active: {video: 2}}\n",
    "SCN086": "scenario: s\nvendor: acme@2026-01-01\ntimelines: [{kind: still, timeline: [waiting]}]\n",
    "SCN085": PLAY + "  - {together: [cancel: , cancel: ], outcomes: [{status: 200}]}\n",
}


def found(source, vendors):
    with pytest.raises(MockError) as caught:
        load_scenario(source, vendors)
    return [problem.code for problem in caught.value.problems]


def test_every_code_has_a_bad_file():
    assert {"SCN001", *BAD} == set(CODES)


@pytest.mark.parametrize("code", BAD)
def test_the_bad_file_is_refused_with_its_code(code, vendors):
    assert code in found(BAD[code], vendors)


ALONE = [code for code in BAD if code >= "SCN020"]


@pytest.mark.parametrize("code", ALONE)
def test_one_mistake_is_reported_once(code, vendors):
    assert found(BAD[code], vendors) == [code]


def test_a_file_that_is_not_there(vendors, tmp_path):
    assert found(tmp_path / "none.yaml", vendors) == ["SCN001"]


def test_a_folder_is_no_file(vendors, tmp_path):
    assert found(tmp_path, vendors) == ["SCN001"]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_explained_in_one_sentence(code):
    assert CODES[code].endswith(".")
    assert CODES[code][0].isupper()
