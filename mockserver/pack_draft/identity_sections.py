"""How calls and jobs are identified: the sections `key` and `ids`, and the headers that requests must have."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.entries import Entry, given, list_or_empty
from mockserver.pack_draft.error_section import INVALID
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.schemas import FlatSchema
from mockserver.packs.ids import ALPHABETS

_SCHEMES: Final[Mapping[str, str]] = {"bearer": "Bearer", "basic": "Basic"}
_MAX_SCHEMES: Final = 20
_STANDARD_HEADERS: Final = ("authorization", "accept", "content-type", "user-agent", "idempotency-key")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_ID_PATTERN: Final = re.compile(r"\^?([A-Za-z0-9_-]*?)(\[[^\]]+\]|\\d|\\w)\{(\d{1,3})(?:,\d*)?\}\$?")
_EXAMPLE: Final = re.compile(r"([A-Za-z]+[_-])?([A-Za-z0-9]{4,128})")
_ALPHABET_BY_CLASS: Final[Mapping[str, str]] = {
    "[0-9]": "digits", "\\d": "digits", "[0-9a-f]": "hex", "[a-f0-9]": "hex", "[a-z2-7]": "base32",
    "[a-z0-9]": "base36", "[0-9a-z]": "base36",
}  # fmt: skip
_LETTERS: Final[Mapping[str, str]] = {
    "1aA": "base62", "1a": "base36", "aA": "base62", "a": "abcdefghijklmnopqrstuvwxyz",
    "1": "digits", "1A": "digits", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}  # fmt: skip
"""By the characters of "1aA" that a class of a pattern has, the likeliest alphabet."""
_DEFAULT: Final = {"alphabet": "base36", "length": 24}


def key_section(capture: Capture, questions: Questions) -> list[Entry]:
    """Return the forms of the API key that the security schemes describe; a bearer token where they describe none."""
    components = capture.document.get("components", {})
    forms: list[Entry] = []
    for name in islice(components.get("securitySchemes", {}), _MAX_SCHEMES):
        _, scheme = capture.follow(f"#/components/securitySchemes/{name.replace('~', '~0').replace('/', '~1')}")
        form = _key_form(scheme)
        if form is None:
            question = f"How is the scheme {name} sent? A pack reads keys from headers, and this one is elsewhere."
            questions.ask("key", question=question)
        elif form not in forms:
            forms.append(form)
    if not forms:
        questions.ask("key", question="How is the API key sent? The document does not say; here it is a bearer token.")
        return [{"header": "Authorization", "scheme": "Bearer", "source": {"inferred": "The usual form."}}]
    return [{**form, "source": "document"} for form in forms]


def _key_form(scheme: Mapping[str, Any]) -> Entry | None:
    match scheme.get("type"):
        case "http":
            word = str(scheme.get("scheme", "bearer"))
            return {"header": "Authorization", "scheme": _SCHEMES.get(word.lower(), word)}
        case "apiKey" if scheme.get("in") == "header":
            return {"header": str(scheme.get("name", "X-API-Key"))}
        case "oauth2" | "openIdConnect":
            return {"header": "Authorization", "scheme": "Bearer"}
    return None


def key_of_call(capture: Capture, call: ApiCall) -> str | None:
    """Return `none` or `optional` for a call that needs no key; None for one that does."""
    security = call.operation.body.get("security", capture.document.get("security"))
    if security is None:
        # Documents without a word about keys: a client may send one, and a fake must not insist.
        needs_key = bool(capture.document.get("components", {}).get("securitySchemes"))
    elif security:
        needs_key = {} not in security
    else:
        return "none"
    if needs_key:
        return None
    return "optional"


def id_form(views: Sequence[FlatSchema], name: str, questions: Questions) -> Entry:
    """Return the form of a kind's ids that the schemas of its id say together: a format, a pattern or an example."""
    for view in views:
        form = _form_of(view)
        if form is not None:
            return form
    if any(view.type == "integer" for view in views):
        questions.ask("ids", name, question="The ids are numbers; a pack's are texts, here of digits.")
        return {"alphabet": "digits", "length": 9}
    questions.ask("ids", name, question="What do the ids look like? The document has no format, pattern or example.")
    return dict(_DEFAULT)


def _form_of(view: FlatSchema) -> Entry | None:
    if view.keyword("format") == "uuid":
        return {"form": "uuid"}
    pattern = _ID_PATTERN.fullmatch(str(view.keyword("pattern") or "").replace("\\-", "-").replace("\\_", "_"))
    if pattern is not None and 1 <= int(pattern[3]) <= 128:
        return {**given(prefix=pattern[1]), "alphabet": _alphabet_of(pattern[2]), "length": int(pattern[3])}
    shown = view.keyword("example") or next(iter(list_or_empty(view.keyword("examples"))), None)
    if not isinstance(shown, str):
        return None
    return _form_of_example(shown)


def _alphabet_of(characters: str) -> str:
    """Return the alphabet of a class of characters in a pattern."""
    known = _ALPHABET_BY_CLASS.get(characters)
    if known is not None:
        return known
    if characters.startswith("[0-9"):
        return "digits"
    return _LETTERS["".join(re.findall(characters, "1aA"))]


def _form_of_example(example: str) -> Entry | None:
    if _UUID.fullmatch(example):
        return {"form": "uuid"}
    if _ULID.fullmatch(example):
        return {"form": "ulid"}
    parts = _EXAMPLE.fullmatch(example)
    if parts is None:
        return None
    known = ("digits", "hex", "base36", "base62")
    alphabet = next(name for name in known if set(parts[2]) <= set(ALPHABETS[name]))
    return {**given(prefix=parts[1]), "alphabet": alphabet, "length": len(parts[2])}


def required_headers(calls: Sequence[ApiCall]) -> Entry:
    """Return the headers that every call must have, besides those of the key and of HTTP."""
    found: Entry = {}
    for name, schema, is_required in calls[0].header_parameters():
        everywhere = all(any(each == name and must for each, _, must in call.header_parameters()) for call in calls)
        if is_required and everywhere and name.lower() not in _STANDARD_HEADERS:
            options = [str(option) for option in schema.options] or _shown_text(schema)
            found[name] = {"required": True, **given(options=options), "error": INVALID}
    return found


def _shown_text(schema: FlatSchema) -> list[str]:
    """Return the default of a header without options, which is then what plays send."""
    default = schema.keyword("default")
    if not isinstance(default, str) or not default or schema.keyword("pattern") is not None:
        return []
    return [default]
