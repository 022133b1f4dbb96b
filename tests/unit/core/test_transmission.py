"""How an answer goes over the wire."""

import pytest

from mockserver.core.transmission import NORMAL, Throttle, Transmission


@pytest.mark.parametrize("sending", [NORMAL, Transmission(delay=5), Transmission(throttle=Throttle(1, 10))])
def test_a_whole_answer_arrives(sending: Transmission) -> None:
    assert not sending.incomplete


@pytest.mark.parametrize(
    "sending",
    [
        Transmission(cut_after=-1, termination="reset"),
        Transmission(cut_after=0),
        Transmission(termination="silence"),
        Transmission(declared_length=3),
    ],
)
def test_a_cut_one_is_lost(sending: Transmission) -> None:
    assert sending.incomplete
