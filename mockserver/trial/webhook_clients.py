"""Runs a client that calls the API and receives its webhooks, and judges it as both.

The client is started as any client on trial; the webhooks of its session go to the address at which it listens, by the
relay of a receiver. So a webhook that never comes, comes twice, or comes before a poll meets a client that has another
way to learn what became of its job, or has not.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mockserver.core.clock import ClockMode
from mockserver.engine.notify.delivery_log import DROPPED, RETRYING
from mockserver.scenario.model import Scenario
from mockserver.trial.candidates import Candidate, make_candidate
from mockserver.trial.client_process import ClientEnd, ClientRunner
from mockserver.trial.evidence import TrialEvidence
from mockserver.trial.receiver_candidates import (
    ReceiverCandidate,
    Report,
    expects_deliveries,
    make_receiver_candidate,
    sends_webhooks,
)
from mockserver.trial.receiver_runs import ReceiverRun
from mockserver.trial.receiver_verdicts import answer_reasons, late_reasons, report_reasons, unreported_reasons
from mockserver.trial.receptions import ReceiverEvidence, match_deliveries
from mockserver.trial.relay import Relay, lost_answers, serve_relay
from mockserver.trial.sessions import TRIAL_CLOCK, TrialServer
from mockserver.trial.verdicts import (
    TrialOutcome,
    TrialVerdict,
    conduct_reasons,
    crash_reasons,
    first_verdict,
    hang_reasons,
    no_request_reason,
)
from mockserver.vendors.api import Era, Vendor

WEBHOOK_CLOCK: Final = ClockMode(60.0, TRIAL_CLOCK.poll_step)
"""The clock of such a trial: a client that waits for a webhook does not move it by polls, so an hour is a minute."""


@dataclass(frozen=True, kw_only=True)
class WebhookClientCandidate:
    """A scenario about webhooks, for a client that calls the API and receives them."""

    client: Candidate
    receiver: ReceiverCandidate

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.client.scenario

    @property
    def era(self) -> Era:
        """Its era."""
        return self.client.era

    @property
    def obstacle(self) -> str:
        """The reason for which no client can be tried with it; empty: one can."""
        if not sends_webhooks(self.scenario):
            return "it is not about webhooks"
        if any(fault.replay or fault.signature for fault in self.receiver.endpoint.delivery_faults):
            # A refused forgery proves something only beside an accepted delivery, which a receiver alone gets first.
            return "its webhooks are forged or replayed: --receiver URL tries a receiver"
        return ""


def make_webhook_client_candidate(scenario: Scenario, vendor: Vendor) -> WebhookClientCandidate:
    """Return the candidate of a scenario that its vendor's tables have accepted."""
    client = make_candidate(scenario, vendor)
    return WebhookClientCandidate(client=client, receiver=make_receiver_candidate(client.scenario, vendor))


@dataclass(frozen=True, kw_only=True)
class WebhookClientEvidence:
    """One run of a client that receives webhooks: what it did as a client, and what it did as a receiver."""

    as_client: TrialEvidence
    as_receiver: ReceiverEvidence
    sent: Sequence[Mapping[str, Any]]
    """All deliveries of the session, those that a fault dropped as well."""


@dataclass(kw_only=True)
class WebhookClientRun:
    """One run of such a client."""

    server: TrialServer
    candidate: WebhookClientCandidate
    url: str
    """Where the client listens."""
    deadline: float
    """Seconds of real time."""
    seconds: Callable[[], float]
    """The real time in seconds, from any beginning."""

    def run(self, runner: ClientRunner, command: Sequence[str]) -> WebhookClientEvidence:
        """Run the client to its end, or to the deadline. Raises `MockError` TRI002."""
        ends_at = self.seconds() + self.deadline
        receiver = self.candidate.receiver
        as_receiver = ReceiverRun(
            server=self.server, candidate=receiver, url=self.url, ends_at=ends_at, seconds=self.seconds
        )
        ends: list[ClientEnd] = []
        relay = Relay(url=self.url, is_over=lambda: bool(ends) or self.seconds() >= ends_at)
        relay.lose_answers(lost_answers(receiver.endpoint.receiver_responses))
        with serve_relay(relay) as relay_url:
            sent_to_client = receiver.sent_to(relay_url)
            self.server.served[sent_to_client.name] = sent_to_client
            session = self.server.open_session(replace(self.candidate.client, scenario=sent_to_client))
            environment = {**session.environment(), **as_receiver.environment()}
            with runner.start(as_receiver.words(command), environment) as client:
                client.wait(self.deadline)
            ends.append(client.end())
            # A client may end with its answer, before that has got here.
            sent = session.final_deliveries()
        as_client = session.collect(ends[0])
        received = tuple(match_deliveries(receiver, sent, relay.relayed))
        # Where nothing listens, nothing refuses.
        answered = [each for each in received if each.status is not None or each.is_late]
        return WebhookClientEvidence(
            as_client=as_client,
            as_receiver=ReceiverEvidence(
                candidate=receiver,
                url=self.url,
                is_listening=bool(answered),
                end=ends[0],
                deliveries=answered,
                jobs=as_client.jobs,
            ),
            sent=sent,
        )


def judge_webhook_client(evidence: WebhookClientEvidence, expected_exits: Collection[int]) -> TrialVerdict:
    """Return the verdict on one run; `expected_exits` are the exit codes of an orderly end."""
    client, receiver = evidence.as_client, evidence.as_receiver
    checks = (
        (TrialOutcome.NOT_REACHED, awaiting_reasons(evidence)),
        (TrialOutcome.HUNG, (*hang_reasons(client), *late_reasons(receiver))),
        (TrialOutcome.CRASHED, crash_reasons(client, expected_exits)),
        (TrialOutcome.MISBEHAVED, (*conduct_reasons(client), *answer_reasons(receiver), *report_reasons(receiver))),
        (TrialOutcome.NOT_REACHED, unmet_reasons(evidence)),
    )
    return first_verdict(checks)


def awaiting_reasons(evidence: WebhookClientEvidence) -> Iterator[str]:
    """Yield why a client was right to wait until its deadline: its job runs, or a webhook will be tried again."""
    client = evidence.as_client
    job = client.last_job
    if not client.calls:
        yield no_request_reason(client)
    elif client.end.exit_code is None and job is not None:
        latest = {each["key"]: each["state"] for each in evidence.sent if each["job"] == job.id}
        if not job.terminal:
            yield f"its {job.kind} still runs: give the client more time (--deadline), or let it pass faster (--clock)"
        elif RETRYING in latest.values():
            yield f"a webhook of its {job.kind} will be tried again: give the client more time (--deadline)"


def unmet_reasons(evidence: WebhookClientEvidence) -> Iterator[str]:
    """Yield why an orderly run shows nothing about its scenario."""
    client, receiver = evidence.as_client, evidence.as_receiver
    received = Counter(each.event_id for each in receiver.deliveries)
    loses = any(fault.drop for fault in receiver.candidate.endpoint.delivery_faults)
    expects = expects_deliveries(receiver.candidate.scenario)
    # A client that learns of its job's end by a webhook need not see the statuses that the play reads.
    missed = client.candidate.encounter.missed_by(client.calls, with_details=not expects)
    if missed:
        yield missed
    elif loses and all(each["state"] != DROPPED for each in evidence.sent):
        yield "it ended before the webhook that is lost was due"
    elif expects and not loses and not received:
        hint = "did the create name the webhook, did it listen there, and did it wait for its job's end?"
        yield f"it answered no webhook at {receiver.url}: {hint}"
    elif Report.PROCESSED in receiver.candidate.reports and max(received.values(), default=0) < 2:
        yield "it ended before an event came again"
    else:
        yield from unreported_reasons(receiver)
