"""The calls of an OpenAPI document: method and path, the body of the request, the answers by status."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.contract.documents.servers import ANY_TEXT
from mockserver.core.media_type import parse_media_type
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader
from mockserver.packs.urls import path_parameters

_PATH: Final = re.compile(r"/[!-\"$->@-~]*")
"""A path that a pack can have: visible ASCII without a query or a fragment."""
_ERROR_STATUS: Final = re.compile("[45][0-9]{2}")
MAX_CALLS: Final = 2_000
"""Calls of a document that are read; the others are left out, and counted."""
FORM_TYPES: Final[Mapping[str, str]] = {"multipart/form-data": "multipart", "application/x-www-form-urlencoded": "form"}
"""By media type, the body of an operation that a form is."""


@dataclass(frozen=True, eq=False)
class ApiCall:
    """One call, as much of it as a pack needs."""

    operation: DocumentedOperation
    reader: SchemaReader
    parameters: tuple[Mapping[str, Any], ...]
    """Those of the path and of the operation, their references followed."""
    prefix: str
    """The path of the server's address, behind the host."""

    @property
    def method(self) -> str:
        """The method in capitals."""
        return self.operation.method

    @property
    def path(self) -> str:
        """The path behind the host."""
        return self.prefix + self.operation.template

    @cached_property
    def path_parameters(self) -> list[str]:
        """The names of the path's parameters, in order."""
        return path_parameters(self.path)

    @cached_property
    def request(self) -> FlatSchema:
        """The body of the request; empty where it has none that a pack can read."""
        return self._content(self._request_body, (*_JSON, *FORM_TYPES))

    @cached_property
    def request_form(self) -> str:
        """`multipart` or `form` where the body is a form only; else empty."""
        if any(map(is_json_type, self._request_types)):
            return ""
        return next((FORM_TYPES[each] for each in self._request_types if each in FORM_TYPES), "")

    @cached_property
    def has_other_body(self) -> bool:
        """True for a request with a body that is neither JSON nor a form."""
        types = self._request_types
        return bool(types) and not any(is_json_type(each) or each in FORM_TYPES for each in types)

    @cached_property
    def _request_types(self) -> list[str]:
        return [parse_media_type(media) for media in self._request_body.get("content", {})]

    @cached_property
    def _request_body(self) -> Mapping[str, Any]:
        return self.reader.follow(self.operation.body.get("requestBody"))

    @cached_property
    def success_status(self) -> int:
        """The lowest documented 2xx status; 200 where none is."""
        return min(
            (int(status) for status in self.operation.answers if status[0] == "2" and status.isdigit()), default=200
        )

    @cached_property
    def success(self) -> FlatSchema:
        """The JSON body of the successes: where they differ, what all of them have."""
        schemas: list[Any] = []
        for status in sorted(self.operation.answers):
            if status[0] != "2":
                continue
            schema = self._schema_of(self.operation.answers[status].body, _JSON)
            if schema is not None and schema not in schemas:
                schemas.append(schema)
        if len(schemas) > 1:
            return self.reader.flat({"oneOf": schemas})
        # The view of no schema is the empty one.
        return self.reader.flat(next(iter(schemas), None))

    def answer(self, status: str) -> FlatSchema:
        """Return the JSON body of the answer with a status; the empty view without one."""
        return self._content(self.operation.answers[status].body, _JSON)

    @cached_property
    def success_headers(self) -> tuple[str, ...]:
        """The names of the headers of the success."""
        answer = self.operation.answers.get(str(self.success_status))
        if answer is None:
            return ()
        return tuple(answer.body.get("headers", ()))

    @cached_property
    def error_statuses(self) -> tuple[int, ...]:
        """The documented statuses from 400 to 599."""
        return tuple(int(status) for status in self.operation.answers if _ERROR_STATUS.fullmatch(status))

    def extension(self, name: str) -> Any:
        """Return an extension (`x-...`) of the operation; None without it."""
        return self.operation.body.get(name)

    def query_parameters(self) -> Iterator[tuple[str, FlatSchema, bool]]:
        """Yield name, schema and whether it is required, of each parameter of the query."""
        return self._parameters_in("query")

    def header_parameters(self) -> Iterator[tuple[str, FlatSchema, bool]]:
        """Yield the same of each header."""
        return self._parameters_in("header")

    def path_parameter(self, name: str) -> FlatSchema:
        """Return the schema of a parameter of the path."""
        return next((schema for each, schema, _ in self._parameters_in("path") if each == name), EMPTY)

    def _parameters_in(self, place: str) -> Iterator[tuple[str, FlatSchema, bool]]:
        for parameter in self.parameters:
            if parameter.get("in") == place:
                schema = self.reader.flat(parameter.get("schema", {}))
                yield str(parameter.get("name", "")), schema, parameter.get("required") is True

    def _content(self, holder: Mapping[str, Any], wanted: tuple[str, ...]) -> FlatSchema:
        return self.reader.flat(self._schema_of(holder, wanted))

    def _schema_of(self, holder: Mapping[str, Any], wanted: tuple[str, ...]) -> Any:
        """Return the schema of the first wanted media type of a body; None where it has none."""
        content = holder.get("content", {})
        for kind in wanted:
            for media, entry in content.items():
                essence = parse_media_type(media)
                if essence == kind or (kind == _ANY_JSON and is_json_type(essence)):
                    return entry.get("schema", {})
        return None


_ANY_JSON: Final = "json"
_JSON: Final = (_ANY_JSON,)


def read_calls_of(capture: Capture, reader: SchemaReader, prefix: str) -> tuple[ApiCall, ...]:
    """Return the calls of a document, at most MAX_CALLS."""
    calls = []
    # Some documents write a query into the path.
    plain = (each for each in capture.operations if _PATH.fullmatch(each.template))
    for operation in islice(plain, MAX_CALLS):
        item = capture.at(operation.pointer.rpartition("/")[0])
        listed = [*item.get("parameters", ()), *operation.body.get("parameters", ())]
        parameters = tuple(reader.follow(parameter) for parameter in listed)
        calls.append(ApiCall(operation, reader, parameters, prefix))
    return tuple(calls)


def server_prefix(capture: Capture) -> str:
    """Return the path of the document's first server; empty where a pack cannot have that path."""
    for operation in islice(capture.operations, 1):
        for server in islice(operation.servers, 1):
            base = server.base_path
            if ANY_TEXT not in base and _PATH.fullmatch(base):
                return base
    return ""


def is_json_type(essence: str) -> bool:
    """Return True for JSON and for the types that are JSON by their ending."""
    return essence == "application/json" or essence.endswith("+json")
