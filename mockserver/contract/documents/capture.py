"""A capture: what one vendor promised in one era, as an OpenAPI 3.1 document that refers to nothing but itself.

Theory of operation. A document is read once, checked (every `$ref` starts with `#` and leads somewhere), and its
operations are laid out for matching by (method, path). Everything else is looked up by JSON pointer when an exchange
needs it: a pointer is also what a finding quotes as its source, and what compiled validators are cached by.

An era is named by the date its behaviour began; asking for a date gives the newest era not later than it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from mockserver.contract.documents.openapi import find_schema_bomb, to_openapi_31
from mockserver.contract.documents.strict_yaml import read_yaml, read_yaml_file
from mockserver.contract.documents.waivers import Waiver, read_waivers
from mockserver.core.instants import parse_instant
from mockserver.core.pointer import escape_token, unescape_token
from mockserver.data import data_folder
from mockserver.errors import Location, MockError, did_you_mean, refuse

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
CAPTURES_FOLDER: Final = "captures"
OFF_PAGE_BASES: Final = ("runtime", "inferred")
"""Bases (`x-basis`) that are no promise of the vendor's: seen in its service, or concluded."""


class DocumentedAnswer(NamedTuple):
    """One documented response of an operation, its `$ref` already followed."""

    status: str
    """`200`, `4XX` or `default`, as the document spells it."""
    pointer: str
    body: Mapping[str, Any]

    @property
    def basis(self) -> str:
        """page, prose, spec, runtime or inferred; empty in a document that does not say."""
        return str(self.body.get("x-basis", ""))

    @property
    def note(self) -> str:
        """What the document says about it, in a sentence."""
        return str(self.body.get("x-note", ""))


@dataclass(frozen=True, eq=False)
class DocumentedOperation:
    """One (method, path) of a capture."""

    method: str
    """Upper case."""
    template: str
    """The path with its parameters in braces, as the fake serves it: `/v1/videos/{video_id}`."""
    pointer: str
    """Where the operation object is; an alias path points at the path it is an alias of."""
    body: Mapping[str, Any]
    answers: Mapping[str, DocumentedAnswer]

    @property
    def id(self) -> str:
        """The operationId, or `GET /path` where the document gives none."""
        return str(self.body.get("operationId") or f"{self.method} {self.template}")

    def answer(self, status: int) -> DocumentedAnswer | None:
        """What is documented for a status: the status itself, its range (`4XX`), or `default`."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((self.answers[key] for key in keys if key in self.answers), None)


@dataclass(frozen=True, eq=False)
class Capture:
    """One document, and its operations."""

    vendor: str
    era: str
    document: Mapping[str, Any]
    waivers: tuple[Waiver, ...] = ()
    _validators: dict[str, Any] = field(default_factory=dict, repr=False)
    """Validators by schema pointer: only `contract.schemas` fills it."""
    _values_by_pointer: dict[str, Any] = field(default_factory=dict, repr=False)
    """Values by pointer: a judge asks for the same few places again and again."""
    merged_schemas: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What is known of places whatever the value: only `contract.walk` fills it."""

    @property
    def name(self) -> str:
        """`phaseo@2026-08-10`."""
        return f"{self.vendor}@{self.era}" if self.era else self.vendor

    @cached_property
    def operations(self) -> tuple[DocumentedOperation, ...]:
        """Every operation, aliases included, in the document's order."""
        return tuple(self._read_operations())

    def find(self, method: str, path: str) -> DocumentedOperation | None:
        """The operation of a request (its path still percent-encoded); HEAD finds GET's. None where there is none.

        A literal segment wins over a parameter: `/v1/videos/models` is not a video called models.
        """
        matched = self.match(method, path)
        return None if matched is None else matched[0]

    def match(self, method: str, path: str) -> tuple[DocumentedOperation, dict[str, str]] | None:
        """What `find` finds, with the parameters of its path, decoded."""
        wanted, given = "GET" if method.upper() == "HEAD" else method.upper(), path.split("/")
        for parts, operation in self._by_method_and_length.get((wanted, len(given)), ()):
            params = _match_template(parts, given)
            if params is not None:
                return operation, params
        return None

    @cached_property
    def _by_method_and_length(self) -> dict[tuple[str, int], list[tuple[list[str], DocumentedOperation]]]:
        """The operations by method and number of segments, those with the fewest parameters first."""
        found: dict[tuple[str, int], list[tuple[list[str], DocumentedOperation]]] = {}
        for operation in sorted(self.operations, key=lambda each: each.template.count("{")):
            parts = operation.template.split("/")
            found.setdefault((operation.method, len(parts)), []).append((parts, operation))
        return found

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods documented for a path, in the document's order."""
        given = path.split("/")
        return tuple(op.method for op in self.operations if _match_template(op.template.split("/"), given) is not None)

    def nearest(self, method: str, path: str) -> str:
        """` (did you mean 'GET /v1/videos/{video_id}'?)` for the closest documented call, or nothing."""
        return did_you_mean(f"{method.upper()} {path}", (f"{op.method} {op.template}" for op in self.operations))

    def at(self, pointer: str) -> Any:
        """The value at a JSON pointer (`#/components/...`), `$ref`s on the way not followed. LookupError if absent."""
        if pointer not in self._values_by_pointer:
            self._values_by_pointer[pointer] = _value_at_pointer(self.document, pointer)
        return self._values_by_pointer[pointer]

    def follow(self, pointer: str) -> tuple[str, Any]:
        """The pointer and value that a pointer leads to after every `$ref` that stands there."""
        return _follow_refs(self.document, pointer)

    def _read_operations(self) -> Iterator[DocumentedOperation]:
        for template in self.document.get("paths", {}):
            place, item = self.follow("#/paths/" + escape_token(template))
            for method in METHODS:
                if method in item:
                    pointer = f"{place}/{method}"
                    yield DocumentedOperation(
                        method.upper(), template, pointer, item[method], self._read_answers(pointer, item[method])
                    )

    def _read_answers(self, pointer: str, operation: Mapping[str, Any]) -> dict[str, DocumentedAnswer]:
        found = {}
        for status in operation.get("responses", {}):
            place, body = self.follow(f"{pointer}/responses/{status}")
            found[status] = DocumentedAnswer(status, place, body)
        return found


def _unescape_segment(segment: str) -> str:
    return unescape_token(unquote(segment))


def _value_at_pointer(document: Any, pointer: str) -> Any:
    value = document
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[_unescape_segment(part)]
    return value


def _follow_refs(document: Any, pointer: str) -> tuple[str, Any]:
    seen = set()
    value = _value_at_pointer(document, pointer)
    while isinstance(value, dict) and isinstance(value.get("$ref"), str) and pointer not in seen:
        seen.add(pointer)
        pointer = value["$ref"]
        value = _value_at_pointer(document, pointer)
    return pointer, value


def _match_template(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    """The parameters that make a template the path; None where it is another path."""
    if len(parts) != len(segments):
        return None
    params = {}
    for part, have in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not have:
                return None
            params[part[1:-1]] = unquote(have)
        elif part != unquote(have):
            return None
    return params


def parse_capture(document: Any, vendor: str, era: str, file: str = "", waivers: tuple[Waiver, ...] = ()) -> Capture:
    """A capture from a read document. Raises `MockError` where it is no OpenAPI 3 document or refers outside itself."""
    if isinstance(document, dict):
        document = to_openapi_31(document, file)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise refuse("CON003", "this is not an OpenAPI document: it has no `paths`", "", Location(file))
    problems = list(_ref_errors(document, document, "#", file))
    if problems:
        raise MockError(*(problem for error in problems for problem in error.problems))
    way = find_schema_bomb(document, lambda target: _value_at_pointer(document, target))
    if way is not None:
        pointer = "#" + "".join("/" + escape_token(key) for key in way)
        message = f"{pointer}: this schema would judge one value too many times over, or in too many steps"
        raise refuse("CON003", message, "", Location(file, pointer=pointer))
    capture = Capture(vendor, era, document, waivers)
    try:
        _ = capture.operations
    except (AttributeError, TypeError) as error:
        raise refuse("CON003", f"the document's paths are malformed: {error}", "", Location(file)) from None
    return capture


def read_capture(path: Path, data: bytes | None = None) -> Capture:
    """The capture in a file of one's own, YAML or JSON; its name is what its `info` says. Raises `MockError`.

    `data` is what is in it, where somebody has read it.
    """
    document = read_yaml_file(path) if data is None else read_yaml(data, str(path))
    info = document.get("info") if isinstance(document, dict) else None
    said = info if isinstance(info, dict) else {}
    era = said.get("x-era") or said.get("version") or ""
    return parse_capture(document, str(said.get("x-vendor") or path.stem), str(era), str(path))


def _ref_errors(document: Any, value: Any, pointer: str, file: str) -> Iterator[MockError]:
    """Every `$ref` that leaves the document or leads nowhere: nothing is ever fetched, so neither can be judged."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield from _ref_error(document, value["$ref"], Location(file, pointer=pointer))
        for key, inner in value.items():
            yield from _ref_errors(document, inner, f"{pointer}/{escape_token(key)}", file)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _ref_errors(document, inner, f"{pointer}/{index}", file)


def _ref_error(document: Any, target: str, location: Location) -> Iterator[MockError]:
    if target != "#" and not target.startswith("#/"):
        hint = "Copy what it refers to into `components` and refer to it as '#/components/...'."
        yield refuse("CON004", f"{location.pointer}: the $ref {target!r} leaves the document", hint, location)
        return
    try:
        _value_at_pointer(document, target)
    except (LookupError, TypeError, ValueError):
        yield refuse("CON004", f"{location.pointer}: the $ref {target!r} leads nowhere", "", location)


def captured_vendors(root: Path | None = None) -> tuple[str, ...]:
    """The vendors that have captures, in alphabetical order."""
    base = root or data_folder("contracts")
    return tuple(sorted(place.name for place in base.iterdir() if (place / CAPTURES_FOLDER).is_dir()))


def captured_eras(vendor: str, root: Path | None = None) -> tuple[str, ...]:
    """A vendor's eras, oldest first. Raises `MockError` (`CON005`) for a vendor without captures."""
    base = root or data_folder("contracts")
    found = tuple(sorted(place.stem for place in (base / vendor / CAPTURES_FOLDER).glob("*.yaml")))
    if not found:
        known = captured_vendors(base)
        message = f"there is no contract of {vendor!r}{did_you_mean(vendor, known)}"
        raise refuse("CON005", message, f"There are contracts of: {', '.join(known)}.")
    return found


def resolve_era(vendor: str, era: str | None = None, root: Path | None = None) -> str:
    """The era in force at a date (`2026-06-30`; None or `latest` for the newest): exactly it, or the newest before.

    Raises `MockError` (`CON006`) for what is no date and for a date before the first era, listing the eras.
    """
    known = captured_eras(vendor, root)
    if era is None or era == "latest":
        return known[-1]
    if era in known:
        return era
    hint = f"The eras of {vendor} are: {', '.join(known)}."
    if len(era) != len(known[-1]) or parse_instant(f"{era}T00:00:00Z") is None:
        raise refuse("CON006", f"{era!r} is no date such as {known[-1]}", hint)
    before = [each for each in known if each <= era]
    if not before:
        raise refuse("CON006", f"{vendor} has no era as old as {era!r}", hint)
    return before[-1]


def load_capture(vendor: str, era: str | None = None, root: Path | None = None) -> Capture:
    """The bundled capture of a vendor's era (see `resolve`); read once, then the same value again."""
    base = root or data_folder("contracts")
    return _load_capture(vendor, resolve_era(vendor, era, base), base)


@lru_cache(maxsize=64)
def _load_capture(vendor: str, era: str, base: Path) -> Capture:
    path = base / vendor / CAPTURES_FOLDER / f"{era}.yaml"
    waived = base / vendor / "waivers.yaml"
    waivers = read_waivers(waived) if waived.is_file() else ()
    return parse_capture(read_yaml_file(path), vendor, era, str(path), tuple(w for w in waivers if w.holds_in(era)))
