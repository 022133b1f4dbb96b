"""Sends the recording's own requests, at their own instants, to the engine under a draft, and compares the answers."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Duration
from mockserver.distill.answer_comparison import differing_aspects
from mockserver.distill.calls import AnswerView, CallReader, RecordedCall
from mockserver.distill.translation import RecordedJobNames, Translation, name_keys
from mockserver.engine.store import Store
from mockserver.runner.targets.factories import in_process_targets
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era

SLOW: Final[Duration] = 5 * SECOND
"""An answer that takes longer, and much longer than the usual one, is slow."""
SLOW_FACTOR: Final = 5


class CallMismatch(NamedTuple):
    """A call whose played answer is not the recorded one."""

    call: RecordedCall
    played: AnswerView | None
    """None without an answer."""
    aspects: tuple[str, ...]
    """What differs: `status`, `reason`, `state`, `counters`, `list` (a job is not in it), `fields` (one breaks the
    contract), `body`, `cut`, `answer`, `delay`."""


class RecordingPlayback:
    """Plays one recording back, as often as there are drafts to try."""

    def __init__(
        self, era: Era, reader: CallReader, calls: Sequence[RecordedCall], make_store: Callable[[Era], Store]
    ) -> None:
        self.era = era
        self.reader = reader
        self.calls = calls
        self._targets = in_process_targets(make_store)
        durations = sorted(call.duration for call in calls)
        self._slow = max(SLOW, SLOW_FACTOR * durations[len(durations) // 2]) if durations else SLOW
        """An answer that took so long is slow."""
        self.key_names = name_keys(calls)
        self.played_count = 0
        """Requests sent so far, in all playbacks."""

    def mismatches(
        self, scenario: Scenario, names: RecordedJobNames, order: Sequence[RecordedCall]
    ) -> list[CallMismatch]:
        """Play the calls back in this order of handling; return those whose answers differ."""
        found: list[CallMismatch] = []
        translation = Translation(self.era, names, self.key_names)
        # The target does not move its clock backwards: of overlapping calls the later one may be handled first.
        now = 0
        with closing(self._targets(scenario, self.era)) as target:
            for call in order:
                if call.operation is None:
                    continue
                now = max(now, call.at)
                target.advance_to(now)
                mismatch = self.play_call(call, target, translation)
                if mismatch is not None:
                    found.append(mismatch)
        return found

    def play_call(self, call: RecordedCall, target: PlayTarget, translation: Translation) -> CallMismatch | None:
        """Send a recorded call to the fake, translated; return how the answer differs, None if it does not."""
        request = translation.request(call)
        exchange = target.send(request)
        self.played_count += 1
        refused = exchange.response is not None and exchange.response.status in (400, 422)
        if refused and call.is_accepted and call.is_command:
            # The fake does not know everything that the service accepts: another body stands for this one.
            request = translation.example_request(call, request)
            exchange = target.send(request)
        response = exchange.response
        played = None if response is None else self.reader.view(request, response)
        aspects = tuple(differing_aspects(call, played, translation))
        if not aspects and call.broken_fields and call.broken_fields - self.reader.broken_fields(exchange):
            aspects = ("fields",)
        if not aspects and call.duration >= self._slow and exchange.answered_at is not None:
            took = exchange.answered_at - exchange.sent_at
            if not call.duration // 2 <= took <= call.duration * 2:
                aspects = ("delay",)
        if response is not None and played is not None:
            translation.learn_created(call, played)
            translation.learn(call, response)
        return CallMismatch(call, played, aspects) if aspects else None
