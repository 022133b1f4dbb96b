"""A script that says nothing, and the ways of putting words into the fake's mouth."""

import pytest

from mockserver.core.timeline import Step
from mockserver.vendors.script import NO_SCRIPT, CancelScript, Course, ItemScript, Script, Scripted, SeededJob

SAID = (Step("queued", fields={"status": "moderating"}),)
PLAIN = (Step("queued"),)


@pytest.mark.parametrize(
    "script",
    [
        Script(fields={"status": "x"}),
        Script(jobs=(SeededJob(fields={"status": "x"}),)),
        Script(courses=(Course(SAID),)),
        Script(jobs=(SeededJob(timeline=SAID),)),
        Script(items=(ItemScript(fields={"error": {}}),)),
        Script(jobs=(SeededJob(items=(ItemScript(timeline=PLAIN),)),)),
        Script(cancel=CancelScript(refusal=Scripted(409))),
    ],
)
def test_what_speaks(script):
    assert script.speaks


@pytest.mark.parametrize(
    "script",
    [
        NO_SCRIPT,
        Script(courses=(Course(PLAIN),), jobs=(SeededJob(timeline=PLAIN), SeededJob(items=(ItemScript(),)))),
        Script(cancel=CancelScript(race=True)),
    ],
)
def test_what_does_not(script):
    assert not script.speaks
