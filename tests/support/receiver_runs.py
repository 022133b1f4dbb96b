"""Runs of a receiver as they look afterwards: deliveries, reports and ends for the judge of a trial."""

import json
from datetime import timedelta
from typing import Any

from mockserver.scenario.compile import load_scenario
from mockserver.trial.client_process import ClientEnd
from mockserver.trial.receiver_candidates import ReceiverCandidate, make_receiver_candidate
from mockserver.trial.receptions import ReceiverEvidence, Reception
from tests.support.fake_world import VENDORS
from tests.support.trial_runs import BEGAN, VIDEO, video

EVENT = "evt_1"


def receiver_candidate(text: str = "webhooks: {}\n", vendor: str = "phaseo@2026-08-10") -> ReceiverCandidate:
    """Build the candidate of a scenario; `text` follows its first lines."""
    source = f"scenario: tried\ncatches: a mistake\nvendor: {vendor}\n{text}"
    return make_receiver_candidate(load_scenario(source.encode(), VENDORS), VENDORS[vendor.partition("@")[0]])


def delivery(status: int | None = 200, *, at: float = 0, **facts: Any) -> Reception:
    """Build a genuine delivery with the receiver's answer to it; `at`: seconds after the beginning."""
    given = {
        "event": "video.completed",
        "event_id": EVENT,
        "job": VIDEO,
        "attempt": 1,
        "cause": "",
        "signature": "ok",
        "is_forged": False,
        "is_genuine": True,
        "state": "delivered" if status is not None and status < 300 else "failed",
        "vendor_error": "",
        "problem": "",
        "is_lost": False,
    }
    return Reception(at=BEGAN + timedelta(seconds=at), status=status, **{**given, **facts})


def forged(status: int, **facts: Any) -> Reception:
    """Build a delivery that another secret has signed."""
    return delivery(status, **{"signature": "wrong", "is_forged": True, "is_genuine": False, **facts})


def receiver_evidence(*deliveries: Reception, exit_code: int | None = None, **facts: Any) -> ReceiverEvidence:
    """Build the evidence of a run; `reports` are the lines of stdout, as objects or texts."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in facts.get("reports", ())]
    return ReceiverEvidence(
        candidate=facts.get("tried") or receiver_candidate(),
        url="http://127.0.0.1:9/hook",
        is_listening=facts.get("is_listening", True),
        end=ClientEnd(exit_code, "\n".join(lines), facts.get("stderr", "")),
        deliveries=deliveries,
        controls=facts.get("controls", ()),
        jobs=facts.get("jobs", (video("completed"),)),
    )
