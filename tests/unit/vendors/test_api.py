"""What the table of operations says of each."""

import pytest

from mockserver.core.job import StateSpan
from mockserver.vendors.registry import installed_vendors

ERAS = [era for vendor in installed_vendors().values() for era in vendor.eras]


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_what_is_about_one_job_wants_its_id_and_creates_none(era):
    named = {operation.name: operation for operation in era.operations}
    assert (named["create"].creates, named["create"].about_one_job) == (True, False)
    assert (named["get"].creates, named["get"].about_one_job) == (False, True)
    assert not any(
        operation.creates for operation in era.operations if operation.about_one_job or operation.method == "GET"
    )
    assert all(operation.about_one_job for operation in era.operations if operation.polls)


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_only_reaps_projects_turn_within_a_state(era):
    """Course by course: an explanation asks at these instants, too."""
    for name, kind in era.kinds.items():
        course = tuple(StateSpan(step, 0, None, "time") for step in kind.timeline)
        assert bool(tuple(kind.turning_points(course))) is ((era.vendor, name) == ("reap", "project"))
