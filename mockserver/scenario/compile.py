"""Compiles a scenario file to a `Scenario`: read, check the shape, build the values, check them against the vendor.

All problems of a file are found in one run. A part with a problem is not checked further, so that a mistake is reported
once; everything else is. The vendors are passed in: this package knows what a vendor is, not which ones exist.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.core.text import with_article
from mockserver.core.timeline import EMPTY_MAPPING, Timeline
from mockserver.scenario import lint, relative_times, values
from mockserver.scenario.cancel import ScenarioContext, compile_cancels
from mockserver.scenario.create_requests import CreateRequestCheck
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.compile import FaultContext, compile_faults
from mockserver.scenario.job_names import InitialJobs
from mockserver.scenario.language import DEFAULT_SEED, SCENARIO
from mockserver.scenario.limits import compile_active_limits, compile_limits
from mockserver.scenario.model import Scenario
from mockserver.scenario.nodes import Node
from mockserver.scenario.play import PlayCompiler
from mockserver.scenario.reader import read_yaml, refuse_other_file
from mockserver.scenario.timelines import compile_job_timeline, compile_timeline
from mockserver.scenario.webhooks import compile_endpoint
from mockserver.vendors.api import Era, JobKind, Role, Vendor
from mockserver.vendors.script import ItemScript, Script, SeededJob, TimelineRule

_TIMELINE_KEYS: Final = ("timeline", "timelines", "jobs")


def load_scenario(source: Path | str | bytes, vendors: Mapping[str, Vendor], *, file: str = "") -> Scenario:
    """Load the scenario in a file (a `Path`), or in a text, for which messages use the name `file`.

    `vendors` is every vendor by name. Raises `MockError` with all problems of the file.
    """
    root, diagnostics = read_yaml(source, file)
    refuse_other_file(root, diagnostics, "scenario", "pack")
    SCENARIO.check(root, diagnostics)
    era = lint.find_era(root.get("vendor"), vendors, diagnostics)
    # Without an era there is no table to check the rest against.
    if era is None:
        raise diagnostics.error()
    scenario = _ScenarioCompiler(root, era, vendors[era.vendor].eras, diagnostics).compile()
    diagnostics.raise_if_any()
    return scenario


class _ScenarioCompiler:
    """Compiles one file; `get_clean` returns only values without a problem."""

    def __init__(self, root: Node, era: Era, other_eras: tuple[Era, ...], diagnostics: Diagnostics) -> None:
        self.root = root
        self.era = era
        self.other_eras = other_eras
        self.diagnostics = diagnostics
        self.bodies: list[tuple[Node, SeededJob]] = []
        """The create requests of seeded jobs, and the jobs."""
        self.items: list[tuple[Node, JobKind, tuple[ItemScript, ...]]] = []
        """The lists of items, and the kind of batch that each describes."""
        self.named_kinds: list[tuple[Node, JobKind]] = []
        """Each `kind:` of an entry about all jobs of that kind."""

    def get_clean(self, node: Node, name: str) -> Node | None:
        """Return a key's value, or None where it is absent or has a problem."""
        value = node.get(name)
        if value is None or not self.diagnostics.is_clean(value):
            return None
        return value

    def compile(self) -> Scenario:
        """Compile the scenario; the result counts only if no problem is reported."""
        root, diagnostics = self.root, self.diagnostics
        script = self._script()
        creates = CreateRequestCheck((self.era, *reversed(self.other_eras)), script._replace(jobs=()), self.diagnostics)
        for node, kind, items in self.items:
            if diagnostics.is_clean(node):
                creates.check_items(node, kind, items)
        # A body cannot be judged with items that no create can have.
        if all(diagnostics.is_clean(node) for node, _, _ in self.items):
            for node, job in self.bodies:
                creates.check_job(node, job)
        # The play comes after the jobs that it uses, and before the cancel policy and the awaited states: these depend
        # on the states that the play moves jobs to.
        initial_jobs = InitialJobs(script.jobs, self._is_clean("jobs"), statuses_in_fields(script))
        play_compiler = PlayCompiler(self.era, diagnostics, initial_jobs)
        play = play_compiler.compile_steps(root.get("play"))
        creates.check_play(play_compiler.requests)
        moves = frozenset(step.move for step in play if step.move)
        rest = ScenarioContext(script, moves, self._is_clean(*_TIMELINE_KEYS))
        cancels = compile_cancels(self.get_clean(root, "cancel"), self.era, rest, diagnostics)
        script = script._replace(cancels=cancels)
        if self._is_clean(*_TIMELINE_KEYS, "cancel"):
            awaited = play_compiler.awaited_states
            relative_times.check_awaited_states(awaited, self.era, script, play, diagnostics)
        # A fault may be about a job that the play names.
        names = play_compiler.job_names.kind_by_name if self._is_clean("jobs", "play") else None
        context = FaultContext((self.era,), names)
        faults = compile_faults(values.items_of(root.get("faults")), context, diagnostics)
        off_contract = self.get_clean(root, "off_contract")
        return Scenario(
            name=values.as_text(root.get("scenario")),
            vendor=self.era.vendor,
            title=values.as_text(root.get("title")),
            source=values.as_text(root.get("source")),
            catches=values.as_text(root.get("catches")),
            date=values.as_text(root.get("vendor")).partition("@")[2],
            seed=values.as_text(root.get("seed"), DEFAULT_SEED),
            clock=values.as_clock_settings(self.get_clean(root, "clock"), diagnostics),
            script=script._replace(faults=faults),
            play=play,
            off_contract=dict(values.as_pairs(off_contract)),
            path=diagnostics.file,
            text=diagnostics.text,
        )

    def _is_clean(self, *sections: str) -> bool:
        nodes = (self.root.get(section) for section in sections)
        return all(node is None or self.diagnostics.is_clean(node) for node in nodes)

    def _script(self) -> Script:
        """Compile what the scenario changes in the vendor's behaviour, except the cancel policy and the faults."""
        root, main = self.root, self.era.main_kind
        limits = self.get_clean(root, "limits")
        rules: list[TimelineRule] = []
        for entry in values.items_of(root.get("timelines")):
            kind = self._kind_of(entry, main)
            if kind is None:
                continue
            timeline = self._timeline(entry.get("timeline"), kind)
            if timeline is None or not self.diagnostics.is_clean(entry):
                continue
            calls = frozenset(int(item.value) for item in values.one_or_more(entry.get("call")))
            rule = TimelineRule(timeline, values.as_json_value(entry.get("match")), calls, kind.name)
            lint.check_timeline_rule(entry, rule, rules, main, self.diagnostics)
            rules.append(rule)
        # The first rule that matches applies: the one for all jobs comes last.
        default = self._timeline(root.get("timeline"), main)
        if default is not None:
            rules.append(TimelineRule(default, kind=main.name))
        # Of an era with several kinds of job, `items` describe the kind that has them.
        item_kind = next((kind for kind in self.era.kinds.values() if kind.batch is not None), main)
        jobs = self._jobs()
        items = self._items_by_kind(root.get("items"), item_kind, rules)
        fields = self._fields(self.get_clean(root, "fields"))
        self._check_reached(jobs)
        return Script(
            name=values.as_text(root.get("scenario")),
            timeline_rules=tuple(rules),
            items=items,
            fields=fields,
            limits=compile_limits(limits, self.era, self.diagnostics),
            active_limits=compile_active_limits(limits, self.era, self.diagnostics),
            jobs=jobs,
            webhook_endpoint=compile_endpoint(root.get("webhooks"), self.era, self.diagnostics),
        )

    def _timeline(self, node: Node | None, kind: JobKind) -> Timeline | None:
        return compile_job_timeline(node, kind, self.era, self.diagnostics)

    def _kind_of(self, node: Node, default: JobKind) -> JobKind | None:
        """Return the kind of job that an entry is about, and note that it names it."""
        named = node.get("kind")
        kind = default if named is None else lint.find_kind(named, self.era, self.diagnostics)
        if named is not None and kind is not None:
            self.named_kinds.append((named, kind))
        return kind

    def _check_reached(self, jobs: tuple[SeededJob, ...]) -> None:
        """Report an entry about a kind of job that neither `jobs` nor any request creates (SCN086)."""
        seeded = {job.kind for job in jobs}
        for node, kind in self.named_kinds:
            if kind.name not in seeded and self.era.operation_of(kind.name, Role.CREATE) is None:
                message = f"there is never {with_article(kind.name)}: no request of {self.era.pin} creates one"
                self.diagnostics.add("SCN086", message, node, "Add one under `jobs:`.")

    def _fields(self, node: Node | None) -> dict[str, Mapping[str, Any]]:
        """Compile the values that the bodies of all jobs show, by the kind of job."""
        if node is None:
            return {}
        shown: dict[str, Mapping[str, Any]] = {}
        main = self.era.main_kind
        entries = [(main, node)]
        if node.node_type == "sequence":
            entries = []
            for entry in node.items:
                kind = self._kind_of(entry, main)
                fields = entry.get("fields")
                if kind is not None and fields is not None:
                    entries.append((kind, fields))
        for kind, fields in entries:
            lint.check_constant_status(fields, kind, self.diagnostics)
            shown[kind.name] = {**shown.get(kind.name, {}), **values.as_json_value(fields)}
        return shown

    def _items_by_kind(self, node: Node | None, default: JobKind, rules: list[TimelineRule]) -> tuple[ItemScript, ...]:
        """Compile the scenario's items, each with the kind of batch that it belongs to."""
        if node is None:
            return ()
        by_kind: dict[str, list[Node]] = {}
        for item in node.items:
            kind = self._kind_of(item, default)
            if kind is not None:
                by_kind.setdefault(kind.name, []).append(item)
        items: list[ItemScript] = []
        for name, nodes in by_kind.items():
            kind = self.era.kinds[name]
            if kind.batch and any(rule.kind == name for rule in rules):
                batch = with_article(name)
                message = f"a timeline and `items` exclude each other: the state of {batch} derives from its items"
                self.diagnostics.add("SCN027", message, node, "Keep one of the two.", on_key=True)
            items += (item._replace(kind=name) for item in self._items(node, kind, nodes))
        return tuple(items)

    def _items(self, node: Node | None, kind: JobKind, nodes: Sequence[Node] | None = None) -> tuple[ItemScript, ...]:
        """Compile the items of a kind of batch: those of a list, or some of them."""
        if node is None:
            return ()
        if kind.batch is None:
            self.diagnostics.add("SCN050", f"{with_article(kind.name)} has no items", node, on_key=True)
            return ()
        items: list[ItemScript] = []
        for item in node.items if nodes is None else nodes:
            if item.node_type != "mapping":
                continue
            outcome = self.get_clean(item, "outcome")
            if outcome is not None:
                lint.check_outcome(outcome, kind, self.diagnostics)
            results = [name for name in ("error", "data") if item.get(name) is not None]
            script = ItemScript(
                copies=values.as_int(self.get_clean(item, "count"), 1),
                timeline=compile_timeline(item.get("timeline"), kind.batch.item, self.diagnostics),
                queued=values.as_duration_range(self.get_clean(item, "queued"), self.diagnostics),
                work=values.as_duration_range(self.get_clean(item, "for"), self.diagnostics),
                outcome=values.as_text(outcome),
                fields={name: values.as_json_value(self.get_clean(item, name)) for name in results} or EMPTY_MAPPING,
            )
            items.append(script)
        lint.check_item_count(node, (item.copies for item in items), self.diagnostics)
        self.items.append((node, kind, tuple(items)))
        return tuple(items)

    def _jobs(self) -> tuple[SeededJob, ...]:
        jobs: list[SeededJob] = []
        ids: set[tuple[str, str]] = set()
        for node in values.items_of(self.root.get("jobs")):
            if node.node_type != "mapping":
                continue
            id_node = self.get_clean(node, "id")
            job = SeededJob(values.as_text(id_node))
            kind = lint.find_kind(node.get("kind"), self.era, self.diagnostics)
            if kind is not None:
                lint.check_constant_status(self.get_clean(node, "fields"), kind, self.diagnostics)
                if id_node is not None:
                    lint.check_job_id(id_node, kind, self.diagnostics)
                job = SeededJob(
                    id=job.id,
                    kind=kind.name,
                    timeline=self._timeline(node.get("timeline"), kind),
                    items=self._items(node.get("items"), kind),
                    fields=values.as_json_value(self.get_clean(node, "fields")) or EMPTY_MAPPING,
                    body=values.as_json_value(self.get_clean(node, "body")) or EMPTY_MAPPING,
                    age=values.as_duration(self.get_clean(node, "age"), self.diagnostics),
                )
                body = self.get_clean(node, "body")
                if body is not None:
                    self.bodies.append((body, job))
            id_node = node.get("id")
            if id_node is not None and (job.kind, job.id) in ids:
                self.diagnostics.add("SCN049", f"a second job has the id {job.id!r}", id_node)
            ids.add((job.kind, job.id))
            jobs.append(job)
        return tuple(jobs)


def statuses_in_fields(script: Script) -> frozenset[str]:
    """Return the statuses that a script's fields show in place of the vendor's own."""
    timelines = [rule.timeline for rule in script.timeline_rules]
    timelines += [job.timeline for job in script.jobs if job.timeline is not None]
    shown = [step.fields for timeline in timelines for step in timeline]
    shown += [*script.fields.values(), *(job.fields for job in script.jobs)]
    return frozenset(str(fields["status"]) for fields in shown if "status" in fields)
