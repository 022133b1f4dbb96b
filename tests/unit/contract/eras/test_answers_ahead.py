"""What is found ahead is what the judge finds itself."""

import pytest

from mockserver.contract.eras.answers_ahead import AnswerExaminer, AnswersAhead
from mockserver.contract.eras.recording import judge_recording
from tests.support.toy_contract import call

CALLS = [
    call("GET", "/v1/videos/G-1", 501, {"error": 1}, seq=1, headers={"host": "api.phaseo.app"}),
    call("POST", "/v1/videos/G-1/cancel", 501, {"error": 1}, seq=2, headers={"host": "api.phaseo.app"}),
    call("GET", "/v1.3/analyze/batches", 200, {"data": 1}, seq=3, headers={"host": "api.twelvelabs.io"}),
    call("GET", "/s/x/v/reap/api/v1/automation/get-all-projects", 200, {}, seq=4, headers={"host": "localhost"}),
    call("GET", "/v1/videos/G-1", 200, {}, seq=5),
    call("GET", "/index.html", 200, seq=6, headers={"host": "example.com"}),
]


class Examined(AnswersAhead):
    """Examines each answer when it is asked for."""

    def __init__(self, vendor: str | None, era: str | None) -> None:
        self.examiner = AnswerExaminer(vendor, era, strict=True)
        self.found = 0

    def begin(self, eras):
        """Keep what examines the answers of this pass."""
        self.examine = self.examiner.examination(eras)

    def take(self, exchange):
        """Examine an answer, and count it if its vendor is certain."""
        found = self.examine(exchange)
        self.found += found is not None
        return found


@pytest.mark.parametrize(
    ("vendor", "era", "least"),
    [(None, None, 6), ("phaseo", None, 6), ("phaseo", "2026-06-11", 3), ("reap", None, 2)],
)
def test_a_judgement_is_the_same(vendor, era, least):
    ahead = Examined(vendor, era)
    alone = judge_recording(CALLS, vendor, era, strict=True)
    assert judge_recording(CALLS, vendor, era, strict=True, ahead=ahead) == alone
    assert alone.findings
    assert ahead.found >= least
