"""The scenarios that a receiver of webhooks is tried with, and what it must show in each of them.

The trial plays the scenario as the vendor's customer does; only the deliveries reach the receiver. So it cannot meet a
scenario whose point is a delivery that never comes, or an answer to a call of its own.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from mockserver.scenario.model import Scenario
from mockserver.trial.encounters import single_steps
from mockserver.trial.relay import lost_answers
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


class Report(StrEnum):
    """What a receiver must report for its mistake to be seen."""

    PROCESSED = '{"processed": ID}'
    STATUS = '{"job": ID, "status": STATUS}'


@dataclass(frozen=True, kw_only=True)
class ReceiverCandidate:
    """A scenario about webhooks, and what can be seen of a receiver in it."""

    scenario: Scenario
    era: Era
    reports: frozenset[Report] = frozenset()
    """One of these lets the scenario's mistake be seen; none: the receiver's answers do."""
    obstacle: str = ""
    """Why no receiver can be tried with it; empty: one can."""

    @property
    def endpoint(self) -> WebhookEndpoint:
        """The scenario's endpoint."""
        return self.scenario.script.webhook_endpoint or WebhookEndpoint()

    @property
    def vendor_signs(self) -> bool:
        """True if the vendor signs its webhooks."""
        return any(kind.webhooks is not None and kind.webhooks.signature for kind in self.era.kinds.values())

    @property
    def needs_control(self) -> bool:
        """True if a fault spoils a signature, and genuine deliveries can be sent beside it.

        A pair of keys belongs to one session, so no other session can sign with it.
        """
        specs = [kind.webhooks for kind in self.era.kinds.values() if kind.webhooks is not None]
        has_pair = any(isinstance(spec.signature, Ed25519Headers) for spec in specs)
        return not has_pair and any(fault.signature for fault in self.endpoint.delivery_faults)

    @property
    def secret(self) -> str:
        """The secret that the receiver has: the oldest, which is the one that it still knows during a rotation.

        The secret of a create wins, where the vendor lets a create name one.
        """
        hooks = (step.send.get("webhook") for step in single_steps(self.scenario.play) if isinstance(step.send, dict))
        given = (hook for hook in hooks if isinstance(hook, dict) and "url" in hook)
        return next((str(hook.get("secret", "")) for hook in given), self.endpoint.secrets[-1])

    def sent_to(self, url: str, *, honest: bool = False) -> Scenario:
        """Return the scenario with a receiver's URL, signed by the machine's time, which the receiver's clock shows.

        `honest`: without the faults of deliveries.
        """
        endpoint = self.endpoint._replace(url=url, receiver_responses=(), sign_with_wall_clock=True)
        if honest:
            endpoint = endpoint._replace(delivery_faults=())
        return self.scenario._replace(script=self.scenario.script._replace(webhook_endpoint=endpoint))


def sends_webhooks(scenario: Scenario) -> bool:
    """Return True if a scenario is about webhooks."""
    has_step = any(step.deliveries is not None for step in single_steps(scenario.play))
    return scenario.script.webhook_endpoint is not None or has_step


def make_receiver_candidate(scenario: Scenario, vendor: Vendor) -> ReceiverCandidate:
    """Return the candidate of a scenario that its vendor's tables have accepted."""
    candidate = ReceiverCandidate(scenario=scenario, era=vendor.era(scenario.date) or vendor.eras[-1])
    faults = candidate.endpoint.delivery_faults
    reports = set()
    if lost_answers(candidate.endpoint.receiver_responses) or any(fault.duplicate for fault in faults):
        reports.add(Report.PROCESSED)
    if any(fault.reorder or fault.delay for fault in faults):
        reports.add(Report.STATUS)
    return replace(candidate, reports=frozenset(reports), obstacle=receiver_obstacle(candidate))


def receiver_obstacle(candidate: ReceiverCandidate) -> str:
    """Return why no receiver can be tried with a scenario; empty: one can."""
    scenario, faults = candidate.scenario, candidate.endpoint.delivery_faults
    if not sends_webhooks(scenario):
        return "it is not about webhooks"
    if scenario.script.faults:
        return "its fault is in the answers to a client, and the trial plays the client"
    if any(fault.drop for fault in faults) or not expects_deliveries(scenario):
        return "its point is a webhook that never comes, which a receiver alone cannot miss"
    if any(fault.replay for fault in faults):
        return "it replays an old timestamp, and no time passes on the receiver's own clock"
    return ""


def expects_deliveries(scenario: Scenario) -> bool:
    """Return True if a scenario's play expects a delivery, or says nothing of any."""
    expected = [step.deliveries for step in single_steps(scenario.play) if step.deliveries is not None]
    return not expected or any(each.count != 0 for each in expected)
