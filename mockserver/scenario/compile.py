"""From a scenario file to a `Scenario`: read, check the shape, give the words their values, hold them to the vendor.

All problems of a file are found in one run. A part with a problem in it is not looked at again, so a mistake is
told once; everything else is still judged. The vendors are passed in: this room knows what a vendor is, not which
there are.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import ENDLESS, NOTHING, Step, Timeline
from mockserver.scenario import lint, moments, values
from mockserver.scenario.cast import Seeds
from mockserver.scenario.faults.reading import Around, faults_in
from mockserver.scenario.hooks import hook_in
from mockserver.scenario.language import DEFAULT_SEED, SCENARIO
from mockserver.scenario.limits import active as active_in
from mockserver.scenario.limits import limits as limits_in
from mockserver.scenario.lint import Part
from mockserver.scenario.model import Scenario
from mockserver.scenario.nodes import Node
from mockserver.scenario.play import Player
from mockserver.scenario.reader import read
from mockserver.scenario.report import Report, similar
from mockserver.vendors.api import Era, Kind, Vendor
from mockserver.vendors.faults import Fault
from mockserver.vendors.script import CancelScript, Course, ItemScript, Script, Scripted, SeededJob

_WITH_COURSES: Final = ("timeline", "timelines", "jobs")


def load(source: Path | str | bytes, vendors: Mapping[str, Vendor], *, file: str = "") -> Scenario:
    """The scenario in a file (a `Path`), or in a text that messages call `file`.

    `vendors` is every vendor by name. Raises `MockError` with all problems of the file.
    """
    root, report = read(source, file)
    SCENARIO.check(root, report)
    era = lint.find_era(root.get("vendor"), vendors, report)
    if era is None:
        raise report.error()
    scenario = _Compiler(root, era, report).scenario()
    report.finish()
    return scenario


class _Compiler:
    """One file on its way to a `Scenario`; `get` hands out only what is sound."""

    def __init__(self, root: Node, era: Era, report: Report) -> None:
        self.root = root
        self.era = era
        self.report = report

    def get(self, node: Node, name: str) -> Node | None:
        """A key's value, unless it is absent or has a problem in it."""
        value = node.get(name)
        return value if value is not None and self.report.sound(value) else None

    def scenario(self) -> Scenario:
        """The whole; worth something only if the report stays empty."""
        root, report = self.root, self.report
        script = self._script()
        seeds = Seeds(script.jobs, self._sound("jobs"), shown_statuses(script))
        player = Player(self.era, report, seeds)
        play = player.steps(root.get("play"))
        moves = frozenset(step.move for step in play if step.move)
        cancel = self._cancel(self.get(root, "cancel"), script, moves)
        if self._sound(*_WITH_COURSES, "cancel"):
            moments.reached(player.moments, self.era, replace(script, cancel=cancel), moves, report)
        off_contract = self.get(root, "off_contract")
        return Scenario(
            name=values.text(root.get("scenario")),
            vendor=self.era.vendor,
            title=values.text(root.get("title")),
            source=values.text(root.get("source")),
            catches=values.text(root.get("catches")),
            date=values.text(root.get("vendor")).partition("@")[2],
            seed=values.text(root.get("seed"), DEFAULT_SEED),
            clock=values.clock(self.get(root, "clock"), report),
            script=replace(script, cancel=cancel, faults=self._faults(player)),
            play=play,
            off_contract=dict(values.pairs(off_contract)),
            path=report.file,
            text=report.text,
        )

    def _sound(self, *sections: str) -> bool:
        nodes = (self.root.get(section) for section in sections)
        return all(node is None or self.report.sound(node) for node in nodes)

    def _script(self) -> Script:
        """What the scenario says about the vendor's jobs, but for its cancel policy."""
        root, main = self.root, self.era.main
        limits = self.get(root, "limits")
        return Script(
            name=values.text(root.get("scenario")),
            courses=self._courses(main),
            items=self._items(root.get("items"), main),
            fields=values.json(self.get(root, "fields")) or {},
            limits=limits_in(limits, self.era, self.report),
            active=active_in(None if limits is None else limits.get("active")),
            jobs=self._jobs(),
            webhooks=hook_in(root.get("webhooks"), self.era, self.report),
        )

    def _faults(self, player: Player) -> tuple[Fault, ...]:
        """What goes wrong; a job may have a name that the play gives it."""
        listed = self.root.get("faults")
        names = player.cast.names if self._sound("jobs", "play") else None
        around = Around((self.era,), names)
        return () if listed is None else faults_in(listed.items, around, self.report)

    def _courses(self, kind: Kind) -> tuple[Course, ...]:
        courses: list[Course] = []
        listed = self.root.get("timelines")
        for entry in listed.items if listed is not None else ():
            timeline = self._jobs_timeline(entry.get("timeline"), kind)
            match = self.get(entry, "match")
            if timeline is not None and match is not None:
                courses.append(Course(timeline, values.json(match)))
        everyone = self._jobs_timeline(self.root.get("timeline"), kind)
        return (*courses, Course(everyone)) if everyone is not None else tuple(courses)

    def _jobs_timeline(self, node: Node | None, kind: Kind) -> Timeline | None:
        """A job's timeline; a batch's keeps to what its items can make of it."""
        timeline = self._timeline(node, kind.lifecycle)
        if timeline is not None and node is not None:
            lint.made_by_items((part for item in node.items for part in lint.parts(item)), kind, self.report)
        return timeline

    def _timeline(self, node: Node | None, lifecycle: Lifecycle) -> Timeline | None:
        """A timeline; None where it is absent or has a problem. Its sound steps are judged in any case."""
        if node is None:
            return None
        course = [part for item in node.items if self.report.sound(item) for part in lint.parts(item)]
        lint.names(self._of_unsound(node), lifecycle, self.report)
        if not lint.names(course, lifecycle, self.report) or not self.report.sound(node):
            return None
        lint.order(course, lifecycle, self.report)
        return self._steps(course)

    def _of_unsound(self, node: Node) -> list[Part]:
        """The states of steps with a problem in what stands beside them: a misspelt one is told in the same run."""
        unsound = [item for item in node.items if item.kind == "mapping" and not self.report.sound(item)]
        return [Part(key.text, value, value, value) for item in unsound for key, value in item.entries]

    def _steps(self, course: list[Part]) -> Timeline:
        return tuple(self._step(part) for part in course)

    def _step(self, part: Part) -> Step:
        details = part.details
        return Step(
            part.state,
            ENDLESS if part.stay is None else values.stay(part.stay, self.report),
            None if details is None else values.progress(details.get("progress")),
            NOTHING if details is None else values.json(details.get("fields")) or NOTHING,
            part.node.line,
        )

    def _items(self, node: Node | None, kind: Kind) -> tuple[ItemScript, ...]:
        if node is None:
            return ()
        if kind.batch is None:
            self.report.add("SCN050", f"a {kind.name} has no items", node, on_key=True)
            return ()
        items = tuple(self._item(item, kind, kind.batch.item) for item in node.items if item.kind == "mapping")
        lint.item_list(node, (item.copies for item in items), self.report)
        return items

    def _item(self, node: Node, kind: Kind, lifecycle: Lifecycle) -> ItemScript:
        outcome = self.get(node, "outcome")
        if outcome is not None:
            lint.outcome(outcome, kind, self.report)
        count = self.get(node, "count")
        shown = {name: values.json(self.get(node, name)) for name in ("error", "data") if node.get(name) is not None}
        return ItemScript(
            1 if count is None else int(count.value),
            self._timeline(node.get("timeline"), lifecycle),
            values.span(self.get(node, "queued"), self.report),
            values.span(self.get(node, "for"), self.report),
            values.text(outcome),
            shown or NOTHING,
        )

    def _jobs(self) -> tuple[SeededJob, ...]:
        listed = self.root.get("jobs")
        nodes = [] if listed is None else [node for node in listed.items if node.kind == "mapping"]
        jobs = tuple(self._job(node) for node in nodes)
        seen: set[tuple[str, str]] = set()
        for node, job in zip(nodes, jobs, strict=True):
            given = node.get("id")
            if given is not None and (job.kind, job.id) in seen:
                self.report.add("SCN049", f"a second job has the id {job.id!r}", given)
            seen.add((job.kind, job.id))
        return jobs

    def _job(self, node: Node) -> SeededJob:
        kind = self._kind(self.get(node, "kind"))
        given = self.get(node, "id")
        if kind is None:
            return SeededJob(values.text(given))
        if given is not None:
            lint.job_id(given, kind, self.report)
        return SeededJob(
            values.text(given),
            kind.name,
            self._jobs_timeline(node.get("timeline"), kind),
            self._items(node.get("items"), kind),
            values.json(self.get(node, "fields")) or NOTHING,
            values.json(self.get(node, "body")) or NOTHING,
            values.duration(self.get(node, "age"), self.report),
        )

    def _kind(self, node: Node | None) -> Kind | None:
        if node is None:
            return self.era.main
        kind = self.era.kinds.get(node.text)
        if kind is None:
            message = f"{self.era.vendor} has no jobs of the kind {node.text!r}{similar(node.text, self.era.kinds)}"
            self.report.add("SCN042", message, node, f"Kinds: {', '.join(self.era.kinds)}.")
        return kind

    def _cancel(self, node: Node | None, script: Script, moves: frozenset[str]) -> CancelScript | None:
        """The cancel policy, judged last: which states a job can be in hangs on everything else."""
        if node is None:
            return None
        kind = self.era.main
        sources, accept = node.get("from"), node.get("accept")
        listed = [] if sources is None else sources.items or [sources]
        cancel = CancelScript(
            None if sources is None else frozenset(item.text for item in listed),
            self._accepted(accept, kind.lifecycle),
            self._refusal(node.get("refuse")),
            node.get("race") is not None,
            _line(node),
            _line(node.get("refuse")),
        )
        lived = lint.livable(kind, replace(script, cancel=cancel), moves)
        told = self._sound(*_WITH_COURSES)
        lint.cancel_from(listed, kind, lived if told else None, self.report)
        if told and self.report.sound(node):
            lint.cancel_follow(accept or node, kind, cancel, lived, self.report)
        if told and self.report.sound(node):
            lint.cancel_outcomes(node, kind, cancel, lived, self.report)
        return cancel

    def _accepted(self, node: Node | None, lifecycle: Lifecycle) -> Timeline | None:
        """What an accepted cancel leads to; after `state: stay` comes the one terminal state that can."""
        if node is None:
            return None
        course = lint.parts(node)
        if not lint.names(course, lifecycle, self.report):
            return None
        ends = [name for name in lifecycle.next(course[-1].state) if name in lifecycle.terminal]
        ends = [name for name in ends if lifecycle.allows(course[-1].state, name, Trigger.TIME)]
        if node.kind == "mapping" and course[-1].stay is not None and len(ends) == 1:
            course.append(Part(ends[0], node))
        lint.order(course, lifecycle, self.report)
        return self._steps(course)

    def _refusal(self, node: Node | None) -> Scripted | None:
        if node is None:
            return None
        status = node.get("status")
        return Scripted(
            0 if status is None else int(status.value), values.json(node.get("body")), values.pairs(node.get("headers"))
        )


def _line(node: Node | None) -> int:
    """Where a key stands with its value; 0 for none."""
    return 0 if node is None else (node.key or node).line


def shown_statuses(script: Script) -> frozenset[str]:
    """The statuses that a script's fields show in place of the vendor's own."""
    timelines = [course.timeline for course in script.courses]
    timelines += [job.timeline for job in script.jobs if job.timeline is not None]
    shown = [step.fields for timeline in timelines for step in timeline]
    shown += [script.fields, *(job.fields for job in script.jobs)]
    return frozenset(str(fields["status"]) for fields in shown if "status" in fields)
