"""The default timelines of a batch's items, which the vendors share.

A demo of any size ends in half a minute. Items begin in at most forty groups, and the items of a group share one
timeline, so that a batch of ten thousand is folded as fast as one of forty. All durations are invented.
"""

from functools import cache
from typing import Final

from mockserver.core.instants import SECOND
from mockserver.core.lifecycle import BatchRules
from mockserver.core.timeline import NO_END, Timed, Timeline
from mockserver.vendors.model import build_timeline

_MAX_GROUPS: Final = 40
_MIN_WAIT: Final = 2 * SECOND
_WAIT_SPREAD: Final = 20 * SECOND
_WORK_TIME: Final = 6 * SECOND


def staggered_timeline(rules: BatchRules, index: int, total: int) -> Timeline:
    """Return the timeline of an item: queued for 2 to 22 s, by its index, and at work for 6 s."""
    groups = min(total, _MAX_GROUPS)
    return _group_timeline(rules.queued, rules.busy, rules.succeeded, index * groups // total, groups)


@cache
def _group_timeline(queued: str, busy: str, succeeded: str, group: int, groups: int) -> Timeline:
    wait = _MIN_WAIT + _WAIT_SPREAD * group // groups
    return build_timeline((queued, Timed(wait)), (busy, Timed(_WORK_TIME)), (succeeded, NO_END))
