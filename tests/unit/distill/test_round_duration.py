"""The roundest duration inside bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.instants import MILLISECOND, SECOND, parse_duration
from mockserver.distill.round_duration import roundest_duration


@pytest.mark.parametrize(
    ("above", "up_to", "expected"),
    [
        ("2s", "4s", "3s"),
        ("58s", "62s", "1m"),
        ("4.2s", "8s", "5s"),
        ("61s", "119s", "1m30s"),
        ("100ms", "230ms", "200ms"),
        ("0s", "2h", "1h"),
        ("7h", "9h", "8h"),
    ],
)
def test_a_person_would_have_written_it_so(above, up_to, expected):
    assert roundest_duration(parse_duration(above), parse_duration(up_to)) == parse_duration(expected)


def test_the_upper_bound_is_taken_where_no_millisecond_lies_inside():
    assert roundest_duration(10 * MILLISECOND + 1, 10 * MILLISECOND + 7) == 10 * MILLISECOND + 7


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_it_lies_inside_the_bounds(above, width):
    assert above < roundest_duration(above, above + width) <= above + width


def test_the_lower_bound_is_excluded_and_the_upper_included():
    assert roundest_duration(9 * SECOND, 10 * SECOND) == 10 * SECOND
    assert roundest_duration(10 * SECOND, 11 * SECOND) == 11 * SECOND
