"""How an answer goes over the wire."""

import pytest

from mockserver.core.sending import PLAIN, Drip, Sending


@pytest.mark.parametrize("sending", [PLAIN, Sending(delay=5), Sending(drip=Drip(1, 10))])
def test_a_whole_answer_arrives(sending: Sending) -> None:
    assert not sending.lost


@pytest.mark.parametrize(
    "sending", [Sending(cut=-1, end="reset"), Sending(cut=0), Sending(end="silence"), Sending(length=3)]
)
def test_a_cut_one_is_lost(sending: Sending) -> None:
    assert sending.lost
