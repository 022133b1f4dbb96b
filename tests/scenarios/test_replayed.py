"""A recording of each bundled play, asked at its own instants, gives back every answer."""

from dataclasses import dataclass

import pytest

from mockserver.core.clock import Clock
from mockserver.replay.answers import AnswerStore
from mockserver.replay.player import DriveBy, RecordingPlayer
from mockserver.replay.refusals import NOT_RECORDED
from mockserver.replay.traffic import read_traffic
from tests.support.bundled_scenarios import FILES
from tests.support.call_recorder import bundled_recording

REPEATED_AT_ONE_INSTANT = frozenset(("polls-drive-the-job", "rate-limit-token-bucket", "source-turns-out-invalid"))
"""Plays that read a job several times while the clock stands still: equal answers are one, so others come earlier."""


@dataclass(frozen=True)
class ReplayedAnswer:
    """The status and the body of an answer."""

    status: int
    body: bytes | None
    """None for an answer of this server: the recording has none."""


@pytest.mark.parametrize("name", sorted(FILES.keys() - REPEATED_AT_ONE_INSTANT))
def test_a_recorded_play_is_served_as_it_was(name: str):
    recording = bundled_recording(name)
    with AnswerStore() as store:
        player = RecordingPlayer(read_traffic(recording, store), DriveBy.TIME, Clock(0, 0))
        for exchange in recording:
            request = exchange.request
            at = exchange.sent_at - recording[0].sent_at
            answer = player.answer(request, f"https://{request.headers['host']}", at)
            expected = ReplayedAnswer(NOT_RECORDED, None)
            found = ReplayedAnswer(answer.status, None)
            if exchange.response is not None:
                expected = ReplayedAnswer(exchange.response.status, exchange.response.body)
                found = ReplayedAnswer(answer.status, answer.body)
            assert found == expected, f"{request.method} {request.path}"
        assert not player.counts.unrecorded
