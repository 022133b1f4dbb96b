"""Advice on broken rules: the usual cause and fix, one sentence for each kind of rule."""

from collections.abc import Mapping
from typing import Final

from mockserver.client.conduct import CONDUCT_ADVICE
from mockserver.contract.findings import Finding

_LATE_WRITER: Final = "Look for a worker that writes late: compare the state before setting it, in one transaction."
_CHECK_BEFORE_WRITE: Final = "Check the state before writing anything, in the same transaction as the write."
_STALE_READ: Final = "Look for a replica or cache that lags behind, or for two writers of one value."
_STALE_READ_CLAUSE: Final = _STALE_READ[0].lower() + _STALE_READ[1:]
_SAME_TRANSACTION: Final = "Set or clear the fields in the transaction that changes the status."

ADVICE: Final[Mapping[str, str]] = {
    "absorbs": _LATE_WRITER,
    "follows": _LATE_WRITER,
    "refused": _CHECK_BEFORE_WRITE,
    "accepted": _CHECK_BEFORE_WRITE,
    "no effect": "Refuse before writing anything; a refused call must leave the job unchanged.",
    "untouched": "Refuse before writing anything; a refused call must leave the job unchanged.",
    "effect": "Answer after the change is stored, and read it from where it was stored.",
    "shown": "Answer with the state after the change, from the transaction that made it.",
    "after": "Once the call is accepted, keep every later answer to it: " + _STALE_READ_CLAUSE,
    "readable": "Keep a job's id readable as long as the job exists: " + _STALE_READ_CLAUSE,
    "returns": "Look for a replica or cache that does not have the job yet, or still has it.",
    "unknown": "Answer a call about a job that does not exist the same way in every handler, before anything else.",
    "order": "Serialize the calls that change one job: read its state and write it in one transaction.",
    "deadline": "Apply the deadline when answering, too: a timer that ends late or not at all must not be visible.",
    "gone": "Look for a cache that still has the job, or for a delete that was not stored.",
    "implies": _SAME_TRANSACTION,
    "present": _SAME_TRANSACTION,
    "matches": "Derive one field from the other when answering, instead of storing both.",
    "sum": "Take all counters from one snapshot: an item leaves one count as it enters another.",
    "offset": "Take both times from one clock, and write each once.",
    "ordered": "Take all times from one clock, and write each once.",
    "rising": "Number the entries when they are written, and list them in that order.",
    "constant": "Write the field once, when the job is created.",
    "monotone": _STALE_READ,
    "secret": "Remove the secret from the answer, and replace it: it was exposed.",
    "answer": "Give the answer that the source describes for this call in this situation.",
    "schema": "Give a value that the schema allows; the rule has an example of a wrong one.",
    "exchange": "Give the answer that the capture describes, or capture the API again if it has changed.",
    "rate": "Count calls per key and operation before handling them.",
    "unmixed": "Two versions answer at one address: finish the roll-out, or record them separately.",
    "conduct": "Change the client: the server did nothing wrong.",
    **CONDUCT_ADVICE,
}
"""By kind of rule, or by a rule's id, which wins. Kinds that report no findings have none."""


_LEFT_OUT: Final = (
    "Nothing, if a recorder, a proxy or the service itself may leave it out; a client must not rely on it."
)


def advice_for(finding: Finding, rule_kind: str | None) -> str | None:
    """Return the advice on a finding: its own hint, else that of its rule, else of the rule's kind."""
    advice = finding.hint
    if not advice and finding.is_absence and finding.level == "info":
        advice = _LEFT_OUT
    advice = advice or ADVICE.get(finding.rule)
    if not advice and rule_kind is not None:
        advice = ADVICE.get(rule_kind)
    return advice or None
