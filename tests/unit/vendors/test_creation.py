"""A vendor's own create operations decide whether a body is one that a client could have sent."""

import pytest

from mockserver.core.wire import Response
from mockserver.installed import installed_vendors
from mockserver.vendors.api import Answer, BodyPolicy, Operation, Role
from mockserver.vendors.creation import create_refusal
from mockserver.vendors.script import NO_SCRIPT

VENDORS = installed_vendors().served()


def refusal(vendor: str, kind: str, **body: object) -> Response | None:
    era = VENDORS[vendor].eras[-1]
    return create_refusal([era], NO_SCRIPT, kind, {**era.kinds[kind].example, **body})


@pytest.mark.parametrize("era", [era for vendor in VENDORS.values() for era in vendor.eras], ids=lambda era: era.pin)
def test_every_example_is_accepted(era):
    for kind in era.kinds.values():
        assert create_refusal([era], NO_SCRIPT, kind.name, kind.example) is None


@pytest.mark.parametrize(
    ("vendor", "kind", "body", "status"),
    [
        ("phaseo", "video", {"duration": [6]}, 400),
        ("twelvelabs", "batch", {"requests": 5}, 400),
        ("twelvelabs", "batch", {"requests": [5]}, 400),
        ("twelvelabs", "task", {"video": []}, 400),
        ("reap", "project", {"sourceUrl": 5}, 422),
        ("reap", "upload", {"filename": []}, 422),
    ],
)
def test_a_value_of_another_type_is_refused(vendor, kind, body, status):
    answer = refusal(vendor, kind, **body)
    assert answer is not None
    assert answer.status == status


def test_one_of_several_creates_suffices():
    assert refusal("reap", "project", language="en") is None


def test_handlers_find_no_jobs_and_any_number_is_the_first():
    era = VENDORS["reap"].eras[-1]
    seen = []

    def look_around(call):
        view = call.view
        seen.append((view.job("project", "x"), view.item("x"), [*view.jobs("project", 0)], view.count("project", 0)))
        seen.append((view.next_number("project"), view.next_seq(), view.window(("k", "create"))))
        return Answer(Response(200))

    create = Operation("create", "project", "POST", "/x", look_around, role=Role.CREATE, body=BodyPolicy.JSON)
    assert create_refusal([era._replace(operations=(create,))], NO_SCRIPT, "project", {}) is None
    assert seen[0] == (None, None, [], 0)
    assert seen[1] == (1, 1, None)


def test_a_vendor_that_refuses_every_create_says_nothing_about_one():
    era = VENDORS["reap"].eras[-1]
    closed = Operation(
        "create", "project", "POST", "/x", lambda call: Answer(Response(503)), role=Role.CREATE, body=BodyPolicy.JSON
    )
    closed_era = era._replace(operations=(closed,))
    assert create_refusal([closed_era, era._replace(kinds={})], NO_SCRIPT, "project", {"sourceUrl": 5}) is None
    answer = create_refusal([closed_era, era], NO_SCRIPT, "project", {"sourceUrl": 5})
    assert answer is not None
    assert answer.status == 422
