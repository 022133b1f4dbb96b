"""The evidence of single answers for and against each era of a vendor: finds the likeliest eras of a recording.

    evidence = EraEvidence("phaseo", captured_eras("phaseo"))
    for exchange in exchanges:
        evidence.observe(exchange)
    evidence.likeliest_eras()

Theory of operation. Each answer is judged by the schemas of every era; eras with the same documentation of an answer
are judged once. A complaint of an era counts against it only if another era has examined the same thing (the call, the
status, the content type, the value of a field that it declares) and does not have the complaint: a mistake in every
era that gets so far, a misspelt state, is the server's and is no evidence of its age. Complaints are counted by kind:
the same mistake in each of a thousand polls is one mistake. The most telling kinds weigh most: calls, statuses and
error codes, then bodies, then doubts.

Answers that differ only in what changes from call to call (numbers, and words with digits in them: ids, times) are
judged once. An answer that is right in its own era never counts against that era, nor does one with the same
signature. So the true era of a server that makes no mistake is always among the likeliest; `selection` decides between
those.
"""

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import (
    OFF_PAGE_BASES,
    Capture,
    DocumentedOperation,
    captured_eras,
    load_capture,
)
from mockserver.contract.documents.refs import without_keys
from mockserver.contract.documents.structure import read_structure
from mockserver.contract.findings import Finding
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.vendor_paths import with_vendor_path
from mockserver.core.wire import Exchange

MAX_COMPLAINTS: Final = 1_000
"""Kinds of complaint that are counted for one era."""
MAX_SIGNATURES: Final = 4_000
"""Answer signatures that are remembered."""
MAX_NORMALIZED_BYTES: Final = 500_000
"""Bytes of the longest body whose volatile parts are replaced for a signature."""

_VOLATILE: Final = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z]{0,40}[0-9][A-Za-z0-9]*")
"""Numbers, and words with a digit in them."""


class AnswerAspect(IntEnum):
    """The aspects of an answer in the order of examination; the first wrong one ends it."""

    CALL = 0
    STATUS = 1
    CONTENT_TYPE = 2
    BODY = 3


class ComplaintWeight(IntEnum):
    """The weight of a complaint about an era, the heaviest first."""

    ANSWERS = 0
    """Another era has the call, the status, the error code."""
    BODIES = 1
    DOUBTS = 2
    """Warnings."""
    HINTS = 3
    """Another era declares the field, which any may have; or does not expect what is missing, which may be left out."""


class EraComplaint(NamedTuple):
    """A kind of thing that an era does not document."""

    weight: ComplaintWeight
    text: str
    """`cancelVideo 200`, `status "pending"`."""
    aspect: AnswerAspect
    place: str | None = None
    """The place in the body, `*` standing for each item of a list; None for the answer as a whole."""


class EraScore(NamedTuple):
    """The evidence against an era; the lowest score is the best."""

    answers: int
    """Kinds of complaint of weight ANSWERS."""
    bodies: int
    """Kinds of complaint of weight BODIES."""
    doubts: int
    """Kinds of complaint of weight DOUBTS."""
    exchanges: int
    """Exchanges with one of these complaints."""
    errors: int
    """Errors found by the schemas, whether other eras have them or not."""
    warnings: int


class _EraReading(NamedTuple):
    """The result of judging an exchange by one era."""

    complaints: frozenset[EraComplaint]
    reached: AnswerAspect
    """The last aspect that was examined."""
    errors: int = 0
    warnings: int = 0


_CLEAN: Final = _EraReading(frozenset(), AnswerAspect.BODY)


ComplaintKey = tuple[ComplaintWeight, str]
"""A complaint's weight and text."""


class _ContestedReading(NamedTuple):
    """What an answer adds to the evidence against one era."""

    era: str
    complaints: list[ComplaintKey]
    """Those that some other era does not have, sorted."""
    totals: Mapping[str, int]
    """{exchanges, errors, warnings}."""


class AnswerEvidence(NamedTuple):
    """The evidence of one answer: none if no era has the call."""

    operations: frozenset[str]
    """The call, under the name that each era has for it."""
    readings: tuple[_ContestedReading, ...]
    """One of each era; none if the answer is right in all of them."""


def evidence_of(vendor: str, root: Path | None = None) -> "EraEvidence | None":
    """Return what collects the evidence of a vendor's eras; None if it has only one."""
    eras = captured_eras(vendor, root)
    return EraEvidence(vendor, eras, root) if len(eras) > 1 else None


class EraEvidence:
    """Collects the evidence of one vendor's exchanges."""

    def __init__(self, vendor: str, eras: Sequence[str], root: Path | None = None) -> None:
        self.eras = tuple(eras)
        self.operations: set[str] = set()
        """The operations that were called."""
        self._captures = [load_capture(vendor, era, root) for era in eras]
        self._find_operations = lru_cache(maxsize=256)(
            lambda method, path: tuple(capture.find(method, path) for capture in self._captures)
        )
        """The operation of a call in each era."""
        self._complaints_by_era: dict[str, set[ComplaintKey]] = {era: set() for era in eras}
        self._totals: dict[str, Counter[str]] = {era: Counter() for era in eras}
        self._evidence_by_signature: dict[Hashable, AnswerEvidence] = {}

    def observe(self, exchange: Exchange, found: AnswerEvidence | None = None) -> None:
        """Count the evidence of one exchange; `found` is what `examine` has returned for it, None if it has not run."""
        evidence = found or self.examine(exchange)
        self.operations |= evidence.operations
        for reading in evidence.readings:
            complaints = self._complaints_by_era[reading.era]
            complaints.update(key for key in reading.complaints if len(complaints) < MAX_COMPLAINTS)
            self._totals[reading.era].update(reading.totals)

    def examine(self, exchange: Exchange) -> AnswerEvidence:
        """Return the evidence of one exchange, whatever was observed before, and count nothing."""
        exchange = with_vendor_path(exchange)
        operations = self._find_operations(exchange.request.method.upper(), exchange.request.path)
        if not any(operations):
            return AnswerEvidence(frozenset(), ())
        # Equal for answers that differ only in what changes from call to call.
        signature: tuple[Hashable, ...] = (operations, exchange.request.method)
        if exchange.response is not None:
            response, body = exchange.response, exchange.response.body
            if len(body) <= MAX_NORMALIZED_BYTES:
                body = _VOLATILE.sub(b"0", body)
            names = tuple(name for name, _ in response.headers)
            signature += (
                response.status,
                names,
                response.header("content-type"),
                blake2b(body, digest_size=16).digest(),
            )
        found = self._evidence_by_signature.get(signature)
        if found is None:
            called = frozenset(each.id for each in operations if each is not None)
            found = AnswerEvidence(called, tuple(self._contested(self._read_by_each_era(exchange, operations))))
            if len(self._evidence_by_signature) >= MAX_SIGNATURES:
                self._evidence_by_signature.clear()
            self._evidence_by_signature[signature] = found
        return found

    def _contested(self, readings: Sequence[_EraReading]) -> Iterator[_ContestedReading]:
        # The common case: the answer is right in every era and is no evidence at all.
        if all(reading is _CLEAN for reading in readings):
            return
        for era, reading in zip(self.eras, readings, strict=True):
            # A complaint counts if an era that has examined the same thing does not have it.
            contested = {
                (complaint.weight, complaint.text)
                for complaint in reading.complaints
                if any(complaint not in each.complaints and _has_examined(each, complaint) for each in readings)
            }
            counts = any(weight < ComplaintWeight.HINTS for weight, _ in contested)
            totals = {"exchanges": int(counts), "errors": reading.errors, "warnings": reading.warnings}
            yield _ContestedReading(era, sorted(contested), totals)

    def _read_by_each_era(
        self, exchange: Exchange, operations: tuple[DocumentedOperation | None, ...]
    ) -> list[_EraReading]:
        """Judge an exchange by each era. Without an answer, only an era that lacks the call has a complaint."""
        name = next(each.id for each in operations if each is not None)
        missing_call = EraComplaint(ComplaintWeight.ANSWERS, f"the call {name}", AnswerAspect.CALL)
        by_fingerprint: dict[str, _EraReading] = {}
        readings = []
        for capture, operation in zip(self._captures, operations, strict=True):
            if operation is None:
                readings.append(_EraReading(frozenset([missing_call]), AnswerAspect.CALL))
                continue
            if exchange.response is None:
                readings.append(_CLEAN)
                continue
            # Eras that document the answer alike are judged once.
            fingerprint = answer_fingerprint(capture, operation, exchange.response.status)
            if fingerprint not in by_fingerprint:
                by_fingerprint[fingerprint] = _reading_of_findings(
                    judge_exchange(capture, exchange), exchange.response.status
                )
            readings.append(by_fingerprint[fingerprint])
        return readings

    # The result

    def score(self, era: str) -> EraScore:
        """Return the evidence against an era so far."""
        kinds = Counter(weight for weight, _ in self._complaints_by_era[era])
        totals = self._totals[era]
        return EraScore(
            answers=kinds[ComplaintWeight.ANSWERS],
            bodies=kinds[ComplaintWeight.BODIES],
            doubts=kinds[ComplaintWeight.DOUBTS],
            exchanges=totals["exchanges"],
            errors=totals["errors"],
            warnings=totals["warnings"],
        )

    def hint_count(self, era: str) -> int:
        """Return the number of things by which other eras look likelier, though this one allows them."""
        return sum(weight is ComplaintWeight.HINTS for weight, _ in self._complaints_by_era[era])

    def likeliest_eras(self) -> tuple[str, ...]:
        """Return the eras with the lowest score, the oldest first."""
        scores = {era: self.score(era) for era in self.eras}
        best = min(scores.values())
        return tuple(era for era in self.eras if scores[era] == best)

    def describe_complaints(self, era: str) -> str:
        """Return the weightiest complaint about an era: `cancelVideo 200, and 2 more`; empty if there is none."""
        texts = [text for _, text in sorted(self._complaints_by_era[era])]
        if len(texts) > 1:
            return f"{texts[0]}, and {len(texts) - 1} more"
        return "".join(texts)


def _has_examined(reading: _EraReading, complaint: EraComplaint) -> bool:
    """Return True if an era got to the aspect of a complaint, and declares the field that the complaint is about."""
    if reading.reached < complaint.aspect:
        return False
    if complaint.place is None:
        return True
    hints = (each for each in reading.complaints if each.weight is ComplaintWeight.HINTS)
    undeclared = (each.place for each in hints if each.place is not None)
    return not any(f"{complaint.place}/".startswith(f"{place}/") for place in undeclared)


# One answer, one era


def answer_fingerprint(capture: Capture, operation: DocumentedOperation, status: int) -> str:
    """Return a hash of everything in a capture by which an answer of that status is judged.

    Eras are captured one by one, and most of each is the same as in the era before, in other words or from another
    source. Descriptions, and bases that are promises, make no difference to the judge. The capture keeps the hash.
    """
    known, key = capture.cache("answer fingerprints"), (operation.pointer, status)
    if key not in known:
        known[key] = _hash_documentation(capture, operation, status)
    return str(known[key])


def _hash_documentation(capture: Capture, operation: DocumentedOperation, status: int) -> str:
    answer = operation.answer(status)
    pending = [(capture.document.get("x-error-schema"), "schema")]
    if answer is not None:
        pending = [(answer.pointer, "response")]
    # The documentation of the answer, and of everything that it refers to.
    documentation: dict[str, Any] = {}
    while pending:
        pointer, kind = pending.pop()
        if pointer and pointer not in documentation:
            documentation[pointer] = without_keys(capture.at(pointer), _is_annotation)
            pending += [(ref.target, ref.kind) for ref in read_structure(documentation[pointer], kind).refs]
    text = json.dumps(documentation, sort_keys=True)
    basis = (operation.id, answer and answer.status, text, capture.waivers)
    return blake2b(repr(basis).encode(), digest_size=16).hexdigest()


_ANNOTATIONS: Final = ("description", "summary", "title", "x-note")


def _is_annotation(key: str, value: Any) -> bool:
    """Return True for descriptions, and for bases that are promises of the vendor's."""
    # A property may have the name of an annotation: then there is a schema under it.
    return isinstance(value, str) and (key in _ANNOTATIONS or (key == "x-basis" and value not in OFF_PAGE_BASES))


_STOPPING_RULES: Final = {"S1": AnswerAspect.STATUS, "S2": AnswerAspect.CONTENT_TYPE}
"""The rules that end the examination if they are broken, and the aspect reached then."""
_WEIGHT_BY_LEVEL: Final = {
    "error": ComplaintWeight.BODIES,
    "warning": ComplaintWeight.DOUBTS,
    "info": ComplaintWeight.HINTS,
}
_LIST_INDEX: Final = re.compile(r"/[0-9]+(?=/|\Z)")


def _reading_of_findings(findings: list[Finding], status: int) -> _EraReading:
    if not findings:
        return _CLEAN
    levels = Counter(finding.level for finding in findings)
    stops = [_STOPPING_RULES.get(finding.rule, AnswerAspect.BODY) for finding in findings if finding.level == "error"]
    complaints = set()
    for finding in findings:
        call, value = f"{finding.operation} {status}", finding.value
        where = _LIST_INDEX.sub("/*", finding.pointer) or finding.where
        place: str | None = where
        if finding.is_absence or not finding.pointer:
            place = None
        weight = _WEIGHT_BY_LEVEL[finding.level]
        match finding.rule:
            case "S1":
                complaint = EraComplaint(ComplaintWeight.ANSWERS, call, AnswerAspect.STATUS)
            case "S2":
                complaint = EraComplaint(weight, f"{call} as {value or 'it is'}", AnswerAspect.CONTENT_TYPE)
            case "S5":
                complaint = EraComplaint(weight, f"{where.rpartition('/')[2]} {value}", AnswerAspect.BODY, place)
            case "S7" if finding.level == "warning":
                text = f"{call} with {where} {value}"
                complaint = EraComplaint(ComplaintWeight.ANSWERS, text, AnswerAspect.BODY, place)
            case _:
                complaint = EraComplaint(weight, f"{call} {where}", AnswerAspect.BODY, place)
        complaints.add(complaint)
    reached = min(stops, default=AnswerAspect.BODY)
    return _EraReading(frozenset(complaints), reached, levels["error"], levels["warning"])
