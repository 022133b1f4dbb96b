"""From a scenario file to a `Scenario`: read, check the shape, give the words their values, hold them to the vendor.

All problems of a file are found in one run. A part with a problem in it is not looked at again, so a mistake is
told once; everything else is still judged. The vendors are passed in: this room knows what a vendor is, not which
there are.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from mockserver.core.lifecycle import Lifecycle
from mockserver.core.timeline import NOTHING
from mockserver.errors import nearest
from mockserver.scenario import lint, moments, values
from mockserver.scenario.cancel import Rest, cancel_in
from mockserver.scenario.cast import Cast, Seeds
from mockserver.scenario.faults.reading import Around, faults_in
from mockserver.scenario.hooks import hook_in
from mockserver.scenario.language import DEFAULT_SEED, SCENARIO
from mockserver.scenario.limits import active as active_in
from mockserver.scenario.limits import limits as limits_in
from mockserver.scenario.model import Scenario
from mockserver.scenario.nodes import Node
from mockserver.scenario.play import PlayReader
from mockserver.scenario.reader import read
from mockserver.scenario.report import Report
from mockserver.scenario.timelines import jobs_timeline, timeline
from mockserver.vendors.api import Era, Kind, Vendor
from mockserver.vendors.faults import Fault
from mockserver.vendors.script import Course, ItemScript, Script, SeededJob

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
        reader = PlayReader(self.era, report, seeds)
        play = reader.steps(root.get("play"))
        moves = frozenset(step.move for step in play if step.move)
        rest = Rest(script, moves, self._sound(*_WITH_COURSES))
        cancel = cancel_in(self.get(root, "cancel"), self.era.main, rest, report)
        if self._sound(*_WITH_COURSES, "cancel"):
            moments.reached(reader.moments, self.era, replace(script, cancel=cancel), moves, report)
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
            script=replace(script, cancel=cancel, faults=self._faults(reader.cast)),
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

    def _faults(self, cast: Cast) -> tuple[Fault, ...]:
        """What goes wrong; a job may have a name that the play gives it."""
        listed = self.root.get("faults")
        names = cast.names if self._sound("jobs", "play") else None
        around = Around((self.era,), names)
        return () if listed is None else faults_in(listed.items, around, self.report)

    def _courses(self, kind: Kind) -> tuple[Course, ...]:
        courses: list[Course] = []
        listed = self.root.get("timelines")
        for entry in listed.items if listed is not None else ():
            course = jobs_timeline(entry.get("timeline"), kind, self.report)
            match = self.get(entry, "match")
            if course is not None and match is not None:
                courses.append(Course(course, values.json(match)))
        everyone = jobs_timeline(self.root.get("timeline"), kind, self.report)
        return (*courses, Course(everyone)) if everyone is not None else tuple(courses)

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
            timeline(node.get("timeline"), lifecycle, self.report),
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
            jobs_timeline(node.get("timeline"), kind, self.report),
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
            message = f"{self.era.vendor} has no jobs of the kind {node.text!r}{nearest(node.text, self.era.kinds)}"
            self.report.add("SCN042", message, node, f"Kinds: {', '.join(self.era.kinds)}.")
        return kind


def shown_statuses(script: Script) -> frozenset[str]:
    """The statuses that a script's fields show in place of the vendor's own."""
    timelines = [course.timeline for course in script.courses]
    timelines += [job.timeline for job in script.jobs if job.timeline is not None]
    shown = [step.fields for timeline in timelines for step in timeline]
    shown += [script.fields, *(job.fields for job in script.jobs)]
    return frozenset(str(fields["status"]) for fields in shown if "status" in fields)
