"""The agenda: what is due comes off in order of time, then of job, then as it was put on."""

from time import process_time

from mockserver.engine.schedule import Schedule


def taken(agenda: Schedule, until: int) -> list[object]:
    """Everything due by then, in order."""
    found = []
    while (due := agenda.pop_due(until)) is not None:
        found.append(due.item)
    return found


def test_nothing_is_due() -> None:
    agenda = Schedule()
    assert agenda.next_due is None
    assert agenda.pop_due(1 << 60) is None
    assert len(agenda) == 0


def test_in_order_of_time_job_and_coming() -> None:
    agenda = Schedule()
    for at, what, order in ((5, "late", (1,)), (3, "second job", (2,)), (3, "b", (1,)), (3, "c", (1,)), (1, "a", (9,))):
        agenda.add(at, what, order)
    assert agenda.next_due == 1
    assert taken(agenda, 3) == ["a", "b", "c", "second job"]
    assert len(agenda) == 1
    assert agenda.next_due == 5


def test_what_is_due_is_counted() -> None:
    agenda = Schedule()
    cancelled = agenda.add(3, "x")
    for at in (3, 5, 7):
        agenda.add(at, "y")
    agenda.cancel(cancelled)
    assert [agenda.count_due(until) for until in (2, 3, 6, 9)] == [0, 1, 2, 3]


def test_the_first_that_are_due_are_listed_and_stay() -> None:
    agenda = Schedule()
    for at in (3, 1, 2, 9):
        agenda.add(at, f"at {at}")
    agenda.cancel(agenda.add(0, "gone"))
    assert [entry.item for entry in agenda.first_due(3, 2)] == ["at 1", "at 2"]
    assert [entry.item for entry in agenda.first_due(3, 5)] == ["at 1", "at 2", "at 3"]
    assert len(agenda) == 4


def test_what_is_due_later_stays() -> None:
    agenda = Schedule()
    agenda.add(10, "x")
    assert agenda.pop_due(9) is None
    assert taken(agenda, 10) == ["x"]


def test_a_dropped_entry_is_never_due() -> None:
    agenda = Schedule()
    gone = [agenda.add(at, "x") for at in (1, 3)]
    agenda.add(2, "x")
    for due in gone:
        agenda.cancel(due)
    assert len(agenda) == 1
    assert agenda.next_due == 2
    assert taken(agenda, 9) == ["x"]


def test_what_was_taken_can_be_dropped_without_harm() -> None:
    agenda = Schedule()
    first = agenda.add(1, "a")
    agenda.add(2, "b")
    agenda.pop_due(1)
    agenda.cancel(first)
    assert len(agenda) == 1
    assert taken(agenda, 9) == ["b"]


def test_dropped_entries_are_swept_out_and_the_others_stay() -> None:
    agenda = Schedule()
    kept = agenda.add(0, "kept")
    for due in [agenda.add(at, "gone") for at in range(1, 1_000)]:
        agenda.cancel(due)
    assert agenda.pop_due(0) == kept
    assert len(agenda) == 0
    assert agenda.next_due is None


def test_thousands_are_dropped_in_no_time() -> None:
    """Thousands of clients may go at once: all entries are not searched for each, which took half a minute."""
    agenda = Schedule()
    entries = [agenda.add(at, "x") for at in range(40_000)]
    began = process_time()
    for due in entries:
        agenda.cancel(due)
    assert process_time() - began < 2
    assert agenda.next_due is None
