"""The round trip of every bundled scenario: played, recorded, distilled, and played again."""

import pytest

from tests.support.bundled_scenarios import FILES
from tests.support.call_recorder import bundled_recording, distill

NOT_IN_ITS_PLAY = {
    "lost-create-answer-charges-twice": "the id of a job whose create was lost is only known from a list",
    "lost-create-answer-reserves-twice": "the id of a job whose create was lost is only known from a list",
    "slow-answer-outlives-the-client": "the id of a job whose create was lost is only known from a list",
    "bad-line-fails-the-batch": "the lines of an uploaded file: the recording keeps no upload",
    "task-of-a-batch-409": "the id of a task of a batch is only known from the batch's results",
    "batch-asset-not-ready-409": "two refusals of creates, for their assets, of which one is scripted",
}
"""Recordings that are explained, and whose play needs a value of an answer that its steps do not take over."""
IN_PART = {
    "cancel-answer-lost": "a cancel that a lost answer and a later refusal show: how the requests ended is not known",
    "cancel-completed-unchanged": "a cancel that succeeds after the end",
    "cancelling-lasts": "the content of a batch's files",
    "expires-with-both-files": "the content of a batch's files",
    "requests-fail-batch-completes": "the content of a batch's files",
    "batch-delete-unfinished-409": "items without an end: the counters do not show when the drained one ended",
    "batch-driven-by-polls": "counters at one instant: items are not counted in polls",
    "batch-results-eleventh-download-429": "a limit of downloads, and a batch whose end only a download shows",
    "completed-shows-asset-and-bill": "content of a provider that the contract does not name",
    "list-lags-behind": "a list that lags behind for one of two jobs",
    "lost-create-answers-fill-the-account": "jobs that only count: they are neither answered nor read",
    "resumed-download-of-a-changed-file": "ranges and validators of downloads",
    "stale-batch-counters": "an old answer that is read as the course of the items",
    "canceled-a-moment-later": "a cancel whose answer shows the state before it",
    "cancelled-task-is-shown": "a cancel that leads elsewhere than the vendor's own",
    "cancel-answered-200-ok": "another status for a success than the vendor's own",
    "cancel-answered-success-true": "another status for a success than the vendor's own",
    "status-200-always": "another status for a success than the vendor's own",
}
"""Recordings of which a part stays unexplained, and why; the table may only become shorter."""


@pytest.mark.parametrize("name", FILES)
def test_a_bundled_scenario_survives_the_round_trip(name):
    recording = bundled_recording(name)
    if not recording:
        return
    found = distill(recording)
    assert bool(found.unexplained) == (name in IN_PART), [each.aspects for each in found.mismatches]
    assert bool(found.play_failures) <= (name in IN_PART or name in NOT_IN_ITS_PLAY), found.play_failures


def test_the_tables_name_bundled_scenarios():
    assert {*IN_PART, *NOT_IN_ITS_PLAY} <= set(FILES)
    assert len(IN_PART) <= 18
    assert len(NOT_IN_ITS_PLAY) <= 6
