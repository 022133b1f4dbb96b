"""Loads a pack: reads the file, checks it by the grammar, and compiles each era to the values of a vendor.

All problems of a file are found in one run: those of its form, of the file and of each era with its overlays, and the
names in what can be read of it. What else the values mean is checked only in a file whose form is right.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from mockserver.core.instants import parse_instant
from mockserver.errors import MockError, Problem
from mockserver.packs.api_keys import compile_keys, key_parser
from mockserver.packs.call_checks import RequiredHeader
from mockserver.packs.described_answers import AnswerDescriber
from mockserver.packs.era_overlays import check_new_entries, era_roots
from mockserver.packs.errors import ErrorTable
from mockserver.packs.facts import facts_of
from mockserver.packs.fields import NO_FIELDS, FieldCompiler, RequestFields
from mockserver.packs.grammar import ERAS, FILE, PACK
from mockserver.packs.ids import compile_ids
from mockserver.packs.kinds import CompiledKind, KindCompiler, facts_with_job
from mockserver.packs.limits import compile_limit_headers, compile_limits
from mockserver.packs.lint_names import check_names
from mockserver.packs.mistakes import MistakeWords
from mockserver.packs.node_access import check_reference, child, creates_of, entries_of, member
from mockserver.packs.operations import OperationCompiler, compile_urls
from mockserver.packs.readable import ReadablePart
from mockserver.packs.rules import era_rules
from mockserver.packs.scope import EraTables, Place, Scope
from mockserver.packs.situations import SITUATION_OF_ERROR
from mockserver.packs.sources import Sources
from mockserver.packs.webhooks import compile_webhooks
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.scenario.reader import read_yaml, refuse_other_file
from mockserver.vendors.api import Era, JobKind, SdkVariable, Vendor
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.model import API_VERSION
from mockserver.vendors.webhook_keys import key_set_operation

_DEFAULT_TIME_FORMAT: Final = "iso-ms"


class PackSource(NamedTuple):
    """A pack whose form is right, not yet compiled."""

    root: Node
    eras: Node
    roots: Mapping[str, Node]
    """The whole pack of each era, by its date."""
    diagnostics: Diagnostics


def compile_pack(source: Path | str | bytes, file: str = "") -> Vendor:
    """Compile a pack from a file, or from a text for which messages use the name `file`.

    Raises `MockError` with all problems.
    """
    pack = read_pack(source, file)
    eras = compile_eras(pack)
    newest = list(pack.roots.values())[-1]
    return Vendor(
        name=values.as_text(newest.get("vendor")),
        title=values.as_text(newest.get("title")),
        eras=eras,
        snippet=_snippet(newest),
        sdk_variables=_sdk_variables(newest.get("sdk")),
        api=API_VERSION,
        own_key=compile_keys(newest.get("key"), pack.diagnostics)[0].own_key,
    )


def read_pack(source: Path | str | bytes, file: str = "") -> PackSource:
    """Read a pack and check its form by the grammar. Raises `MockError` with the problems of the form and of names."""
    root, diagnostics = read_yaml(source, file)
    refuse_other_file(root, diagnostics, "pack", "scenario")
    eras = root.get("eras")
    if eras is not None:
        ERAS.check(eras, diagnostics)
    if eras is None or not diagnostics.is_clean(eras):
        FILE.check(root, diagnostics)
        raise without_repeats(diagnostics.error())
    _check_dates(eras, diagnostics)
    roots = era_roots(root, eras)
    for era_root in roots.values():
        PACK.check(era_root, diagnostics)
    for before, after in pairwise((root, *roots.values())):
        check_new_entries(before, after, diagnostics)
    pack = PackSource(root, eras, roots, diagnostics)
    _raise_form_problems(pack)
    return pack


def compile_eras(pack: PackSource) -> tuple[Era, ...]:
    """Compile the eras of a pack. Raises `MockError` with all problems of its values."""
    compiled = [
        _EraCompiler(date, pack.eras, era_root, pack.diagnostics).compile() for date, era_root in pack.roots.items()
    ]
    found = pack.diagnostics.error()
    if found.problems:
        raise without_repeats(found)
    return tuple(compiled)


def _check_dates(eras: Node, diagnostics: Diagnostics) -> None:
    """Report dates that do not exist, and eras that are not in their order (PCK006)."""
    before = ""
    for key, era in eras.entries:
        if parse_instant(f"{key.text}T00:00:00Z") is None:
            diagnostics.add("PCK006", f"{key.text} is not a date", era, on_key=True)
        if key.text < before:
            hint = "The oldest era comes first: each is laid over the one before it."
            diagnostics.add("PCK006", f"the era of {key.text} stands behind that of {before}", era, hint, on_key=True)
        before = key.text


def _raise_form_problems(pack: PackSource) -> None:
    """Raise `MockError` with the problems of the form, if any, and then with wrong names in the rest too."""
    form = pack.diagnostics.error().problems
    if form:
        readable = ReadablePart(pack.roots.items(), pack.diagnostics)
        found = problems_of_meaning(pack._replace(roots=readable.roots))
        raise without_repeats(MockError(*form, *readable.certain(found)))


def problems_of_meaning(pack: PackSource) -> tuple[Problem, ...]:
    """Return what a pack whose form is right cannot be loaded with, and the names of members that nothing has."""
    diagnostics = Diagnostics(pack.diagnostics.file, pack.diagnostics.text)
    with suppress(MockError):
        compile_eras(pack._replace(diagnostics=diagnostics))
    check_names(pack.roots.values(), diagnostics)
    return diagnostics.error().problems


def without_repeats(error: MockError) -> MockError:
    """Return an error in which what several eras have in common is reported once."""
    # The hints may differ: the same value can stand at two places, which have other names.
    found: dict[tuple[Any, ...], Problem] = {}
    for problem in error.problems:
        found.setdefault((problem.code, problem.location, problem.message), problem)
    return MockError(*sorted(found.values(), key=_place))


def _place(problem: Problem) -> tuple[bool, int, int]:
    """Return where a problem stands in the file; what stands nowhere comes last."""
    return not problem.location.line, problem.location.line, problem.location.column


def _snippet(root: Node) -> Callable[[str, str], str]:
    text = values.as_text(root.get("snippet"), "curl ${url}").replace("${url}", "${url}" + _prefix(root))
    return lambda base_url, key: text.replace("${url}", base_url).replace("${key}", key)


def _prefix(root: Node) -> str:
    return values.as_text(root.get("prefix"))


def _sdk_variables(node: Node | None) -> tuple[SdkVariable, ...]:
    holds: dict[str, Literal["key", "url"]] = {"key": "key", "url": "url"}
    return tuple(
        SdkVariable(key.text, holds[member(each, "holds").text], values.as_text(each.get("read_by")))
        for key, each in entries_of(node)
    )


class _EraCompiler:
    """Compiles one era."""

    def __init__(self, date: str, eras: Node, root: Node, diagnostics: Diagnostics) -> None:
        self._date = date
        self._overlay = eras.get(date)
        self._root = root
        self._diagnostics = diagnostics
        self._vendor = values.as_text(root.get("vendor"))
        self._sources = Sources(root.get("sources"), date, diagnostics)
        self._tables = EraTables(
            diagnostics=diagnostics,
            time_format=values.as_text(root.get("time_format"), _DEFAULT_TIME_FORMAT),
            parts={key.text: value for key, value in entries_of(root.get("parts"))},
            ids=compile_ids(root.get("ids"), diagnostics),
            urls=compile_urls(root.get("operations"), about_job=True),
            addresses=compile_urls(root.get("operations"), about_job=False),
        )

    def compile(self) -> Era:
        """Compile the era; problems are reported, and the result counts only without any."""
        root = self._root
        errors_node = member(root, "errors")
        error_names = frozenset(key.text for key, value in entries_of(errors_node) if value.get("status") is not None)
        fields = FieldCompiler(root.get("fields"), self._diagnostics)
        requests = {key.text: fields.compile_request(node) for key, node in entries_of(root.get("requests"))}
        kinds = self._kinds(error_names, fields)
        main = next(iter(kinds.values()))
        scope = Scope(tables=self._tables, places=frozenset({Place.CALL}), kind=main.tables)
        errors = ErrorTable(errors_node, MistakeWords(root.get("mistakes"), scope), scope)
        headers = self._required_headers(errors)
        describer = AnswerDescriber(root, errors, self._tables, self._sources)
        compiler = OperationCompiler(self._tables, kinds, errors, fields, headers=headers, describer=describer)
        operations = [
            operation
            for key, node in entries_of(root.get("operations"))
            if (operation := compiler.compile(key.text, node, requests)) is not None
        ]
        forms = compile_keys(root.get("key"), self._diagnostics)
        job_kinds = {key: self._job_kind(kind, requests) for key, kind in kinds.items()}
        operations += (
            key_set_operation(kind.name, kind.webhooks.signature)
            for kind in job_kinds.values()
            if kind.webhooks is not None and isinstance(kind.webhooks.signature, Ed25519Headers)
        )
        names = frozenset(key.text for key, _ in entries_of(root.get("operations")))
        return Era(
            vendor=self._vendor,
            date=self._date,
            summary=values.as_text(child(self._overlay, "summary")),
            uncaptured=values.as_text(child(self._overlay, "uncaptured")),
            prefix=_prefix(root),
            operations=tuple(operations),
            kinds=job_kinds,
            parse_api_key=key_parser(forms),
            render_request_error=lambda call, error, detail: errors.render_situation(
                SITUATION_OF_ERROR[error], facts_of(call), detail
            ),
            render_status_error=lambda call, status, message: errors.render_status(
                status, facts_with_job(call, kinds), message
            ),
            error_reason=errors.parse_reason,
            auth_headers=forms[0].headers,
            usual_headers={each.name.lower(): next(iter(each.options), "mock") for each in headers if each.required},
            limits=compile_limits(root.get("limits"), names, self._tables),
            limit_headers=compile_limit_headers(root.get("limit_headers"), self._tables),
            supports_cancel=bool(main.cancel.table),
            notices=values.as_texts(root.get("notices")),
            rules=tuple(era_rules(root, self._sources)),
        )

    def _kinds(self, error_names: frozenset[str], fields: FieldCompiler) -> dict[str, CompiledKind]:
        compiler = KindCompiler(self._vendor, self._tables, error_names, self._sources, fields)
        entries = entries_of(self._root.get("kinds"))
        tables = {key.text: compiler.compile_tables(key.text, node) for key, node in entries}
        return {key.text: compiler.compile(tables[key.text], node, self._root.get("mistakes")) for key, node in entries}

    def _job_kind(self, kind: CompiledKind, requests: dict[str, RequestFields]) -> JobKind:
        """Return a kind with its webhooks and with the fields of its first create."""
        names = [values.as_text(create.get("request")) for create in creates_of(self._root, kind.name)]
        section = next(node for key, node in entries_of(self._root.get("kinds")) if key.text == kind.name)
        webhooks = compile_webhooks(section.get("webhooks"), kind, self._tables)
        return kind.job_kind(requests.get(next(iter(names), ""), NO_FIELDS), webhooks)

    def _required_headers(self, errors: ErrorTable) -> tuple[RequiredHeader, ...]:
        headers = []
        for key, header in entries_of(self._root.get("request_headers")):
            error = member(header, "error")
            check_reference(error, "error", errors.names, self._diagnostics)
            headers.append(
                RequiredHeader(
                    key.text, header.get("required") is not None, values.as_texts(header.get("options")), error.text
                )
            )
        return tuple(headers)
