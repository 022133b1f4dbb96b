"""The language of packs as a table: every key, the shape of its value, and one sentence about it.

The checker, the published JSON Schema and the key lists in messages come from here.
`python -m mockserver.packs.grammar` prints the schema. An era is checked as it is with its overlays, so the overlays
themselves have no shape of their own beyond the names of the sections.
"""

import json
from typing import Any, Final

from mockserver.packs.grammar_kinds import KIND, STATE_GROUP
from mockserver.packs.grammar_requests import FIELDS, MISTAKE_WORDS, REQUEST
from mockserver.packs.grammar_values import (
    ANSWER,
    DATE,
    GROUP_DESCRIPTION,
    GROUP_PATTERN,
    HEADER_VALUES,
    SOURCE_FIELD,
    STATUS_VALUE,
    VALUE,
    VALUES,
)
from mockserver.packs.ids import FORMS
from mockserver.packs.situations import SITUATIONS
from mockserver.scenario.common_shapes import DURATION, NAME_PATTERN
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.scalar_shapes import ANY, OBJECT, ChoiceShape, IntegerShape, PatternShape, TextShape, TrueFlag
from mockserver.scenario.schema import DIALECT
from mockserver.scenario.shapes import SchemaDefinitions, Shape

LANGUAGE: Final = 1
"""The supported version of the language."""
ROLES: Final = ("create", "read", "list", "cancel", "delete", "results", "update", "other")


def _mapping_of(description: str, shape: Shape, *keys: str, min_size: int = 0) -> MappingShape:
    return MappingShape(description, extra_keys=ExtraKeys(shape, *keys), min_size=min_size)


_KEY_FORM: Final = MappingShape(
    "a form of the API key",
    (
        MappingField("header", TextShape(), "The header that carries it.", required=True),
        MappingField("scheme", TextShape(), "The word before it: `Bearer`."),
        MappingField("pattern", TextShape(), "A regular expression that it full-matches."),
        MappingField("sent_as", TextShape(), "The form of a key that does not fit the pattern: `key_${key}`."),
        SOURCE_FIELD,
    ),
    requires=(("pattern", "sent_as"), ("sent_as", "pattern")),
)
_REQUEST_HEADER: Final = MappingShape("a header of requests", (
    MappingField("required", TrueFlag(), "A request without it is refused."),
    MappingField("options", ListShape(TextShape(), "a list of texts"), "The values that are allowed."),
    MappingField("error", TextShape(), "The error of `errors` that refuses it.", required=True),
    SOURCE_FIELD,
))  # fmt: skip
_ID_FORM: Final = MappingShape(
    "a form of ids",
    (
        MappingField("prefix", TextShape(), "What each begins with."),
        MappingField("form", ChoiceShape(tuple(FORMS)), "A form with a name."),
        MappingField("alphabet", TextShape(), "A named alphabet (hex, base36, base58, base62) or its characters."),
        MappingField("length", IntegerShape(1, 128), "The number of characters behind the prefix; default 24."),
    ),
    exclusive=(("form", "alphabet"), ("form", "length")),
    min_size=1,
)
_ERROR: Final = MappingShape("an error", (
    MappingField("status", STATUS_VALUE, "The HTTP status.", required=True),
    MappingField("for", ListShape(ChoiceShape(SITUATIONS), "a list of situations"), "When it answers."),
    MappingField("message", VALUE, "Its text, `$error.message`."),
    MappingField("values", VALUES, "More of it, `$error.NAME`."),
    MappingField("body", VALUE, "Its body; default the `shape` of all errors."),
    MappingField("headers", HEADER_VALUES, "Its headers."),
    SOURCE_FIELD,
))  # fmt: skip
_ERRORS: Final = MappingShape(
    "a mapping of errors",
    (
        MappingField("shape", VALUE, "The body of an error that has none of its own.", required=True),
        MappingField("content_type", TextShape(), "The content type; default `application/json`."),
        MappingField("headers", HEADER_VALUES, "Headers of every error."),
        MappingField(
            "reason", ListShape(TextShape(), "a list of JSON pointers"), "Where the machine-readable reason is."
        ),
    ),
    extra_keys=ExtraKeys(_ERROR),
)
_PAGES: Final = MappingShape("the pages of a list", (
    MappingField("by", ChoiceShape(("number", "id", "cursor")), "How a page is asked for.", required=True),
    MappingField("size", IntegerShape(1, 10_000), "Entries of a page; default 20."),
    MappingField("max_size", IntegerShape(1, 10_000), "The most that a request can ask for."),
    MappingField("size_query", TextShape(), "The parameter for the size."),
    MappingField("number", TextShape(), "By `number`: the parameter."),
    MappingField("after", TextShape(), "By `id`: the parameter with the last id of the page before."),
    MappingField("before", TextShape(), "By `id`: the parameter with the first id of the page behind."),
    MappingField("cursor", TextShape(), "By `cursor`: the parameter of the address of the next page."),
    MappingField("since", TextShape(), "The parameter with the earliest creation (RFC 3339)."),
    MappingField("until", TextShape(), "The parameter with the latest creation (RFC 3339)."),
    MappingField("state", TextShape(), "The parameter with a state."),
    MappingField("order", ChoiceShape(("newest", "oldest")), "Which job comes first; default the newest."),
    MappingField("order_query", TextShape(), "The parameter for the order: `asc` (the oldest first) or `desc`."),
    MappingField("where", VALUES, "By parameter, the value of a job that must be equal to it."),
))  # fmt: skip
_HOLD: Final = MappingShape("a hold", (
    MappingField("value", VALUE, "What the request says: `$header.prefer`.", required=True),
    MappingField(
        "pattern", TextShape(), "What asks for a hold; a group in it is the number of seconds.", required=True
    ),
    MappingField("default", DURATION, "How long, without a number, and at most.", required=True),
    MappingField("until", STATE_GROUP, "The states whose entry ends the hold.", required=True),
    SOURCE_FIELD,
))  # fmt: skip
_CALL: Final = PatternShape(
    "a method and a path such as `GET /v1/tasks/{id}`", r"(?:GET|POST|PUT|PATCH|DELETE) /[!-~]*"
)
_DESCRIBED_PARAMETER: Final = MappingShape(
    "a parameter",
    (
        MappingField("example", TextShape(), "A value; one that only `aliases` have needs none."),
        MappingField("pattern", TextShape(), "A regular expression: another value is no path of this call."),
    ),
    min_size=1,
)
_PATH_PARAMETER: Final = OneOfShape((TextShape(), _DESCRIBED_PARAMETER))
_OPERATION: Final = MappingShape(
    "an operation",
    (
        SOURCE_FIELD,
        MappingField("role", ChoiceShape(ROLES), "What it does.", required=True),
        MappingField("kind", TextShape(), "The kind of job that it is about; default the first."),
        MappingField("call", _CALL, "Its method and path.", required=True),
        MappingField("aliases", ListShape(TextShape(), "a list of paths"), "Other paths of it."),
        MappingField("id", PatternShape("where the id is, such as `query.id`",
                                        r"none|(?:path|query|body)\.[A-Za-z0-9_.-]+"),
                     "Where the job's id is; default the last parameter of the path."),
        MappingField("key", ChoiceShape(("required", "optional", "none")), "Whether it takes an API key."),
        MappingField("polls", ChoiceShape(("counted", "uncounted")), "Whether it is a poll; default for `read`."),
        MappingField("request", TextShape(), "An entry of `requests`; without it any object is accepted."),
        MappingField("body", ChoiceShape(("json", "optional", "none", "bytes", "form", "multipart")),
                     "What body it takes; `form` is JSON or a form of either media type."),
        MappingField("query", FIELDS, "The fields of the query."),
        MappingField("path", _mapping_of("a mapping of parameters", _PATH_PARAMETER),
                     "Examples of the parameters of the path besides the id, and patterns that they match."),
        MappingField("remember", VALUES, "What of a create is remembered, `$remembered.NAME`."),
        MappingField("hold", _HOLD, "Of a create or a read: it waits for the job as long as the request says."),
        MappingField("set", VALUES, "By an update: what is set, `$update.NAME`."),
        MappingField("refuse_in",
                     _mapping_of("a mapping of states to errors", TextShape(), GROUP_DESCRIPTION, GROUP_PATTERN),
                     "The errors in these states."),
        MappingField("pages", _PAGES, "The pages of a list."),
        MappingField("uncaptured", TextShape(), "Why no capture has it: it stands in for a storage of the vendor."),
        MappingField("answer", ANSWER, "Its answer."),
        MappingField("also", ListShape(MappingShape("a mapping with `kind`, `made` and `answer`", (
            MappingField("kind", TextShape(), "The other kind of job.", required=True),
            MappingField("made", TextShape(), "The entry of `ids` of which the id is.", required=True),
            MappingField("answer", ANSWER, "The answer about it.", required=True),
            SOURCE_FIELD,
        )), "a list of other jobs"),
            "Jobs of other kinds that a call may be about: the id in it is one that belongs to them, `$made.NAME`."),
        MappingField("handler", PatternShape("`module:function`", r"[A-Za-z_][\w.]*:[A-Za-z_]\w*"),
                     "A function (call) -> answer, for what a pack cannot say."),
        MappingField("example", OBJECT, "A body, or query, that it accepts; default that of the kind."),
    ),
    exclusive=(("answer", "handler"),),
)  # fmt: skip
_SECTIONS: Final = (
    MappingField("pack", IntegerShape(LANGUAGE, LANGUAGE), "The version of the language: 1.", required=True),
    MappingField("vendor", PatternShape("a name of small letters", "[a-z][a-z0-9_-]*"), "The vendor's name.", True),
    MappingField("title", TextShape(), "The API's name for people.", required=True),
    MappingField("prefix", PatternShape("a path such as `/v1`", "(/[^/ ]+)+"),
                 "What the base URL of its clients has after the host: `/v1`."),
    MappingField("time_format", ChoiceShape(("iso-s", "iso-ms", "iso-us", "unix", "unix-ms")),
                 "How bodies write instants."),
    MappingField("sources", _mapping_of("a mapping of sources", MappingShape("a source", (
        MappingField("page", TextShape(), "The page or document.", required=True),
        MappingField("date", TextShape(), "The day of its capture, or its version.", required=True),
        MappingField("basis", ChoiceShape(("documented", "inferred")), "Default `documented`."),
    ))), "Where rules are from; `source` names an entry."),
    MappingField("notices", ListShape(TextShape(), "a list of sentences"), "What a newcomer must know."),
    MappingField("sdk", _mapping_of("a mapping of environment variables", MappingShape("a variable", (
        MappingField("holds", ChoiceShape(("key", "url")), "The key or the base URL.", required=True),
        MappingField("read_by", TextShape(), "Which clients read it.", required=True),
    ))), "The variables that the vendor's clients read."),
    MappingField("snippet", TextShape(), "A line of client code, with `${url}` (with the prefix) and `${key}`."),
    MappingField("key", ListShape(_KEY_FORM, "a list of forms"), "How requests carry the API key; the first is usual."),
    MappingField("request_headers", _mapping_of("a mapping of headers", _REQUEST_HEADER),
                 "Headers that requests must have."),
    MappingField("ids", _mapping_of("a mapping of forms of ids", _ID_FORM), "Forms of ids."),
    MappingField("parts", VALUES, "Values with a name, `$part.NAME`."),
    MappingField("fields", FIELDS, "Fields with a name, for `is`."),
    MappingField("requests", _mapping_of("a mapping of requests", REQUEST), "Create bodies."),
    MappingField("kinds", _mapping_of("a mapping of kinds of job", KIND, "a name", NAME_PATTERN, min_size=1),
                 "The kinds of job; the first is the main one.", required=True),
    MappingField("operations", _mapping_of("a mapping of operations", _OPERATION, "a name", NAME_PATTERN, min_size=1),
                 "The calls that clients make; a scenario's `play` uses their names.", required=True),
    MappingField("limits", _mapping_of(
        "a mapping of operations to rate limits",
        MappingShape("a rate limit such as `{requests: 10, per: 1m}`", (
            MappingField("requests", IntegerShape(1, 1_000_000), "How many.", required=True),
            MappingField("per", DURATION, "In how long.", required=True),
            MappingField("refill", IntegerShape(1, 1_000_000), "A bucket: how many come back in `per`."),
            MappingField("rolling", TrueFlag(), "In any such time, instead of in each window."),
            MappingField("shared", TrueFlag(), "One count for all keys and operations."),
            SOURCE_FIELD,
        )), GROUP_DESCRIPTION, GROUP_PATTERN,
    ), "Rate limits by operation; `*` for each that is not named."),
    MappingField("limit_headers", HEADER_VALUES, "Headers of answers that are counted."),
    MappingField("errors", _ERRORS, "The errors.", required=True),
    MappingField("mistakes", MISTAKE_WORDS, "The words for mistakes in requests."),
    MappingField("rules", ListShape(MappingShape("a rule", (
        MappingField("topic", TextShape(), "states, cancel, requests, errors, limits, events.", True),
        MappingField("subject", TextShape(), "What it is about.", required=True),
        MappingField("text", TextShape(), "What the fake does.", required=True),
        SOURCE_FIELD,
    )), "a list of rules"), "Rules with their sources that no table above has."),
)  # fmt: skip
PACK: Final[Shape] = MappingShape("a pack", _SECTIONS)
"""One era of a pack: the file with the overlays up to the era."""
_ERA: Final = MappingShape("an era", (
    MappingField("summary", TextShape(), "What is special about it, in one sentence.", required=True),
    MappingField("uncaptured", TextShape(), "Why no capture of the contract is of this era."),
    *(MappingField(section.name, ANY, section.doc) for section in _SECTIONS[3:]),
))  # fmt: skip
ERAS: Final = _mapping_of(
    "a mapping of dates to what changed then", _ERA, "a date such as `2026-08-08`", DATE.pattern, min_size=1
)
FILE: Final = MappingShape(
    "a pack", (*_SECTIONS, MappingField("eras", ERAS, "Each era, and what differs from the one before.", required=True))
)


def json_schema() -> dict[str, Any]:
    """Return the schema of a pack, draft 2020-12."""
    definitions: SchemaDefinitions = {}
    body = FILE.inline_schema(definitions)
    return {
        "$schema": DIALECT,
        "title": f"A videojob-mockserver pack (language {LANGUAGE})",
        **body,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Render the schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
