"""A capture: one vendor's API in one era, as an OpenAPI 3.1 document without references to other documents.

Theory of operation. A document is read once and checked (every `$ref` starts with `#` and leads somewhere), and its
operations are indexed by method and path. Everything else is looked up by JSON pointer when an exchange needs it: the
pointer is also the source that a finding quotes, and the key of cached validators.

An era is named by the date on which its behaviour began; a date selects the newest era that is not later.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from mockserver.contract.documents.derived import DERIVED_FROM, DerivedContract, derived_contract
from mockserver.contract.documents.openapi import check_version, find_schema_bomb
from mockserver.contract.documents.places import CAPTURES_FOLDER, contract_folder, eras_in
from mockserver.contract.documents.refs import follow_refs, value_at_pointer, value_at_token
from mockserver.contract.documents.servers import Server, documented_servers
from mockserver.contract.documents.strict_yaml import read_yaml, read_yaml_file
from mockserver.contract.documents.structure import METHODS, DocumentStructure, read_structure
from mockserver.contract.documents.waivers import Waiver, read_waivers
from mockserver.core.instants import parse_instant
from mockserver.core.path_templates import literal_length, parse_segment
from mockserver.core.pointer import escape_token
from mockserver.errors import Location, MockError, Problem, did_you_mean, refuse

_CALL_FIELDS: Final = ("paths", "webhooks")
"""Fields of a document with calls: OpenAPI 3.1 needs one of them."""
_NO_SERVERS: Final[Mapping[str, Any]] = {"servers": ()}
_STATUS_RANGE: Final = re.compile(r"[1-5]xx")
OFF_PAGE_BASES: Final = ("runtime", "inferred")
"""Bases (`x-basis`) that are no promise of the vendor's: seen in its service, or concluded."""


class DocumentedAnswer(NamedTuple):
    """One documented response of an operation, its `$ref` followed."""

    status: str
    """`200`, `4XX` (whether the document has capitals or not) or `default`."""
    pointer: str
    body: Mapping[str, Any]

    @property
    def basis(self) -> str | None:
        """page, prose, spec, runtime or inferred (`x-basis`); None if the document has none."""
        return self.body.get("x-basis")

    @property
    def note(self) -> str | None:
        """The document's remark (`x-note`), one sentence; None if there is none."""
        return self.body.get("x-note")


@dataclass(frozen=True, eq=False)
class DocumentedOperation:
    """One method and path of a capture."""

    method: str
    """Upper case."""
    template: str
    """The path with its parameters in braces, as the fake serves it: `/v1/videos/{video_id}`."""
    pointer: str
    """The pointer of the operation object; for an alias path, that of the path it is an alias of."""
    body: Mapping[str, Any]
    answers: Mapping[str, DocumentedAnswer]
    servers: tuple[Server, ...] = ()
    """Where it can be called: its own servers, else those of its path, else those of the document."""

    @property
    def full_templates(self) -> tuple[str, ...]:
        """The template behind the path of each server, each once; the template itself if no server is known."""
        return tuple(dict.fromkeys(server.base_path + self.template for server in self.servers)) or (self.template,)

    @cached_property
    def id(self) -> str:
        """The operationId, or `GET /path` if the document has none."""
        return str(self.body.get("operationId") or f"{self.method} {self.template}")

    def answer(self, status: int) -> DocumentedAnswer | None:
        """Return the answer documented for a status: its own, that of its range (`4XX`), or `default`."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((self.answers[key] for key in keys if key in self.answers), None)


class OperationMatch(NamedTuple):
    """An operation and the parameters of its path."""

    operation: DocumentedOperation
    params: Mapping[str, str]


_MAX_MATCHES: Final = 512
"""Pairs of method and path whose operation is kept."""


@dataclass(frozen=True, eq=False)
class Capture:
    """One document with its operations and waivers."""

    vendor: str
    era: str
    document: Mapping[str, Any] = field(repr=False)
    waivers: tuple[Waiver, ...] = ()
    is_derived: bool = False
    """True if it is no capture: it derives from the vendor's own tables."""
    _values_by_pointer: dict[str, Any] = field(default_factory=dict, repr=False)
    """Values by pointer, a cache: a judge looks up the same few places again and again."""
    merged_schemas: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Merged schemas by place, a cache of `schema.undeclared`."""
    shapes: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Shapes by place, a cache of `schema.shape`."""
    _caches: dict[str, dict[Any, Any]] = field(default_factory=dict, repr=False)

    def cache(self, name: str) -> dict[Any, Any]:
        """Return the mapping in which a module keeps what it has computed from the document, empty at first."""
        return self._caches.setdefault(name, {})

    @property
    def name(self) -> str:
        """`phaseo@2026-08-10`."""
        return f"{self.vendor}@{self.era}" if self.era else self.vendor

    @cached_property
    def operations(self) -> tuple[DocumentedOperation, ...]:
        """Every operation of `paths`, aliases included, in the document's order."""
        templates = [template for template in self.document.get("paths", {}) if not template.startswith("x-")]
        return tuple(
            operation
            for template in templates
            for operation in self.path_operations("#/paths/" + escape_token(template), template)
        )

    def path_operations(self, pointer: str, template: str) -> Iterator[DocumentedOperation]:
        """Yield the operations of the path item at a pointer, in the order of `METHODS`."""
        place, item = self.follow(pointer)
        for method in METHODS:
            if method not in item:
                continue
            operation, body = f"{place}/{method}", item[method]
            answers = {}
            for status in body.get("responses", {}):
                if not status.startswith("x-"):
                    name = _STATUS_RANGE.sub(lambda found: found[0].upper(), status)
                    at = f"{operation}/responses/{escape_token(status)}"
                    answers[name] = DocumentedAnswer(name, *self.follow(at))
            servers = next(each["servers"] for each in (body, item, self.document, _NO_SERVERS) if "servers" in each)
            yield DocumentedOperation(
                method=method.upper(),
                template=template,
                pointer=operation,
                body=body,
                answers=answers,
                servers=documented_servers(servers),
            )

    def find(self, method: str, path: str) -> DocumentedOperation | None:
        """Return the operation of a request (`path` percent-encoded), or None; HEAD finds the operation of GET.

        A literal segment wins over a parameter: `/v1/videos/models` is not a video called models. The path may begin
        with that of a server, or without it, as at a stand-in.
        """
        found = self._match(method, path)
        return found and found.operation

    @cached_property
    def match(self) -> Callable[[str, str], OperationMatch | None]:
        """Returns the operation that `find` returns, with the decoded parameters of its path; the latest are kept."""
        return lru_cache(maxsize=_MAX_MATCHES)(self._match)

    def _match(self, method: str, path: str) -> OperationMatch | None:
        method = method.upper()
        if method == "HEAD":
            method = "GET"
        segments = path.split("/")
        for parts, operation in self._by_method_and_length.get((method, len(segments)), ()):
            params = _match_template(parts, segments)
            if params is not None:
                return OperationMatch(operation, params)
        return None

    @cached_property
    def _by_method_and_length(self) -> dict[tuple[str, int], list[tuple[list[str], DocumentedOperation]]]:
        """Operations by method and number of segments.

        Templates behind a server's path come first, then those with the fewest parameters: literals win. Of as many,
        the one with more text around them wins: `{id}:cancel` is not an id.
        """
        templates = [(template, each) for each in self.operations for template in each.full_templates]
        templates.sort(key=_looseness)
        known = {(each.method, template) for template, each in templates}
        others = [(each.template, each) for each in self.operations if (each.method, each.template) not in known]
        templates += sorted(others, key=_looseness)
        found: dict[tuple[str, int], list[tuple[list[str], DocumentedOperation]]] = {}
        for template, operation in templates:
            parts = template.split("/")
            found.setdefault((operation.method, len(parts)), []).append((parts, operation))
        return found

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods documented for a path, in the document's order."""
        return tuple(
            method
            for method in dict.fromkeys(each.method for each in self.operations)
            if (found := self.match(method, path)) is not None and found.operation.method == method
        )

    def nearest(self, method: str, path: str) -> str:
        """Return ` (did you mean 'GET /v1/videos/{video_id}'?)` for the closest documented call, or an empty text."""
        return did_you_mean(f"{method.upper()} {path}", (f"{op.method} {op.template}" for op in self.operations))

    def at(self, pointer: str) -> Any:
        """Return the value at a JSON pointer (`#/components/...`), cached. Raises LookupError if it is absent."""
        known = self._values_by_pointer
        if pointer not in known:
            # A step from the value around it, which was most likely looked up before.
            outer, slash, token = pointer.rpartition("/")
            known[pointer] = value_at_token(self.at(outer), token) if slash else self.document
        return known[pointer]

    def follow(self, pointer: str) -> tuple[str, Any]:
        """Return the pointer and value that a pointer leads to after every `$ref` there."""
        return follow_refs(self.document, pointer)


def _looseness(operation: tuple[str, DocumentedOperation]) -> tuple[int, int]:
    template, _ = operation
    return template.count("{"), -literal_length(template)


def _match_template(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    """Return the decoded parameters if the segments of a path fit those of a template, of equal number; else None."""
    params = {}
    for part, segment in zip(parts, segments, strict=True):
        text = unquote(segment)
        parameter = parse_segment(part)
        if parameter is None:
            if part != text:
                return None
            continue
        value = parameter.value_in(text)
        if value is None:
            return None
        params[parameter.name] = value  # the name is empty for a variable in a server's path
    return params


def parse_capture(document: Any, vendor: str, era: str, file: str = "", waivers: tuple[Waiver, ...] = ()) -> Capture:
    """Return the capture of a parsed document, which is then the capture's own: it may be repaired in place.

    Raises `MockError`: CON003 for a document that is not OpenAPI 3, has a value of a wrong type or a schema bomb,
    CON004 for a `$ref` that leaves it or leads nowhere, CON009 for another version of OpenAPI.
    """
    if isinstance(document, dict):
        check_version(document, file)
    if not isinstance(document, dict) or not any(isinstance(document.get(key), dict) for key in _CALL_FIELDS):
        message = "this is not an OpenAPI document: it has no `paths`"
        hint = "Give an OpenAPI 3 document as YAML or JSON, or a bundled contract such as phaseo@2026-08-10."
        raise refuse("CON003", message, hint, Location(file))
    structure = read_structure(document)
    problems = [*_ref_problems(structure, document, file)]
    problems += (Problem("CON003", each.message, "", Location(file, pointer=each.pointer)) for each in structure.flaws)
    if problems:
        raise MockError(*problems)
    bomb = find_schema_bomb(structure.schemas, lambda target: value_at_pointer(document, target))
    if bomb is not None:
        message = f"{bomb.pointer}: from this schema on, {bomb.message}"
        hint = "Merge schemas that extend each other, or list their alternatives in one place."
        raise refuse("CON003", message, hint, Location(file, pointer=bomb.pointer))
    return Capture(vendor, era, document, waivers)


def parse_derived(document: Any, vendor: str, era: str) -> Capture:
    """Return the capture of a document that was derived from a vendor's tables."""
    return replace(parse_capture(document, vendor, era, DERIVED_FROM), is_derived=True)


def _ref_problems(structure: DocumentStructure, document: Any, file: str) -> Iterator[Problem]:
    """Yield a problem (CON004) for every `$ref` that leaves the document or leads nowhere: nothing is ever fetched."""
    for ref in structure.refs:
        location = Location(file, pointer=ref.pointer)
        if ref.target != "#" and not ref.target.startswith("#/"):
            hint = "Copy what it refers to into `components` and refer to it as '#/components/...'."
            yield Problem("CON004", f"{ref.pointer}: the $ref {ref.target!r} leaves the document", hint, location)
            continue
        try:
            value_at_pointer(document, ref.target)
        except (LookupError, TypeError, ValueError):
            yield Problem("CON004", f"{ref.pointer}: the $ref {ref.target!r} leads nowhere", location=location)


def read_capture(path: Path, data: bytes | None = None) -> Capture:
    """Return the capture in a user's OpenAPI file, YAML or JSON, named by its `info`. Raises as `parse_capture` does.

    `data` is the content of the file, if the caller has read it already. Raises `MockError` CON002 for a file that
    cannot be read.
    """
    document = read_yaml_file(path) if data is None else read_yaml(data, str(path))
    info: Any = {}
    if isinstance(document, dict) and isinstance(document.get("info"), dict):
        info = document["info"]
    era = info.get("x-era") or info.get("version") or ""
    return parse_capture(document, str(info.get("x-vendor") or path.stem), str(era), str(path))


def captured_eras(vendor: str, root: Path | None = None) -> tuple[str, ...]:
    """Return a vendor's eras, oldest first. Raises `MockError` CON005 for a vendor without captures, CON011 for two.

    A vendor without captures has those that its contract is derived for (`derived`).
    """
    derived = derived_contract(vendor, root)
    return tuple(derived.captures) if derived is not None else eras_in(contract_folder(vendor, root))


def resolve_era(vendor: str, era: str | None = None, root: Path | None = None) -> str:
    """Return the era in force at a date (`2026-06-30`; None or `latest` for the newest era).

    Raises `MockError`: CON006 for a text that is not a date and for a date before the first era, CON005 and CON011 as
    `contract_folder`.
    """
    known = captured_eras(vendor, root)
    if era is None or era == "latest":
        return known[-1]
    if era in known:
        return era
    dates = ", ".join(known)
    if len(era) != len(known[-1]) or parse_instant(f"{era}T00:00:00Z") is None:
        raise refuse("CON006", f"{era!r} is not a date", f"Write it like {known[-1]}; its eras begin on {dates}.")
    before = [each for each in known if each <= era]
    if not before:
        raise refuse("CON006", f"{vendor} has no era as early as {era!r}", f"Its eras begin on {dates}.")
    return before[-1]


def load_capture(vendor: str, era: str | None = None, root: Path | None = None) -> Capture:
    """Return the bundled capture of a vendor's era, cached. Raises as `resolve_era` and `parse_capture` do."""
    # The era is resolved before the cache: `None`, `latest` and a later date share one capture.
    date = resolve_era(vendor, era, root)
    derived = derived_contract(vendor, root)
    if derived is not None:
        return _read_derived(vendor, date, derived)
    return _load_capture(vendor, date, contract_folder(vendor, root))


@lru_cache(maxsize=64)
def _read_derived(vendor: str, era: str, derived: DerivedContract) -> Capture:
    return parse_derived(derived.captures[era], vendor, era)


@lru_cache(maxsize=64)
def _load_capture(vendor: str, era: str, folder: Path) -> Capture:
    path = folder / CAPTURES_FOLDER / f"{era}.yaml"
    waiver_file = folder / "waivers.yaml"
    waivers: tuple[Waiver, ...] = ()
    if waiver_file.is_file():
        waivers = tuple(waiver for waiver in read_waivers(waiver_file) if waiver.holds_in(era))
    return parse_capture(read_yaml_file(path), vendor, era, str(path), waivers)
