"""Compiles a kind of job: from its section to the `JobKind` that the engine works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.timeline import Timeline
from mockserver.packs.batches import BatchItems
from mockserver.packs.cancel_rows import CONDITION_PREFIX, CancelCompiler, CancelRules
from mockserver.packs.deadlines import JobDeadline, compile_deadlines, compile_times
from mockserver.packs.facts import Facts, facts_of
from mockserver.packs.fields import FieldCompiler, RequestFields
from mockserver.packs.ids import IdForm
from mockserver.packs.item_checks import ItemCheckCompiler
from mockserver.packs.ledgers import compile_ledger
from mockserver.packs.lifecycles import compile_lifecycle
from mockserver.packs.mistakes import MistakeWords
from mockserver.packs.node_access import check_reference, checked_group, child, entries_of, member
from mockserver.packs.scope import EraTables, KindTables, NamedTime, Place, Scope
from mockserver.packs.sources import Sources
from mockserver.scenario import values
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.scenario.timelines import compile_own_timeline
from mockserver.vendors.api import Call, JobKind
from mockserver.vendors.batch_items import staggered_timeline
from mockserver.vendors.commands import JobSnapshot, find_job, snapshot
from mockserver.vendors.webhooks import WebhookSpec

JOB_PLACES: Final = frozenset({Place.JOB})


@dataclass(frozen=True, kw_only=True)
class CompiledKind:
    """A kind of job, compiled."""

    vendor: str
    tables: KindTables
    body: Node
    """What shows a job."""
    cancel: CancelRules
    deadlines: tuple[JobDeadline, ...]
    gone_states: frozenset[str]
    gone_at: NamedTime | None
    id_form: IdForm
    timeline: Timeline
    example: Mapping[str, Any]
    example_node: Node
    items: BatchItems | None
    active_limit: int

    @property
    def name(self) -> str:
        """The vendor's word for it."""
        return self.tables.name

    def snapshot(self, job: Job, at: Instant) -> JobSnapshot:
        """Replay a job up to an instant; a step without progress gets that of the kind's own course."""
        return self.with_progress(snapshot(job, at), at)

    def with_progress(self, now: JobSnapshot, at: Instant) -> JobSnapshot:
        """Return a snapshot whose step has the progress of the kind's own course, if it has none."""
        progress = self.tables.progress.get(now.state)
        if progress is None or now.span.step.progress is not None:
            return now
        span = now.span._replace(step=now.span.step._replace(progress=progress))
        ends = [end for end in (now.unchanged_until, span.unchanged_until(at)) if end is not None]
        return now._replace(span=span, unchanged_until=min(ends))

    def unchanged_until(self, now: JobSnapshot, at: Instant) -> Instant:
        """Return when time next changes what a job shows."""
        until = now.unchanged_until
        if not self.tables.times:
            return until
        instants = [time.instant(now) for time in self.tables.times.values()]
        return min([until, *(instant for instant in instants if instant is not None and instant > at)])

    def is_gone(self, now: JobSnapshot, at: Instant) -> bool:
        """Return whether a job is no longer found, although no call deleted it."""
        if now.state in self.gone_states:
            return True
        if self.gone_at is None:
            return False
        gone_at = self.gone_at.instant(now)
        return gone_at is not None and gone_at <= at

    def build_spec(self, body: Mapping[str, Any], request: RequestFields, call: Call | None = None) -> dict[str, Any]:
        """Return what is remembered of a create body; `call` is the create itself, if there is one."""
        with_defaults = request.with_defaults(body)
        spec: dict[str, Any] = {"request": with_defaults}
        for name in self.cancel.conditions:
            spec[CONDITION_PREFIX + name] = with_defaults.get(name)
        if self.items is not None:
            spec |= self.items.spec_of(with_defaults, call)
        return spec

    def job_kind(self, request: RequestFields, webhooks: WebhookSpec | None) -> JobKind:
        """Build the kind; `request` are the fields of its first create."""
        return JobKind(
            lifecycle=self.tables.lifecycle,
            timeline=self.timeline,
            new_id=lambda seed, number, created: self.id_form.make(seed, self.vendor, self.name, number, at=created),
            id_pattern=self.id_form.pattern,
            id_field=_member_with(self.body, "$id") or "id",
            status_field=_member_with(self.body, "$state"),
            build_spec=lambda body: self.build_spec(body, request),
            example=self.example,
            cancel_table=self.cancel.table,
            deadlines=tuple(each.rule for each in self.deadlines),
            vanishes_in=self.gone_states if self.gone_at is None else frozenset(self.tables.lifecycle.states),
            **self._parts_of_a_batch(),
            ledger=self.tables.ledger,
            webhooks=webhooks,
            active_limit=self.active_limit,
        )

    def _parts_of_a_batch(self) -> dict[str, Any]:
        if self.items is None:
            return {}
        return {
            "batch": self.items.rules,
            "items_field": self.items.member,
            "item_timeline": partial(staggered_timeline, self.items.rules),
            "adjust_item_timeline": self.items.adjust_timeline,
        }


def facts_with_job(call: Call, kinds: Mapping[str, CompiledKind]) -> Facts:
    """Return the facts of a call and, where it names one, of its job."""
    operation = call.operation
    job = operation and find_job(call, operation.kind, call.job_id)
    if not operation or not job:
        return facts_of(call)
    return facts_of(call, kinds[operation.kind].snapshot(job, call.now))


def _member_with(body: Node, name: str) -> str:
    """Return the member at the top of a kind's body that is the value of a name; empty where there is none."""
    return next((key.text for key, value in entries_of(body) if value.text == name), "")


class KindCompiler:
    """Compiles the kinds of one era."""

    def __init__(
        self, vendor: str, tables: EraTables, errors: frozenset[str], sources: Sources, fields: FieldCompiler
    ) -> None:
        self._vendor = vendor
        self._tables = tables
        self._errors = errors
        self._sources = sources
        self._fields = fields

    def compile_tables(self, name: str, node: Node) -> KindTables:
        """Compile what values name of a kind, except what is made of values itself."""
        diagnostics = self._tables.diagnostics
        tables = KindTables(name=name, lifecycle=compile_lifecycle(name, node, diagnostics), body=node.get("body"))
        tables.times = compile_times(node.get("times"), tables, diagnostics)
        tables.hidden_fields = frozenset(values.as_texts(node.get("hidden_fields")))
        return tables

    def compile(self, tables: KindTables, node: Node, mistakes: Node | None) -> CompiledKind:
        """Compile a kind; `mistakes` is the section of that name. Reports problems (PCK001 to PCK009)."""
        diagnostics = self._tables.diagnostics
        scope = Scope(tables=self._tables, places=JOB_PLACES, kind=tables)
        deadlines = compile_deadlines(node.get("deadlines"), tables, scope)
        tables.deadlines = {each.name: each.instant for each in deadlines}
        timeline = compile_own_timeline(member(node, "course"), tables.lifecycle, diagnostics)
        tables.progress = {step.state: step.progress for step in timeline if step.progress is not None}
        tables.ledger = compile_ledger(node.get("ledger"), tables, scope)
        id_node = member(node, "id")
        id_form = IdForm()
        if check_reference(id_node, "form of ids", self._tables.ids, diagnostics):
            id_form = self._tables.ids[id_node.text]
        words = MistakeWords(mistakes, scope)
        items = node.get("items")
        draining = values.as_text(child(items, "draining"))
        gone = node.get("gone")
        return CompiledKind(
            vendor=self._vendor,
            tables=tables,
            body=member(node, "body"),
            cancel=CancelCompiler(tables, self._errors, self._sources, diagnostics, draining).compile(
                node.get("cancel")
            ),
            deadlines=tuple(deadlines),
            gone_states=checked_group(child(gone, "states"), tables, diagnostics),
            gone_at=self._gone_at(gone, tables),
            id_form=id_form,
            timeline=timeline,
            example=node_to_json(member(node, "example")),
            example_node=member(node, "example"),
            items=BatchItems.compile(items, tables, ItemCheckCompiler(self._fields, words), diagnostics),
            active_limit=values.as_int(node.get("active_limit"), 0),
        )

    def _gone_at(self, node: Node | None, tables: KindTables) -> NamedTime | None:
        at = child(node, "at")
        if at is None or not check_reference(at, "time", tables.times, self._tables.diagnostics):
            return None
        return tables.times[at.text]
