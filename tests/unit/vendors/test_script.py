"""A script that says nothing, and the ways of putting words into the fake's mouth."""

import pytest

from mockserver.core.timeline import TimelineStep
from mockserver.vendors.script import (
    NO_SCRIPT,
    CancelScript,
    ItemScript,
    Script,
    ScriptedResponse,
    SeededJob,
    TimelineRule,
)

SAID = (TimelineStep("queued", fields={"status": "moderating"}),)
PLAIN = (TimelineStep("queued"),)


@pytest.mark.parametrize(
    "script",
    [
        Script(fields={"video": {"status": "x"}}),
        Script(jobs=(SeededJob(fields={"status": "x"}),)),
        Script(timeline_rules=(TimelineRule(SAID),)),
        Script(jobs=(SeededJob(timeline=SAID),)),
        Script(items=(ItemScript(fields={"error": {}}),)),
        Script(jobs=(SeededJob(items=(ItemScript(timeline=PLAIN),)),)),
        Script(cancels={"job": CancelScript(refusal=ScriptedResponse(409))}),
    ],
)
def test_what_speaks(script):
    assert script.may_break_contract


@pytest.mark.parametrize(
    "script",
    [
        NO_SCRIPT,
        Script(
            timeline_rules=(TimelineRule(PLAIN),), jobs=(SeededJob(timeline=PLAIN), SeededJob(items=(ItemScript(),)))
        ),
        Script(cancels={"job": CancelScript(race=True)}),
    ],
)
def test_what_does_not(script):
    assert not script.may_break_contract
