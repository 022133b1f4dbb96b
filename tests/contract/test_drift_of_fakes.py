"""The fake has not drifted from its own era's capture; from another era's it has, and the drift says how."""

from dataclasses import dataclass, field
from functools import lru_cache

import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.core.instants import MINUTE
from mockserver.core.wire import Exchange
from tests.support.contract_diffs import find_drift
from tests.support.fake_world import ERAS, ContractObserver, fake_world, json_of

STORAGE_OPERATIONS = ("upload", "content")
"""Operations that stand in for a vendor's storage: no capture has them."""

IDS = ("id", "_id", "projectId", "batch_id", "task_id")


@dataclass
class ExchangeRecorder(ContractObserver):
    """Records the exchanges and judges none."""

    exchanges: list[Exchange] = field(default_factory=list)

    def observe(self, pin, exchange):
        self.exchanges.append(exchange)


@lru_cache
def recorded(pin):
    """The exchanges of every operation of an era, repeatedly, about a job of each kind and about an unknown one."""
    era, contract_observer = ERAS[pin], ExchangeRecorder()
    judged = fake_world(era.vendor, era.date, contract_observer=contract_observer)
    created = {}
    for _ in range(4):
        for operation in era.operations:
            for job in (created.get(operation.kind, "unknown"), "unknown"):
                answer = None if operation.name in STORAGE_OPERATIONS else judged.call_operation(operation.name, job)
                if answer and operation.name.startswith("create"):
                    body = json_of(answer)
                    created.setdefault(
                        operation.kind, next((str(body[name]) for name in IDS if name in body), "unknown")
                    )
        judged.advance(MINUTE)
    return tuple(contract_observer.exchanges)


@pytest.mark.parametrize("pin", ERAS)
def test_the_fake_has_not_drifted_from_its_own_capture(pin):
    capture = load_capture(*pin.split("@"))
    found = [change for change in find_drift(capture, recorded(pin)) if change.level != "info"]
    assert found == []


def test_a_later_era_has_drifted_from_an_earlier_capture():
    found = find_drift(load_capture("phaseo", "2026-05-06"), recorded("phaseo@2026-06-11"))
    reported = {(change.check, *change.places[0]) for change in found}
    assert ("DIF101", "cancelVideo", "response 200") in reported
    assert ("DIF103", "getVideo", "response 200 /lifecycle_status") in reported
    assert all(change.occurrences.matching <= change.occurrences.total for change in found)
