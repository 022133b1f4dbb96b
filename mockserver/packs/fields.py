"""Compiles the fields of requests to the checks of `vendors.checks`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from mockserver.core.instants import parse_instant
from mockserver.errors import did_you_mean
from mockserver.packs.node_access import entries_of, members_of, split_group, when_given
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.vendors import checks
from mockserver.vendors.checks import Check, FieldPath, FieldSpec, FieldTable, Mistake, MistakeKind

_URL: Final = r"https?://[^\s/?#]+[^\s]*"
_UNKNOWN_FIELDS: Final = "unknown_fields"


@dataclass(frozen=True, kw_only=True)
class RequestFields:
    """The fields of one request, by the value of the field that selects the variant."""

    common: FieldTable
    selector: str = ""
    """The field that selects the variant; empty: there are no variants."""
    variants: Mapping[str, FieldTable]
    refuses_others: bool
    errors: Mapping[str, str]
    """The errors of fields that have one of their own."""

    def table(self, body: Mapping[str, Any]) -> FieldTable:
        """Return the fields of a body; of an unknown variant, the common ones."""
        if not self.selector:
            return self.common
        selected = body.get(self.selector)
        return self.variants.get(selected, self.common) if isinstance(selected, str) else self.common

    def mistakes(self, body: Mapping[str, Any], location: str = "body") -> list[Mistake]:
        """Return the mistakes of a body or query, in the order of the fields."""
        table = self.table(body)
        found = checks.find_mistakes(location, body, table)
        # A body of no known variant has one mistake: the variant.
        unknown = [name for name in body if name not in table]
        if unknown and self.refuses_others and (not self.selector or table is not self.common):
            found.append(Mistake((location,), MistakeKind.UNKNOWN_FIELDS, {"names": unknown}))
        return found

    def with_defaults(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with the defaults of the fields that it lacks."""
        defaults = {name: spec.default for name, spec in self.table(body).items() if spec.default is not None}
        return {**defaults, **body}


NO_FIELDS: Final = RequestFields(common={}, variants={}, refuses_others=False, errors={})


class FieldCompiler:
    """Compiles fields; `named` are the entries of the section `fields`."""

    def __init__(self, named: Node | None, diagnostics: Diagnostics) -> None:
        self._named = members_of(named)
        self._diagnostics = diagnostics
        self._open: list[str] = []
        self._errors: dict[str, str] = {}

    def compile_request(self, node: Node) -> RequestFields:
        """Compile an entry of `requests`."""
        self._errors = {}
        common = self.compile_table(node.get("fields"))
        selector = values.as_text(node.get("by"))
        variants: dict[str, FieldTable] = {}
        if selector:
            variants = self._variants(node, selector, common)
            options = checks.one_of(*variants)
            common = {selector: FieldSpec(options, required=True), **common}
        return RequestFields(
            common=common,
            selector=selector,
            variants=variants,
            refuses_others=values.as_text(node.get(_UNKNOWN_FIELDS)) == "refuse",
            errors=self._errors,
        )

    def _variants(self, node: Node, selector: str, common: FieldTable) -> dict[str, FieldTable]:
        variants: dict[str, FieldTable] = {}
        for key, fields in entries_of(node.get("variants")):
            names = split_group(key.text)
            table = self.compile_table(fields)
            for name in names:
                variants[name] = {selector: FieldSpec(checks.string(), required=True), **common, **table}
        return variants

    def compile_table(self, node: Node | None) -> dict[str, FieldSpec]:
        """Compile a mapping of fields."""
        table = {}
        for key, field in entries_of(node):
            check = self.compile_check(field)
            default = self._option(field, "default")
            if default is not None and not default.is_null and any(check(node_to_json(default), (key.text,))):
                message = f"the default of {key.text!r} is refused by the field itself"
                self._diagnostics.add("PCK010", message, default, "Correct it, or what the field allows.")
            table[key.text] = FieldSpec(
                check,
                default=when_given(default, node_to_json),
                required=self._option(field, "required") is not None,
            )
            error = self._option(field, "error")
            if error is not None:
                self._errors[key.text] = error.text
        return table

    def _option(self, node: Node, name: str) -> Node | None:
        return node.get(name) if node.node_type == "mapping" else None

    def compile_check(self, node: Node) -> Check:
        """Compile the check of one field; reports a bad pattern (PCK004) or an unknown `is` (PCK003)."""
        if node.node_type == "scalar":
            return _CHECK_BY_TYPE[node.text]()
        forms: Mapping[str, Callable[[Node], Check]] = {
            "refused": _refuse_always,
            "is": self._compile_named,
            "any_of": self._compile_any_of,
            "options": _one_of,
        }
        for key, compile_form in forms.items():
            form = node.get(key)
            if form is not None:
                return compile_form(form)
        usual_type = "any"
        if node.get("pattern") is not None:
            usual_type = "string"
        type_name = values.as_text(node.get("type"), usual_type)
        compilers: Mapping[str, Callable[[Node, int, int | None], Check]] = {
            "array": self._compile_array,
            "object": self._compile_object,
            "string": self._compile_text,
        }
        low, high = self._number(node, "min"), self._number(node, "max")
        if type_name in ("integer", "number"):
            return checks.number(low, high, whole=type_name == "integer")
        if type_name in compilers:
            return compilers[type_name](node, int(low or 0), values.as_int(node.get("max"), None))
        return _CHECK_BY_TYPE[type_name]()

    def _compile_array(self, node: Node, low: int, high: int | None) -> Check:
        of = node.get("of")
        entries = checks.array_of(when_given(of, self.compile_check) or checks.any_value, low, high)
        unique = values.as_text(node.get("unique"))
        if not unique:
            return entries
        return _unique_in(entries, unique)

    def _compile_text(self, node: Node, low: int, high: int | None) -> Check:
        return checks.string(
            when_given(node.get("pattern"), partial(checked_pattern, diagnostics=self._diagnostics)),
            allowed=values.as_optional_text(node.get("allowed")),
            min_length=low,
            max_length=high,
        )

    def _compile_any_of(self, node: Node) -> Check:
        alternatives = [self.compile_check(item) for item in values.items_of(node)]

        def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
            found = [list(alternative(value, path)) for alternative in alternatives]
            if all(found):
                yield from found[-1]

        return check

    def _compile_object(self, node: Node, low: int, high: int | None) -> Check:
        fields, of = node.get("fields"), node.get("of")
        if fields is not None:
            table = self.compile_table(fields)
            required = [name for name, spec in table.items() if spec.required]
            others = values.as_text(node.get(_UNKNOWN_FIELDS)) != "refuse"
            return checks.object_with({name: spec.check for name, spec in table.items()}, *required, others=others)
        members = when_given(of, self.compile_check) or checks.any_value
        return _object_of(members, low, self._number(node, "max"))

    def _compile_named(self, node: Node) -> Check:
        name = node.text
        described = self._named.get(name)
        if described is None or name in self._open:
            message = f"there is no field {name!r}{did_you_mean(name, self._named)}"
            if described is not None:
                message = f"the field {name!r} contains itself"
            self._diagnostics.add("PCK003", message, node, f"`fields` has: {', '.join(self._named) or 'none'}.")
            return checks.any_value
        self._open.append(name)
        check = self.compile_check(described)
        self._open.pop()
        return check

    def _number(self, node: Node, name: str) -> float | None:
        return when_given(node.get(name), lambda number: number.value)


def checked_pattern(node: Node, diagnostics: Diagnostics) -> str | None:
    """Return a regular expression; reports one that is none (PCK004)."""
    try:
        re.compile(node.text)
    except re.error as error:
        diagnostics.add("PCK004", f"not a regular expression: {error}", node)
        return None
    return node.text


def _url(value: Any, path: FieldPath) -> Iterator[Mistake]:
    return checks.string(_URL, allowed="a URL")(value, path)


def _date_time(value: Any, path: FieldPath) -> Iterator[Mistake]:
    mistakes = list(checks.string()(value, path))
    if not mistakes and parse_instant(value) is None:
        mistakes.append(Mistake(path, MistakeKind.PATTERN, {"allowed": "a date and time"}))
    yield from mistakes


_CHECK_BY_TYPE: Final[Mapping[str, Callable[[], Check]]] = {
    "any": lambda: checks.any_value,
    "string": checks.string,
    "integer": lambda: checks.number(whole=True),
    "number": checks.number,
    "boolean": lambda: checks.boolean,
    "object": lambda: checks.any_object,
    "array": lambda: checks.array_of(checks.any_value),
    "url": lambda: _url,
    "date-time": lambda: _date_time,
    "file": lambda: checks.any_object,
}


def _refuse_always(node: Node) -> Check:
    message = node.text

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        yield checks.custom(path, message)

    return check


def _one_of(node: Node) -> Check:
    options = tuple(node_to_json(item) for item in node.items)
    if all(isinstance(option, str) for option in options) or not any(isinstance(option, str) for option in options):
        return checks.one_of(*options)
    texts = tuple(option for option in options if isinstance(option, str))
    others = tuple(option for option in options if not isinstance(option, str))
    return checks.any_of(checks.one_of(*texts), checks.one_of(*others))


def _unique_in(entries: Check, member: str) -> Check:
    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        """Yield the mistakes of a list's entries, or each entry whose member repeats an earlier one."""
        mistakes = list(entries(value, path))
        yield from mistakes
        if mistakes:
            return
        seen: set[str] = set()
        for index, entry in enumerate(value):
            name = entry.get(member) if isinstance(entry, Mapping) else None
            if isinstance(name, str) and name in seen:
                yield checks.custom((*path, index, member), f"{member} {name!r} is not unique")
            seen.add(str(name))

    return check


def _object_of(check_member: Check, low: int, high: float | None) -> Check:
    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if not isinstance(value, Mapping):
            yield from checks.any_object(value, path)
        elif len(value) < low or (high is not None and len(value) > high):
            yield Mistake(path, MistakeKind.ITEM_COUNT, {"low": low, "high": high, "count": len(value)})
        else:
            for name, member in value.items():
                yield from check_member(member, (*path, name))

    return check
