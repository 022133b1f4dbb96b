"""The place of an exchange among all sendings and answers."""

from mockserver.contract.judge.placed_exchange import sequence_points
from mockserver.core.wire import Exchange, Request, Response


def test_moments_are_sequences_or_else_times():
    request = Request("GET", "/")
    assert sequence_points(Exchange(request, Response(200), 5, 6, 3, 4)) == (6, 9)
    assert sequence_points(Exchange(request, None, 5, None, 3, 0)) == (6, None)
    assert sequence_points(Exchange(request, Response(200), 5, 6)) == (10, 2 * 1006 + 1)
    assert sequence_points(Exchange(request, Response(200), 5, None)) == (10, None)
