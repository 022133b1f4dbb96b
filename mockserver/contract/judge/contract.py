"""One vendor's contract in one era: capture, rules, and where calls and jobs are found in exchanges."""

from collections.abc import Iterator
from pathlib import Path

from mockserver.contract.documents.capture import Capture, OperationMatch, load_capture
from mockserver.contract.judge.captured_names import check_captured_names
from mockserver.contract.judge.job_finder import JobFinder, JobMention
from mockserver.contract.judge.vendor_paths import vendor_path
from mockserver.contract.rules.rule_set import RuleSet, load_rule_set
from mockserver.core.wire import Exchange, Request, json_or_none


class Contract:
    """A capture and the rule set of the same era, with the operations and jobs that they find in exchanges."""

    def __init__(self, capture: Capture, rule_set: RuleSet) -> None:
        self.capture = capture
        self.rule_set = rule_set
        self.job_finder = JobFinder(rule_set)

    def find_operation(self, request: Request) -> OperationMatch | None:
        """Return the operation of a request, whose path may start with a mock server's session and vendor."""
        return self.capture.match(request.method, vendor_path(request.path))

    def find_jobs(self, exchange: Exchange) -> Iterator[JobMention]:
        """Yield every job in an exchange; none for a call that the contract does not have."""
        match = self.find_operation(exchange.request)
        if match is None:
            return
        status, data = 0, b""
        if exchange.response is not None:
            status, data = exchange.response.status, exchange.response.body
        yield from self.job_finder.find_jobs(match, exchange.request, status, data, json_or_none(data))


def load_contract(vendor: str, era: str | None = None, root: Path | None = None) -> Contract:
    """Return the bundled contract of a vendor's era; see `load_capture` for dates, defaults and errors."""
    capture = load_capture(vendor, era, root)
    return Contract(capture, load_checked_rules(capture, root))


def load_checked_rules(capture: Capture, root: Path | None) -> RuleSet:
    """Return the rule set of a bundled capture. Raises `MockError` CON008 for an invalid one, as to its names too."""
    rule_set = load_rule_set(capture.vendor, capture.era, root)
    check_captured_names(capture, rule_set, root)
    return rule_set
