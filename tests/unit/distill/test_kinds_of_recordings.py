"""Recordings of bundled scenarios, one for each kind of thing that can happen, distilled whole."""

import pytest

from tests.support.call_recorder import bundled_recording, distill

KINDS = {
    "canceled-by-its-deadline": "headers: {Cancel-After: 1m30s}",
    "no-bearer-401": "headers: {authorization: test-key}",
    "api-key-missing-401": "reason: api_key_invalid",
    "access-bytes-only": "key: invalid",
    "invalid-key-401": "key: invalid",
    "cancel-without-project-id-422": "call: {method: POST, path: /api/v1/automation/cancel-project, body: {}}",
    "cancel-unknown-project-404": "cancel: {status: 404}",
    "batch-list-past-the-end": "query: {",
    "batch-limit-off": "active: off",
    "delete-requires-terminal": "delete: {status: 400",
    "batch-counters-add-up": "outcome: failed",
    "batch-cancel-drains": "kind: batch",
    "batch-drains-before-canceled": "queued: 2d",
    "html-from-a-proxy-in-the-middle": "<html></html>",
    "content-not-ready-409": "content: {status: 409",
    "cancel-only-while-queued": "job: video-2",
    "lost-create-answer-charges-twice": "create: {no_answer: true}",
    "lost-refusal-of-a-cancel": "no_answer: true",
    "polls-drive-the-job": "times: ",
    "second-create-fails": "call: 3",
    "cancel-falls-silent": "no_answer: true",
    "slow-answer-outlives-the-client": "no_answer: true",
    "task-cancel-idempotent": "vendor: twelvelabs",
    "cancel-races-delete": "delete: ",
    "batch-asset-not-ready-409": "status: 409",
}
"""The name of a bundled scenario, and a text of what is distilled from its recording."""
IN_PART = {"lost-create-answer-charges-twice", "slow-answer-outlives-the-client", "batch-asset-not-ready-409"}
"""Those of which the recording is explained, but not given by the play: it names what only a lost answer had."""


@pytest.mark.parametrize("name", KINDS)
def test_a_recording_of_each_kind_is_explained(name):
    found = distill(bundled_recording(name))
    assert not found.unexplained
    assert bool(found.play_failures) == (name in IN_PART)
    assert KINDS[name] in found.text
