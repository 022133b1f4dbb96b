"""The items of a batch, fitted to its counters."""

from mockserver.core.instants import SECOND
from mockserver.distill.batch_items import MAX_ITEMS, ItemCounts, fit_items, read_counts
from mockserver.vendors.registry import resolve_era
from tests.support.fake_world import VENDORS

RULES = resolve_era("twelvelabs@2026-07-30", VENDORS).main_kind.batch


def counts(*rows):
    """(seconds, begun, ready, failed) of each answer."""
    return [ItemCounts(at * SECOND, begun, {"ready": ready, "failed": failed}) for at, begun, ready, failed in rows]


def test_counters_count_items_that_have_begun_and_ended():
    counters = {"queued_items": 1, "processing_items": 2, "ready_items": 3, "failed_items": 1, "total_items": 7}
    found = read_counts(SECOND, counters, RULES)
    assert found.begun == 6
    assert found.ended == 4
    assert found.outcomes == {"ready": 3, "failed": 1}


def test_other_numbers_are_no_counters():
    assert read_counts(0, {"total_items": 7}, RULES) is None


def test_equal_items_are_one_entry_with_a_count():
    found = fit_items(counts((0, 3, 0, 0), (9, 3, 0, 0), (11, 3, 3, 0)), 3, RULES)
    assert found == [{"count": 3, "for": "10s"}]


def test_items_begin_and_end_one_after_the_other():
    found = fit_items(counts((0, 1, 0, 0), (8, 1, 0, 0), (12, 2, 0, 1), (28, 2, 0, 1), (32, 2, 1, 1)), 2, RULES)
    assert found == [{"for": "10s", "outcome": "failed"}, {"queued": "10s", "for": "20s"}]


def test_an_item_whose_end_was_not_seen_works_longer_than_a_batch_lives():
    assert fit_items(counts((0, 1, 0, 0), (5, 1, 0, 0)), 2, RULES) == [{"for": "2d"}, {"queued": "2d", "for": "2d"}]


def test_an_item_that_begins_and_ends_between_two_answers_takes_no_time():
    found = fit_items(counts((0, 0, 0, 0), (1, 1, 1, 0)), 1, RULES)
    assert found == [{"queued": "1s", "for": "0s"}]


def test_a_batch_that_is_too_large_or_was_not_seen_has_no_items():
    assert fit_items([], 3, RULES) == []
    assert fit_items(counts((0, 0, 0, 0)), MAX_ITEMS + 1, RULES) == []
