"""A law of the judge: a correct history stays correct, whatever its recorder left out.

Recorders drop headers of requests and answers, proxies and browsers too, and answers get lost. None of that is the
server's doing, so nothing above info may come of it.
"""

from collections.abc import Collection, Sequence

import pytest
from hypothesis import strategies as st

from mockserver.contract.eras.recording import judge_recording
from mockserver.core.wire import Exchange
from mockserver.runner.judge.judges import actionable
from tests.mutants.corpus.client_drivers import DRIVERS
from tests.mutants.corpus.mutant import drive
from tests.support.fake_world import ERAS
from tests.support.finding_texts import render_findings
from tests.support.histories import for_all_drawn

CORRECT_RUNS = [(pin, driver) for pin, era in ERAS.items() for driver in DRIVERS[era.vendor]]
RECORDERS = ("all", "none", "none of requests", "some", "some of each answer")
"""The headers that a recorder keeps."""


def _without_headers(exchange: Exchange, names: Collection[str]) -> Exchange:
    if exchange.response is None:
        return exchange
    headers = tuple((name, value) for name, value in exchange.response.headers if name not in names)
    return exchange._replace(response=exchange.response._replace(headers=headers))


def _draw_sparse(data: st.DataObject, exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Draw a recorder, and return what it keeps of a history; one answer in ten is lost."""
    recorder = data.draw(st.sampled_from(RECORDERS))
    names = sorted({name for each in exchanges if each.response for name, _ in each.response.headers})
    subsets = st.lists(st.sampled_from(names), unique=True)
    dropped: Collection[str] = ()
    if recorder == "none":
        dropped = names
    elif recorder == "some":
        dropped = data.draw(subsets)
    kept = []
    for exchange in exchanges:
        if recorder == "some of each answer":
            dropped = data.draw(subsets)
        if recorder in ("none", "none of requests"):
            exchange = exchange._replace(request=exchange.request._replace(headers={}))
        if data.draw(st.integers(0, 9)) == 0:
            exchange = exchange._replace(response=None, answered_at=None)
        kept.append(_without_headers(exchange, dropped))
    return kept


@pytest.mark.parametrize(
    ("pin", "driver"), CORRECT_RUNS, ids=[f"{pin} {driver.__name__}" for pin, driver in CORRECT_RUNS]
)
def test_a_sparse_history_of_a_correct_server_has_nothing_above_info(pin, driver):
    exchanges = drive(driver, pin).exchanges
    vendor, _, date = pin.partition("@")

    @for_all_drawn(6)
    def check_law(data: st.DataObject) -> None:
        kept = _draw_sparse(data, exchanges)
        era = data.draw(st.sampled_from((date, None)))
        assert render_findings(actionable(judge_recording(kept, vendor, era).findings)) == ""

    check_law()


@pytest.mark.parametrize("pin", ERAS)
def test_headers_that_were_not_recorded_at_all_are_not_reported(pin):
    for driver in DRIVERS[ERAS[pin].vendor]:
        exchanges = [_without_headers(each, dict(each.response.headers)) for each in drive(driver, pin).exchanges]
        findings = judge_recording(exchanges, *pin.split("@")).findings
        assert not [each for each in findings if each.where.startswith("header ")]
