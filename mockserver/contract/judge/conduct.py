"""Judges a client by the exchanges as it saw them: also by those that say nothing about the service.

A service is not blamed for a 503 that a fault put in place of its answer, and the client has to back off all the same.
So a server that scripts faults judges its client apart from its own answers.
"""

from mockserver.contract.findings import Finding, sort_findings
from mockserver.contract.judge.client import ClientJudge
from mockserver.contract.judge.contract import Contract
from mockserver.contract.judge.placed_exchange import place_exchange, sequence_points
from mockserver.contract.judge.vendor_paths import with_vendor_path
from mockserver.core.wire import Exchange


class ConductJudge:
    """One client's behaviour towards one vendor; exchanges are added in the order of their sending."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._client_judge = ClientJudge(contract.rule_set)

    @property
    def findings(self) -> list[Finding]:
        """The findings so far, sorted."""
        return sort_findings(self._client_judge.findings)

    def add(self, exchange: Exchange) -> None:
        """Take one exchange; a call that the contract does not have is ignored."""
        exchange = with_vendor_path(exchange)
        match = self._contract.find_operation(exchange.request)
        if match is None:
            return
        placed = place_exchange(exchange, *sequence_points(exchange), match.operation.id)
        find_jobs = self._contract.job_finder.find_jobs
        mentions = find_jobs(match, exchange.request, placed.status, placed.data, placed.body)
        self._client_judge.observe(placed, mentions)
