"""Items in groups by their timelines, and apart from them where they are moved by themselves."""

from mockserver.core.item_groups import NO_GROUPS, ItemGroups, group_items
from mockserver.core.timeline import TimelineStep

FIRST, SECOND = (TimelineStep("queued"),), (TimelineStep("running"),)


def test_items_of_one_timeline_are_a_group():
    groups = group_items((FIRST, SECOND, FIRST, FIRST))
    assert groups == ItemGroups((FIRST, SECOND), sizes=(3, 1), numbers=(0, 1, 0, 0), first=(0, 1))


def test_equal_timelines_of_their_own_are_groups_of_their_own():
    assert group_items((FIRST, (*FIRST, *SECOND)[:1])).sizes == (1, 1)


def test_without_items_there_are_no_groups():
    assert group_items(()) is NO_GROUPS
    assert NO_GROUPS.separate(frozenset({0})) == NO_GROUPS


def test_an_item_can_be_a_group_of_its_own():
    groups = group_items((FIRST, SECOND, FIRST, FIRST))
    assert groups.separate(frozenset()) is groups
    apart = groups.separate(frozenset({2, 7}))
    assert apart == ItemGroups((FIRST, SECOND, FIRST), sizes=(2, 1, 1), numbers=(0, 1, 2, 0), first=(0, 1, 2))


def test_a_group_ends_with_the_last_of_its_items():
    assert group_items((FIRST, SECOND, FIRST)).separate(frozenset({1})).sizes == (2, 1)
    assert group_items((FIRST,)).separate(frozenset({0})) == group_items((FIRST,))
