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
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.errors import did_you_mean
from mockserver.scenario import lint, relative_times, values
from mockserver.scenario.cancel import ScenarioContext, compile_cancel
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.compile import FaultContext, compile_faults
from mockserver.scenario.job_names import InitialJobs, JobNames
from mockserver.scenario.language import DEFAULT_SEED, SCENARIO
from mockserver.scenario.limits import compile_active_limit as active_in
from mockserver.scenario.limits import compile_limits as limits_in
from mockserver.scenario.model import Scenario
from mockserver.scenario.nodes import Node
from mockserver.scenario.play import PlayCompiler
from mockserver.scenario.reader import read_yaml
from mockserver.scenario.timelines import compile_job_timeline, compile_timeline
from mockserver.scenario.webhooks import compile_endpoint
from mockserver.vendors.api import Era, JobKind, Vendor
from mockserver.vendors.faults import Fault
from mockserver.vendors.script import ItemScript, Script, SeededJob, TimelineRule

_TIMELINE_KEYS: Final = ("timeline", "timelines", "jobs")


def load_scenario(source: Path | str | bytes, vendors: Mapping[str, Vendor], *, file: str = "") -> Scenario:
    """The scenario in a file (a `Path`), or in a text that messages call `file`.

    `vendors` is every vendor by name. Raises `MockError` with all problems of the file.
    """
    root, report = read_yaml(source, file)
    SCENARIO.check(root, report)
    era = lint.find_era(root.get("vendor"), vendors, report)
    if era is None:
        raise report.error()
    scenario = _ScenarioCompiler(root, era, report).compile()
    report.raise_if_any()
    return scenario


class _ScenarioCompiler:
    """One file on its way to a `Scenario`; `get` hands out only what is sound."""

    def __init__(self, root: Node, era: Era, diagnostics: Diagnostics) -> None:
        self.root = root
        self.era = era
        self.diagnostics = diagnostics

    def get_clean(self, node: Node, name: str) -> Node | None:
        """A key's value, unless it is absent or has a problem in it."""
        value = node.get(name)
        return value if value is not None and self.diagnostics.is_clean(value) else None

    def compile(self) -> Scenario:
        """The whole; worth something only if the report stays empty."""
        root, report = self.root, self.diagnostics
        script = self._script()
        seeds = InitialJobs(script.jobs, self._is_clean("jobs"), statuses_in_fields(script))
        reader = PlayCompiler(self.era, report, seeds)
        play = reader.compile_steps(root.get("play"))
        moves = frozenset(step.move for step in play if step.move)
        rest = ScenarioContext(script, moves, self._is_clean(*_TIMELINE_KEYS))
        cancel = compile_cancel(self.get_clean(root, "cancel"), self.era.main_kind, rest, report)
        if self._is_clean(*_TIMELINE_KEYS, "cancel"):
            relative_times.check_awaited_states(
                reader.awaited_states, self.era, replace(script, cancel=cancel), moves, report
            )
        off_contract = self.get_clean(root, "off_contract")
        return Scenario(
            name=values.as_text(root.get("scenario")),
            vendor=self.era.vendor,
            title=values.as_text(root.get("title")),
            source=values.as_text(root.get("source")),
            catches=values.as_text(root.get("catches")),
            date=values.as_text(root.get("vendor")).partition("@")[2],
            seed=values.as_text(root.get("seed"), DEFAULT_SEED),
            clock=values.as_clock_settings(self.get_clean(root, "clock"), report),
            script=replace(script, cancel=cancel, faults=self._faults(reader.job_names)),
            play=play,
            off_contract=dict(values.as_pairs(off_contract)),
            path=report.file,
            text=report.text,
        )

    def _is_clean(self, *sections: str) -> bool:
        nodes = (self.root.get(section) for section in sections)
        return all(node is None or self.diagnostics.is_clean(node) for node in nodes)

    def _script(self) -> Script:
        """What the scenario says about the vendor's jobs, but for its cancel policy."""
        root, main = self.root, self.era.main_kind
        limits = self.get_clean(root, "limits")
        return Script(
            name=values.as_text(root.get("scenario")),
            timeline_rules=self._timelines(main),
            items=self._items(root.get("items"), main),
            fields=values.as_json_value(self.get_clean(root, "fields")) or {},
            limits=limits_in(limits, self.era, self.diagnostics),
            active_limit=active_in(None if limits is None else limits.get("active")),
            jobs=self._jobs(),
            webhook_endpoint=compile_endpoint(root.get("webhooks"), self.era, self.diagnostics),
        )

    def _faults(self, job_names: JobNames) -> tuple[Fault, ...]:
        """What goes wrong; a job may have a name that the play gives it."""
        listed = self.root.get("faults")
        names = job_names.kind_by_name if self._is_clean("jobs", "play") else None
        around = FaultContext((self.era,), names)
        return () if listed is None else compile_faults(listed.items, around, self.diagnostics)

    def _timelines(self, kind: JobKind) -> tuple[TimelineRule, ...]:
        courses: list[TimelineRule] = []
        listed = self.root.get("timelines")
        for entry in listed.items if listed is not None else ():
            course = compile_job_timeline(entry.get("timeline"), kind, self.diagnostics)
            match = self.get_clean(entry, "match")
            if course is not None and match is not None:
                courses.append(TimelineRule(course, values.as_json_value(match)))
        everyone = compile_job_timeline(self.root.get("timeline"), kind, self.diagnostics)
        return (*courses, TimelineRule(everyone)) if everyone is not None else tuple(courses)

    def _items(self, node: Node | None, kind: JobKind) -> tuple[ItemScript, ...]:
        if node is None:
            return ()
        if kind.batch is None:
            self.diagnostics.add("SCN050", f"a {kind.name} has no items", node, on_key=True)
            return ()
        items = tuple(self._item(item, kind, kind.batch.item) for item in node.items if item.node_type == "mapping")
        lint.check_item_count(node, (item.copies for item in items), self.diagnostics)
        return items

    def _item(self, node: Node, kind: JobKind, lifecycle: Lifecycle) -> ItemScript:
        outcome = self.get_clean(node, "outcome")
        if outcome is not None:
            lint.check_outcome(outcome, kind, self.diagnostics)
        count = self.get_clean(node, "count")
        shown = {
            name: values.as_json_value(self.get_clean(node, name))
            for name in ("error", "data")
            if node.get(name) is not None
        }
        return ItemScript(
            1 if count is None else int(count.value),
            compile_timeline(node.get("timeline"), lifecycle, self.diagnostics),
            values.as_duration_range(self.get_clean(node, "queued"), self.diagnostics),
            values.as_duration_range(self.get_clean(node, "for"), self.diagnostics),
            values.as_text(outcome),
            shown or EMPTY_MAPPING,
        )

    def _jobs(self) -> tuple[SeededJob, ...]:
        listed = self.root.get("jobs")
        nodes = [] if listed is None else [node for node in listed.items if node.node_type == "mapping"]
        jobs = tuple(self._job(node) for node in nodes)
        seen: set[tuple[str, str]] = set()
        for node, job in zip(nodes, jobs, strict=True):
            given = node.get("id")
            if given is not None and (job.kind, job.id) in seen:
                self.diagnostics.add("SCN049", f"a second job has the id {job.id!r}", given)
            seen.add((job.kind, job.id))
        return jobs

    def _job(self, node: Node) -> SeededJob:
        kind = self._kind(self.get_clean(node, "kind"))
        given = self.get_clean(node, "id")
        if kind is None:
            return SeededJob(values.as_text(given))
        if given is not None:
            lint.check_job_id(given, kind, self.diagnostics)
        return SeededJob(
            values.as_text(given),
            kind.name,
            compile_job_timeline(node.get("timeline"), kind, self.diagnostics),
            self._items(node.get("items"), kind),
            values.as_json_value(self.get_clean(node, "fields")) or EMPTY_MAPPING,
            values.as_json_value(self.get_clean(node, "body")) or EMPTY_MAPPING,
            values.as_duration(self.get_clean(node, "age"), self.diagnostics),
        )

    def _kind(self, node: Node | None) -> JobKind | None:
        if node is None:
            return self.era.main_kind
        kind = self.era.kinds.get(node.text)
        if kind is None:
            message = (
                f"{self.era.vendor} has no jobs of the kind {node.text!r}{did_you_mean(node.text, self.era.kinds)}"
            )
            self.diagnostics.add("SCN042", message, node, f"Kinds: {', '.join(self.era.kinds)}.")
        return kind


def statuses_in_fields(script: Script) -> frozenset[str]:
    """The statuses that a script's fields show in place of the vendor's own."""
    timelines = [course.timeline for course in script.timeline_rules]
    timelines += [job.timeline for job in script.jobs if job.timeline is not None]
    shown = [step.fields for timeline in timelines for step in timeline]
    shown += [script.fields, *(job.fields for job in script.jobs)]
    return frozenset(str(fields["status"]) for fields in shown if "status" in fields)
