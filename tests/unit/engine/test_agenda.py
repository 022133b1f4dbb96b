"""The agenda: what is due comes off in order of time, then of job, then as it was put on."""

from mockserver.engine.agenda import Agenda


def taken(agenda: Agenda, until: int) -> list[object]:
    """Everything due by then, in order."""
    found = []
    while (due := agenda.take(until)) is not None:
        found.append(due.what)
    return found


def test_nothing_is_due() -> None:
    agenda = Agenda()
    assert (agenda.next, agenda.take(1 << 60), len(agenda)) == (None, None, 0)


def test_in_order_of_time_job_and_coming() -> None:
    agenda = Agenda()
    for at, what, order in ((5, "late", (1,)), (3, "second job", (2,)), (3, "b", (1,)), (3, "c", (1,)), (1, "a", (9,))):
        agenda.add(at, what, order)
    assert agenda.next == 1
    assert taken(agenda, 3) == ["a", "b", "c", "second job"]
    assert (len(agenda), agenda.next) == (1, 5)


def test_what_is_due_later_stays() -> None:
    agenda = Agenda()
    agenda.add(10, "x")
    assert agenda.take(9) is None
    assert taken(agenda, 10) == ["x"]


def test_a_dropped_value_is_never_due() -> None:
    agenda, gone = Agenda(), ["gone"]
    agenda.add(1, gone)
    agenda.add(2, ["gone"])
    agenda.add(3, gone)
    agenda.drop(gone)
    assert taken(agenda, 9) == [["gone"]]
