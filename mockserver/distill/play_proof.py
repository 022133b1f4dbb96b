"""Proves a draft's own play: plays it in process, and finds the shortest play that gives what was recorded.

The recording's own requests may be refused for what they contain, a prompt or an asset, which a draft must not repeat.
So a refusal that the play does not get by itself is scripted as a fault.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, get_args

from mockserver.contract.findings import Finding
from mockserver.core.instants import MILLISECOND, SECOND, Duration
from mockserver.core.wire import Exchange
from mockserver.distill.answer_repairs import replace_answers
from mockserver.distill.calls import RecordedCall
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.fault_lines import RepairTask
from mockserver.distill.playback import CallMismatch
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.search import DraftSearch
from mockserver.distill.steps import PlayStyle, PlayWriter, ReadChoice
from mockserver.engine.store import Store
from mockserver.errors import MockError
from mockserver.runner.judge.contract_lint import contract_violations
from mockserver.runner.judge.judges import PlayJudge
from mockserver.runner.play.player import Player
from mockserver.runner.play.results import PlayResult
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era

PRECISIONS: Final[tuple[Duration, ...]] = (SECOND, 100 * MILLISECOND, MILLISECOND)
"""What a play's times are rounded to: the first that leaves every answer as it was."""
MAX_SCRIPTED: Final = 3
"""Refusals that are scripted because the play does not get them by itself."""
MAX_ALIKE_JOBS: Final = 5
"""Jobs that a play is about, though some are alike; of more, one for each story."""
OFF_CONTRACT_REASON: Final = "recorded so"


@dataclass(frozen=True)
class ProvedPlay:
    """A draft with its best play, and what that play misses."""

    draft: ScenarioDraft
    failures: tuple[str, ...]


@dataclass(frozen=True)
class PlayProof:
    """The search for the play of one draft."""

    era: Era
    search: DraftSearch
    writer: PlayWriter
    make_store: Callable[[Era], Store]

    def prove(self, draft: ScenarioDraft, mismatches: Sequence[CallMismatch]) -> ProvedPlay:
        """Return the draft with the shortest play that passes; with the best one, if none does."""
        best = self._best_style(draft)
        if best.failures:
            best = next((each for each in self.reordered(draft) if not each.failures), best)
        if not best.failures:
            return self.with_plain_endpoint(best)
        allowed = {each.call.number for each in mismatches}
        for call in self.refused_commands()[:MAX_SCRIPTED]:
            task = RepairTask(draft, [CallMismatch(call, None, ("status",))], self.search.context)
            fitting = (each for each in replace_answers(task) if self.explains(each, allowed))
            proved = ((each, self._best_style(each)) for each in fitting)
            better = ((each, play) for each, play in proved if len(play.failures) < len(best.failures))
            draft, best = next(better, (draft, best))
        return best

    def reordered(self, draft: ScenarioDraft) -> Iterator[ProvedPlay]:
        """Yield the plays in which the webhooks of one type of event come after those that follow them."""
        for line in draft.lines("webhooks"):
            for event in line.value["events"]:
                faults = [*line.value.get("deliver", ()), {"on": event, "reorder": True}]
                endpoint = DraftLine({**line.value, "deliver": faults})
                yield self._best_style(draft.with_lines("webhooks", endpoint))

    def with_plain_endpoint(self, proved: ProvedPlay) -> ProvedPlay:
        """Return the play without the parts of `webhooks` that it passes without."""
        for line in proved.draft.lines("webhooks"):
            # What was sent late or again is a fact, whether the play depends on it or not.
            for name in sorted(line.value.keys() - {"deliver"}):
                (left,) = proved.draft.lines("webhooks")
                plain = DraftLine({key: value for key, value in left.value.items() if key != name})
                tried = self._play(proved.draft.with_lines("webhooks", plain))
                if not tried.failures:
                    proved = tried
        return proved

    def explains(self, draft: ScenarioDraft, allowed: Set[int]) -> bool:
        """Return True if a draft leaves no further call unexplained."""
        left = self.search.mismatches(draft)
        return left is not None and {each.call.number for each in left} <= allowed

    def refused_commands(self) -> list[RecordedCall]:
        """Return the commands that were refused."""
        calls = self.search.context.calls
        return [call for call in calls if call.is_command and call.view and call.view.status >= 400 and call.operation]

    def _best_style(self, draft: ScenarioDraft) -> ProvedPlay:
        """Return the draft with the first style that passes, at the roundest times; else with the best style."""
        best: ProvedPlay | None = None
        for style in play_styles(self.search.context.calls, self.search.context.jobs):
            exact = self._play_in_style(draft, style)
            if not exact.failures:
                rounded = (self._play_in_style(draft, style._replace(precision=each)) for each in PRECISIONS)
                return next((each for each in rounded if not each.failures), exact)
            if best is None or len(exact.failures) < len(best.failures):
                best = exact
        assert best is not None  # noqa: S101 -- there is always a style
        return best

    def _play_in_style(self, draft: ScenarioDraft, style: PlayStyle) -> ProvedPlay:
        return self._play(draft.with_lines("play", *self.writer.lines(self.search.context.calls, style)))

    def _play(self, draft: ScenarioDraft) -> ProvedPlay:
        """Play a draft, with the rules that it breaks under `off_contract`."""
        try:
            result, rules = self._play_once(self.search.load(draft.text()))
            if rules:
                lines = (DraftLine({rule: OFF_CONTRACT_REASON}) for rule in sorted(rules))
                draft = draft.with_lines("off_contract", *lines)
                result, _ = self._play_once(self.search.load(draft.text()))
        except MockError as error:
            return ProvedPlay(draft, tuple(problem.message for problem in error.problems))
        failures = (*result.failures, *(failure for step in result.steps for failure in step.failures))
        if failures:
            return ProvedPlay(draft, failures)
        # A scenario that passes must also pass the second half of lint.
        violations = contract_violations(self.search.load(draft.text()), self.era, self.make_store)
        return ProvedPlay(draft, tuple(problem.message for problem in violations))

    def _play_once(self, scenario: Scenario) -> tuple[PlayResult, set[str]]:
        judge = _RuleCollector(PlayJudge(self.era))
        target = in_process_targets(self.make_store)(scenario, self.era)
        return Player(scenario, self.era, target, judge).play(), judge.broken


def play_styles(calls: Sequence[RecordedCall], jobs: Mapping[str, RecordedJob]) -> Iterator[PlayStyle]:
    """Yield the styles in which a play is tried, with exact times: the shortest first."""
    creating = [call for call in calls if call.operation is not None and call.is_command and call.operation.creates]
    refused = frozenset(call.number for call in creating if not call.is_accepted)
    if len(jobs) > MAX_ALIKE_JOBS:
        yield PlayStyle(1, jobs=unlike_jobs(calls, jobs))
    for bodies in dict.fromkeys((frozenset[int](), refused, frozenset(call.number for call in creating))):
        for reads in get_args(ReadChoice):
            yield PlayStyle(1, bodies, reads)


def unlike_jobs(calls: Iterable[RecordedCall], jobs: Mapping[str, RecordedJob]) -> frozenset[str]:
    """Return the first job of each story: the same commands with the same answers, and the same end."""
    stories: dict[str, list[tuple[str, int | None]]] = {job_id: [] for job_id in jobs}
    for call in calls:
        if call.is_command and call.operation is not None and call.job_id in stories:
            stories[call.job_id].append((call.operation.name, call.view and call.view.status))
    first: dict[Hashable, str] = {}
    for job_id, job in jobs.items():
        end = job.shown[-1][1].state if job.shown else ""
        first.setdefault((job.kind, tuple(stories[job_id]), end), job_id)
    return frozenset(first.values())


class _RuleCollector:
    """A play's judge that notes which rules are broken."""

    def __init__(self, judge: PlayJudge) -> None:
        self._judge = judge
        self.broken: set[str] = set()

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """Judge an exchange."""
        return self._note(self._judge(exchange))

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """Announce exchanges that overlap."""
        self._judge.announce(exchanges)

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> Sequence[Finding]:
        """Judge a job's ledger."""
        return self._note(self._judge.check_ledger(job_id, ledger_counts))

    def _note(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        for finding in findings:
            self.broken.update(each.rule for each in finding.members if each.level == "error")
        return findings
