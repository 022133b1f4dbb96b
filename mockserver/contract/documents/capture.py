"""A capture: one vendor's API in one era, as an OpenAPI 3.1 document without references to other documents.

Theory of operation. A document is read once and checked (every `$ref` starts with `#` and leads somewhere), and its
operations are indexed by method and path. Everything else is looked up by JSON pointer when an exchange needs it: the
pointer is also the source that a finding quotes, and the key of cached validators.

An era is named by the date on which its behaviour began; a date selects the newest era that is not later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from mockserver.contract.documents.openapi import find_schema_bomb, to_openapi_31
from mockserver.contract.documents.refs import follow_refs, ref_errors, value_at_pointer
from mockserver.contract.documents.strict_yaml import read_yaml, read_yaml_file
from mockserver.contract.documents.waivers import Waiver, read_waivers
from mockserver.core.instants import parse_instant
from mockserver.core.pointer import escape_token, render_pointer
from mockserver.data import data_folder
from mockserver.errors import Location, MockError, did_you_mean, refuse, refuse_unknown

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
CAPTURES_FOLDER: Final = "captures"
OFF_PAGE_BASES: Final = ("runtime", "inferred")
"""Bases (`x-basis`) that are no promise of the vendor's: seen in its service, or concluded."""


class DocumentedAnswer(NamedTuple):
    """One documented response of an operation, its `$ref` followed."""

    status: str
    """`200`, `4XX` or `default`, as the document spells it."""
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

    @property
    def id(self) -> str:
        """The operationId, or `GET /path` if the document has none."""
        return str(self.body.get("operationId") or f"{self.method} {self.template}")

    def answer(self, status: int) -> DocumentedAnswer | None:
        """Return the answer documented for a status: its own, that of its range (`4XX`), or `default`."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((self.answers[key] for key in keys if key in self.answers), None)


@dataclass(frozen=True, eq=False)
class Capture:
    """One document with its operations and waivers."""

    vendor: str
    era: str
    document: Mapping[str, Any]
    waivers: tuple[Waiver, ...] = ()
    _validators: dict[str, Any] = field(default_factory=dict, repr=False)
    """Validators by schema pointer, a cache of `schema.validate`."""
    _values_by_pointer: dict[str, Any] = field(default_factory=dict, repr=False)
    """Values by pointer, a cache: a judge looks up the same few places again and again."""
    merged_schemas: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Merged schemas by place, a cache of `schema.undeclared`."""

    @property
    def name(self) -> str:
        """`phaseo@2026-08-10`."""
        return f"{self.vendor}@{self.era}" if self.era else self.vendor

    @cached_property
    def operations(self) -> tuple[DocumentedOperation, ...]:
        """Every operation, aliases included, in the document's order."""
        found = []
        for template in self.document.get("paths", {}):
            place, item = self.follow("#/paths/" + escape_token(template))
            for method in METHODS:
                if method not in item:
                    continue
                pointer, body = f"{place}/{method}", item[method]
                answers = {}
                for status in body.get("responses", {}):
                    answers[status] = DocumentedAnswer(status, *self.follow(f"{pointer}/responses/{status}"))
                found.append(DocumentedOperation(method.upper(), template, pointer, body, answers))
        return tuple(found)

    def find(self, method: str, path: str) -> DocumentedOperation | None:
        """Return the operation of a request (`path` percent-encoded), or None; HEAD finds the operation of GET.

        A literal segment wins over a parameter: `/v1/videos/models` is not a video called models.
        """
        operation, _ = self.match(method, path) or (None, {})
        return operation

    def match(self, method: str, path: str) -> tuple[DocumentedOperation, dict[str, str]] | None:
        """Return the operation that `find` returns, with the decoded parameters of its path."""
        method = method.upper()
        if method == "HEAD":
            method = "GET"
        segments = path.split("/")
        for parts, operation in self._by_method_and_length.get((method, len(segments)), ()):
            params = _match_template(parts, segments)
            if params is not None:
                return operation, params
        return None

    @cached_property
    def _by_method_and_length(self) -> dict[tuple[str, int], list[tuple[list[str], DocumentedOperation]]]:
        """Operations by method and number of segments, those with the fewest parameters first: literals win."""
        found: dict[tuple[str, int], list[tuple[list[str], DocumentedOperation]]] = {}
        for operation in sorted(self.operations, key=lambda each: each.template.count("{")):
            parts = operation.template.split("/")
            found.setdefault((operation.method, len(parts)), []).append((parts, operation))
        return found

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods documented for a path, in the document's order."""
        segments = path.split("/")
        return tuple(
            each.method for each in self.operations if _match_template(each.template.split("/"), segments) is not None
        )

    def nearest(self, method: str, path: str) -> str:
        """Return ` (did you mean 'GET /v1/videos/{video_id}'?)` for the closest documented call, or an empty text."""
        return did_you_mean(f"{method.upper()} {path}", (f"{op.method} {op.template}" for op in self.operations))

    def at(self, pointer: str) -> Any:
        """Return the value at a JSON pointer (`#/components/...`), cached. Raises LookupError if it is absent."""
        if pointer not in self._values_by_pointer:
            self._values_by_pointer[pointer] = value_at_pointer(self.document, pointer)
        return self._values_by_pointer[pointer]

    def follow(self, pointer: str) -> tuple[str, Any]:
        """Return the pointer and value that a pointer leads to after every `$ref` there."""
        return follow_refs(self.document, pointer)


def _match_template(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    """Return the decoded parameters if the segments of a path fit those of a template, else None."""
    if len(parts) != len(segments):
        return None
    params = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None  # `/v1/videos/` is not the video with an empty id
            params[part[1:-1]] = unquote(segment)
        elif part != unquote(segment):
            return None
    return params


def parse_capture(document: Any, vendor: str, era: str, file: str = "", waivers: tuple[Waiver, ...] = ()) -> Capture:
    """Return the capture of a parsed document.

    Raises `MockError`: CON003 for a document that is not OpenAPI 3 or has a schema bomb, CON004 for a `$ref` that
    leaves it or leads nowhere, CON009 for another version of OpenAPI.
    """
    if isinstance(document, dict):
        document = to_openapi_31(document, file)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise refuse("CON003", "this is not an OpenAPI document: it has no `paths`", location=Location(file))
    errors = list(ref_errors(document, file))
    if errors:
        raise MockError(*(problem for error in errors for problem in error.problems))
    path_to_bomb = find_schema_bomb(document, lambda target: value_at_pointer(document, target))
    if path_to_bomb is not None:
        pointer = "#" + render_pointer(path_to_bomb)
        message = f"{pointer}: this schema would validate one value too many times over, or in too many steps"
        raise refuse("CON003", message, location=Location(file, pointer=pointer))
    capture = Capture(vendor, era, document, waivers)
    try:
        _ = capture.operations  # read here, so that a malformed document is refused with its file
    except (AttributeError, TypeError) as error:
        raise refuse("CON003", f"the document's paths are malformed: {error}", location=Location(file)) from None
    return capture


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


def captured_vendors(root: Path | None = None) -> tuple[str, ...]:
    """Return the vendors that have captures, in alphabetical order."""
    base = root or data_folder("contracts")
    return tuple(sorted(place.name for place in base.iterdir() if (place / CAPTURES_FOLDER).is_dir()))


def captured_eras(vendor: str, root: Path | None = None) -> tuple[str, ...]:
    """Return a vendor's eras, oldest first. Raises `MockError` CON005 for a vendor without captures."""
    base = root or data_folder("contracts")
    found = tuple(sorted(place.stem for place in (base / vendor / CAPTURES_FOLDER).glob("*.yaml")))
    if not found:
        known = captured_vendors(base)
        raise refuse_unknown("CON005", "contract of", vendor, known, f"There are contracts of: {', '.join(known)}.")
    return found


def resolve_era(vendor: str, era: str | None = None, root: Path | None = None) -> str:
    """Return the era in force at a date (`2026-06-30`; None or `latest` for the newest era).

    Raises `MockError`: CON006 for a text that is not a date and for a date before the first era, CON005 for an unknown
    vendor.
    """
    known = captured_eras(vendor, root)
    if era is None or era == "latest":
        return known[-1]
    if era in known:
        return era
    hint = f"The eras of {vendor} are: {', '.join(known)}."
    if len(era) != len(known[-1]) or parse_instant(f"{era}T00:00:00Z") is None:
        raise refuse("CON006", f"{era!r} is not a date such as {known[-1]}", hint)
    before = [each for each in known if each <= era]
    if not before:
        raise refuse("CON006", f"{vendor} has no era as early as {era!r}", hint)
    return before[-1]


def load_capture(vendor: str, era: str | None = None, root: Path | None = None) -> Capture:
    """Return the bundled capture of a vendor's era, cached. Raises as `resolve_era` and `parse_capture` do."""
    # The era is resolved before the cache: `None`, `latest` and a later date share one capture.
    base = root or data_folder("contracts")
    return _load_capture(vendor, resolve_era(vendor, era, base), base)


@lru_cache(maxsize=64)
def _load_capture(vendor: str, era: str, base: Path) -> Capture:
    path = base / vendor / CAPTURES_FOLDER / f"{era}.yaml"
    waiver_file = base / vendor / "waivers.yaml"
    waivers: tuple[Waiver, ...] = ()
    if waiver_file.is_file():
        waivers = tuple(waiver for waiver in read_waivers(waiver_file) if waiver.holds_in(era))
    return parse_capture(read_yaml_file(path), vendor, era, str(path), waivers)
