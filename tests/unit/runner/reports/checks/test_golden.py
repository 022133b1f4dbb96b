"""The reports of one recorded mistake, to the byte."""

import pytest

from tests.support.golden_reports import FOLDER, render_all

MADE = render_all()


@pytest.mark.parametrize("name", MADE)
def test_the_report_is_as_it_was(name):
    """Where it should differ: `python -m tests.support.golden_reports`, and look at the difference."""
    assert MADE[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_the_same_recording_gives_the_same_bytes():
    assert render_all() == MADE
