"""Finds the shortest draft that explains the recording: tries repairs, and drops lines that nothing depends on.

Bounded by the requests that it may play back. What is left unexplained then stays a mismatch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver.distill.calls import RecordedCall
from mockserver.distill.draft import SECTIONS, ScenarioDraft
from mockserver.distill.fault_lines import RepairContext, RepairTask
from mockserver.distill.playback import CallMismatch, RecordingPlayback
from mockserver.distill.repairs import proposals
from mockserver.errors import MockError
from mockserver.scenario.model import Scenario

MAX_PLAYED: Final = 20_000
"""Requests that the search may play back for one order of handling."""
MAX_DRAFTS: Final = 150
"""Drafts that it may try for one order of handling."""
REMOVABLE: Final = tuple(section for section in SECTIONS if section not in ("jobs", "webhooks", "play", "off_contract"))
ScenarioLoader = Callable[[str], Scenario]
"""The text of a scenario -> the scenario. Raises `MockError` for a text that is not one."""


@dataclass
class DraftSearch:
    """The search for one recording."""

    playback: RecordingPlayback
    load: ScenarioLoader
    context: RepairContext
    max_drafts: int = MAX_DRAFTS
    _tried: int = 0
    _played_before: int = field(init=False)

    def __post_init__(self) -> None:
        self._played_before = self.playback.played_count

    def improve(self, draft: ScenarioDraft) -> tuple[ScenarioDraft, list[CallMismatch]]:
        """Return the draft with the repairs that explain most, and the mismatches that are left."""
        mismatches = self.mismatches(draft)
        # What the language cannot say (a step that names no job, a state that no timeline leads to) is left out.
        for section in reversed(SECTIONS):
            if mismatches is None:
                draft = draft.with_lines(section)
                mismatches = self.mismatches(draft)
        assert mismatches is not None  # noqa: S101 -- a scenario without any section is one
        given_up: set[int] = set()
        while self._may_go_on():
            open_ones = [each for each in mismatches if each.call.number not in given_up]
            if not open_ones:
                break
            best: tuple[ScenarioDraft, list[CallMismatch]] | None = None
            for proposal in proposals(RepairTask(draft, open_ones, self.context)):
                if not self._may_go_on():
                    break
                left = self.mismatches(proposal)
                if left is None or open_ones[0].call.number in {each.call.number for each in left}:
                    continue
                if len(left) < len(best[1] if best else mismatches):
                    best = proposal, left
                if not left:
                    break
            if best is None:
                given_up.add(open_ones[0].call.number)
                continue
            draft, mismatches = best
        return draft, mismatches

    def shorten(self, draft: ScenarioDraft, mismatches: Sequence[CallMismatch]) -> ScenarioDraft:
        """Return the draft without the lines that explain nothing."""
        allowed = {each.call.number for each in mismatches}
        for section in REMOVABLE:
            for index in reversed(range(len(draft.lines(section)))):
                shorter = draft.without_line(section, index)
                left = self.mismatches(shorter) if self._may_go_on() else None
                if left is not None and {each.call.number for each in left} <= allowed:
                    draft = shorter
        return draft

    def mismatches(self, draft: ScenarioDraft) -> list[CallMismatch] | None:
        """Play the recording back under a draft; None if it is not a scenario."""
        self._tried += 1
        try:
            scenario = self.load(draft.text())
        except MockError:
            return None
        return self.playback.mismatches(scenario, self.context.names, self.context.calls)

    def _may_go_on(self) -> bool:
        played = self.playback.played_count - self._played_before
        return self._tried < self.max_drafts and played < MAX_PLAYED


def handling_orders(calls: Sequence[RecordedCall]) -> list[list[RecordedCall]]:
    """Return the orders in which the calls may have been handled: as sent, and as answered if calls overlap.

    A call is handled when it was sent, or when those before it are: no time runs backwards.
    """
    sent = list(calls)
    answered = sorted(sent, key=answer_place)
    if [call.number for call in answered] == [call.number for call in sent]:
        return [in_time(sent)]
    return [in_time(sent), in_time(answered)]


def in_time(calls: Iterable[RecordedCall]) -> list[RecordedCall]:
    """Return the calls with instants that never run backwards."""
    now = 0
    ordered = []
    for call in calls:
        now = max(now, call.at)
        ordered.append(call if call.at == now else call._replace(at=now))
    return ordered


def answer_place(call: RecordedCall) -> int:
    """Return the place of a call in the order of answers; one without an answer stands where it was sent."""
    exchange = call.exchange
    if exchange.sent_seq:
        return exchange.answered_seq if exchange.response is not None else exchange.sent_seq
    return exchange.sent_at if exchange.answered_at is None else exchange.answered_at
