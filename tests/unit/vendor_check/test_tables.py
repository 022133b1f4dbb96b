"""The duties of a vendor's tables, each broken once: names, states, transitions, ids."""

from dataclasses import replace

import pytest

from mockserver.core.job import Deadline
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.vendor_check.cancels import may_follow_cancel
from mockserver.vendor_check.checker import check_duty
from mockserver.vendor_check.duties import DUTIES
from mockserver.vendor_check.world import CheckedEra
from mockserver.vendors.api import Accept, Role, Vendor, build_timeline
from tests.support.print_shop import (
    ERA,
    PRINT,
    PRINTS,
    SET_RULES,
    SETS,
    broken_cases,
    results,
    shop,
    with_kind,
    with_operation,
    without_operation,
)

LONELY = PRINT._replace(states=(*PRINT.states, "lonely"))


def test_the_print_shop_keeps_every_duty():
    assert {id_: result.outcome for id_, result in results(shop()).items()} == {duty.id: "holds" for duty in DUTIES}


@pytest.mark.parametrize(
    ("kind", "state", "after", "may"),
    [
        (PRINTS, "queued", "cancelled", True),
        (PRINTS, "queued", "done", False),
        (SETS, "running", "stopping", True),
        (SETS, "running", "stopped", True),
        (SETS, "running", "complete", False),
        (SETS, "complete", "stopped", False),
    ],
)
def test_a_cancel_leads_to_its_own_states_and_through_the_drain_of_a_batch(kind, state, after, may):
    assert may_follow_cancel(kind, state, after) is may


def test_every_duty_has_an_id_of_its_own_a_sentence_and_a_fix():
    assert len({duty.id for duty in DUTIES}) == len(DUTIES)
    assert all(duty.sentence.endswith(".") and duty.fix.endswith(".") for duty in DUTIES)


def with_lifecycle(lifecycle: Lifecycle) -> CheckedEra:
    return shop(kinds=with_kind(PRINTS._replace(lifecycle=lifecycle)))


def with_kind_fields(**fields) -> CheckedEra:
    return shop(kinds=with_kind(PRINTS._replace(**fields)))


@pytest.mark.parametrize(
    ("duty", "checked", "found"),
    [
        (
            "kinds-named",
            shop(kinds={"prints": PRINTS, "set": SETS}),
            "kind prints: `kinds` calls it 'prints', its lifecycle 'print'",
        ),
        (
            "kinds-named",
            shop(operations=with_operation("list", kind="pot")),
            "operation list: it is about 'pot', and the era's kinds are print, set",
        ),
        (
            "operations-consistent",
            shop(operations=with_operation("status", name="get")),
            "operation get: another operation has its name",
        ),
        (
            "operations-consistent",
            shop(operations=with_operation("status", path="/prints/{number}", id_in=("path", "number"))),
            "operation status: GET /prints/{number} is get's as well",
        ),
        (
            "operations-consistent",
            shop(operations=with_operation("status", path="status/{id}")),
            "operation status: the path 'status/{id}' does not begin with a slash",
        ),
        (
            "operations-consistent",
            shop(operations=with_operation("get", aliases=("/p/{print}",))),
            "operation get: the path /p/{print} lacks {id}",
        ),
        (
            "operations-consistent",
            shop(operations=with_operation("cancel", path="/cancel", id_in=None)),
            "operation cancel: its role is cancel, and `id_in` names no job",
        ),
        (
            "operations-consistent",
            shop(operations=with_operation("cancel", method="post")),
            "operation cancel: the method 'post' is not in capitals",
        ),
        (
            "roles-complete",
            shop(operations=with_operation("get", polls=False)),
            "kind print: no operation polls it (`polls`), so that no scenario can count its reads",
        ),
        (
            "roles-complete",
            shop(operations=without_operation("cancel")),
            "kind print: it has a cancel table and no operation with the role CANCEL",
        ),
        (
            "tables-name-states",
            with_kind_fields(deadlines=(Deadline(1, "gone"),)),
            "print, deadlines: 'gone' is no state of a print: queued, printing, done, failed, cancelled, expired",
        ),
        (
            "tables-name-states",
            with_kind_fields(cancel_table={**PRINTS.cancel_table, "queued": Accept((TimelineStep("stopped"),))}),
            "print, what follows a cancel in queued: 'stopped' is no state of a print:",
        ),
        (
            "tables-name-states",
            shop(kinds=with_kind(SETS._replace(batch=SET_RULES._replace(dropped="lost")))),
            "set, batch rules of items: 'lost' is no state of a sheet: waiting, inked, dry, torn",
        ),
        (
            "timelines-legal",
            with_kind_fields(timeline=build_timeline(("queued", Timed(1)), ("done", NO_END))),
            "print, timeline: no transition leads from queued to done by time",
        ),
        (
            "timelines-legal",
            with_kind_fields(timeline=build_timeline(("queued", Timed(1)), ("printing", NO_END))),
            "print, timeline: it ends in printing, which is not terminal",
        ),
        (
            "timelines-legal",
            with_kind_fields(cancel_table={**PRINTS.cancel_table, "queued": Accept((TimelineStep("done"),))}),
            "print, cancelled in queued: no transition leads from queued to done by cancel",
        ),
        (
            "timelines-legal",
            with_lifecycle(PRINT._replace(transitions=(*PRINT.transitions, Transition("done", "failed")))),
            "print, done: done is terminal, and failed may follow it",
        ),
        ("states-reachable", with_lifecycle(LONELY), "print, lonely: no transition leads to it"),
        (
            "cancel-table-complete",
            with_lifecycle(LONELY),
            "print, lonely: the cancel table has no row for it: it is refused in the general words",
        ),
        (
            "ids-match",
            with_kind_fields(id_pattern="[0-9a-f]{23}"),
            "does not match '[0-9a-f]{23}'",
        ),
        (
            "ids-unique",
            with_kind_fields(new_id=lambda seed, number, at: f"{number % 1000:024x}"),
            "is the id of print 999 and of print 9999",
        ),
        (
            "ids-unique",
            shop(kinds=with_kind(SETS._replace(new_id=PRINTS.new_id))),
            "is the id of print 1 and of set 1",
        ),
        (
            "ids-unique",
            shop(kinds=with_kind(SETS._replace(item_ids=lambda job: ("a", "b")))),
            "items of a set: 'a' is the id of two items",
        ),
    ],
)
def test_a_broken_table_breaks_its_duty(duty, checked, found):
    assert any(found in case for case in broken_cases(checked, duty)), broken_cases(checked, duty)


def test_no_operation_is_tried_in_a_state_that_no_job_gets_into():
    assert broken_cases(with_lifecycle(LONELY), "handlers-answer") == []


def test_an_id_that_comes_out_differently_is_not_made_from_the_seed():
    made = iter(range(10**9))
    checked = with_kind_fields(new_id=lambda seed, number, at: f"{next(made):024x}")
    assert broken_cases(checked, "ids-match") == [
        "kind print: job 1000000 of seed '\u00fc' gets another id when it is made again"
    ]


def test_a_state_that_a_batch_never_is_in_is_not_reachable():
    """The rules of the batch never have it in `parked`, whatever moves."""
    lifecycle = SETS.lifecycle._replace(
        states=(*SETS.lifecycle.states, "parked"),
        transitions=(*SETS.lifecycle.transitions, Transition("open", "parked", Trigger.CANCEL)),
    )
    checked = shop(kinds=with_kind(SETS._replace(lifecycle=lifecycle)))
    assert broken_cases(checked, "states-reachable") == [
        "set, parked: a job that is moved along open, parked is not in it"
    ]


@pytest.mark.parametrize(
    ("name", "dates", "found"),
    [
        ("prints", ("2026-01-01", "2026-01-32"), "'2026-01-32' is not a date"),
        ("prints", ("2026-02-01", "2026-01-01"), "it stands behind the era of 2026-02-01"),
        ("posters", ("2026-01-01",), "the era says that it is prints's"),
    ],
)
def test_eras_are_in_order_and_the_vendors(name, dates, found):
    eras = tuple(ERA._replace(date=date) for date in dates)
    checked = replace(shop(), vendor=Vendor(name, "", eras, lambda url, key: ""), era=eras[-1])
    duty = next(duty for duty in DUTIES if duty.id == "eras-in-order")
    assert [case.found for case in check_duty(duty, checked).broken] == [found]


def test_a_kind_of_one_state_needs_no_poll():
    """An upload, for one: it is there, and nothing happens to it."""
    upload = Lifecycle("upload", ("there",), (), frozenset({"there"}))
    kind = PRINTS._replace(
        lifecycle=upload,
        timeline=build_timeline(("there", NO_END)),
        cancel_table={},
        deadlines=(),
        webhooks=None,
        new_id=lambda seed, number, at: f"{number:024x}",
    )
    operations = (*shop().era.operations, shop().era.operations[5]._replace(name="drop", kind="upload", path="/u/{id}"))
    operations = tuple(one._replace(role=Role.OTHER) if one.name == "drop" else one for one in operations)
    checked = shop(kinds={**ERA.kinds, "upload": kind}, operations=operations, capture=None)
    assert broken_cases(checked, "roles-complete") == []
    assert broken_cases(checked, "polls-counted") == []
