"""No recording of the right structure with wrong values ends the command with a bug.

The values are drawn into recordings that the judge knows in full, so that they reach it and every report.
`python -m bench.recordings` draws others for as long as it is asked to.
"""

import pytest
from hypothesis import given, settings

from mockserver.runner.judge.recording_check import CheckRequest
from tests.support.hostile_recordings import DOCUMENTS, EXCHANGES, hostile_recordings, run_commands
from tests.support.mutated_documents import as_json


@pytest.mark.parametrize("form", DOCUMENTS)
def test_the_originals_are_judged(form, tmp_path):
    path = tmp_path / "calls"
    path.write_bytes(as_json(DOCUMENTS[form]))
    checked = CheckRequest("twelvelabs").check(str(path), lambda _: None)
    assert checked.judged_count == len(EXCHANGES)
    assert checked.incomplete == checked.skipped == {}


@settings(max_examples=200)
@given(hostile_recordings())
def test_odd_values_in_a_recording_are_no_bug(data):
    assert run_commands(data) == []
