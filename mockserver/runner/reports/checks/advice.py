"""How a broken rule is usually mended, a sentence for each kind of rule: where to look, as the finding says what."""

from collections.abc import Mapping
from typing import Final

from mockserver.contract.findings import Finding

_LATE_WRITER: Final = "Look for a worker that writes late: compare the state before setting it, in one step."
_CHECK_BEFORE_WRITE: Final = "Decide by the state before anything is written, in one step with the writing."
_STALE_READ: Final = "Look for a replica or a cache that is behind, or for two writers of one value."
_SAME_TRANSACTION: Final = "Set or clear the fields in the same step that changes the status."

ADVICE: Final[Mapping[str, str]] = {
    "absorbs": _LATE_WRITER,
    "follows": _LATE_WRITER,
    "refused": _CHECK_BEFORE_WRITE,
    "accepted": _CHECK_BEFORE_WRITE,
    "no effect": "Refuse before anything is written; a refused call must leave the job as it was.",
    "untouched": "Refuse before anything is written; a refused call must leave the job as it was.",
    "effect": "Answer after the change is stored, and read from where it was stored.",
    "shown": "Answer with the state after the change, from the same step that made it.",
    "after": "Once the call was accepted, keep every later answer to it: " + _STALE_READ[0].lower() + _STALE_READ[1:],
    "readable": "Keep a job's id readable as long as the job exists: " + _STALE_READ[0].lower() + _STALE_READ[1:],
    "gone": "Look for a cache that still knows the job, or for a delete that was not stored.",
    "implies": _SAME_TRANSACTION,
    "present": _SAME_TRANSACTION,
    "matches": "Derive the one field from the other when answering, instead of storing both.",
    "sum": "Take all counters from one snapshot: an item leaves one count as it enters another.",
    "offset": "Take both times from one clock, and write each once.",
    "ordered": "Take all times from one clock, and write each once.",
    "rising": "Number the entries when they are written, and list them in that order.",
    "constant": "Write it once, when the job is made.",
    "monotone": _STALE_READ,
    "secret": "Leave it out of the answer, and replace the secret: it has been seen.",
    "answer": "Make the answer what the source says, for this call in this situation.",
    "schema": "Make the value what the schema allows; `mockserver explain` has an example of what is wrong.",
    "exchange": "Make the answer what the capture describes, or record the API anew if it has changed.",
    "rate": "Count calls per key and operation before handling them.",
    "unmixed": "Two versions answer behind one address: finish the roll-out, or record them apart.",
    "conduct": "Change the client: it is not the server's doing.",
    "C1": "Wait as long as the answer asks (poll_after_seconds, Retry-After) before reading again.",
    "C2": "Stop polling at the first terminal status.",
    "C3": "Wait as long as Retry-After asks, or back off with growing pauses.",
    "C4": "Read the job instead of asking again: the refusal is final.",
    "C5": "Send an idempotency key, or look for the job before making another.",
}
"""By kind of rule (those that report no findings have none), or by the rule itself where it knows better."""


def advice_for(finding: Finding, kind: str) -> str:
    """What to do about a finding; empty where nothing is known."""
    return finding.hint or ADVICE.get(finding.rule) or ADVICE.get(kind, "")
