"""Functions that users hand in, and what only looks like one."""

from functools import partial

import pytest

from mockserver.core.functions import describe_wrong_function


async def coroutine(value):
    return value


class Waiting:
    async def __call__(self, value):
        return value


async def stream(value):
    yield value


def values(value):
    yield value


COROUTINE = "a coroutine function (`async def`)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (len, ""),
        (lambda value: value, ""),
        (partial(lambda value: value, 1), ""),
        (int, ""),
        (coroutine, COROUTINE),
        (partial(coroutine, 1), COROUTINE),
        (Waiting(), COROUTINE),
        (Waiting().__call__, COROUTINE),
        (stream, "an asynchronous generator (`async def` with `yield`)"),
        (values, "a generator (it has a `yield`)"),
        ("app:handler", "'app:handler'"),
        (None, "None"),
    ],
)
def test_what_a_value_is_that_is_to_be_a_function(value, expected):
    assert describe_wrong_function(value) == expected
