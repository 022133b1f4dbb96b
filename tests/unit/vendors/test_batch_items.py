"""The default timelines of a batch's items."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.lifecycle import BatchRules, Lifecycle
from mockserver.core.timeline import Timed
from mockserver.vendors.batch_items import staggered_timeline

ITEM = Lifecycle("item", ("queued", "busy", "ready", "dropped"), (), frozenset({"ready", "dropped"}))
RULES = BatchRules(ITEM, "waiting", "working", "done", "draining", "cancelled", "expired", "dropped", "ready")


@pytest.mark.parametrize(
    ("index", "total", "wait"), [(0, 1, 2), (0, 2, 2), (1, 2, 12), (39, 40, 21.5), (0, 1000, 2), (999, 1000, 21.5)]
)
def test_items_begin_one_after_the_other_within_twenty_seconds(index, total, wait):
    timeline = staggered_timeline(RULES, index, total)
    assert [step.state for step in timeline] == ["queued", "busy", "ready"]
    assert [step.stay for step in timeline[:2]] == [Timed(int(wait * SECOND)), Timed(6 * SECOND)]


def test_a_large_batch_has_forty_timelines():
    timelines = {id(staggered_timeline(RULES, index, 10_000)) for index in range(10_000)}
    assert len(timelines) == 40
