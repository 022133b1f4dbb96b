"""The shapes of requests: fields, their types, and the words for mistakes in them."""

from typing import Final

from mockserver.packs.grammar_values import GROUP_DESCRIPTION, GROUP_PATTERN, SOURCE_FIELD, VALUE, DeferredShape
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.scalar_shapes import ANY, ChoiceShape, IntegerShape, TextShape, TrueFlag
from mockserver.scenario.shapes import Shape

TYPES: Final = ("any", "string", "integer", "number", "boolean", "object", "array", "url", "date-time", "file")
"""The types of a field; `url` and `date-time` are texts of that form, `file` a file of a form."""
NUMBER: Final = IntegerShape(-(10**15), 10**15)
MISTAKES: Final = (
    "missing",
    "wrong type",
    "pattern",
    "too short",
    "too long",
    "too small",
    "too large",
    "not an option",
    "item count",
    "unknown fields",
    "custom",
)
"""The kinds of mistakes of a request, as in `vendors.checks`."""

_REQUIRED: Final = MappingField("required", TrueFlag(), "It must be there.")
FIELD: Final[Shape] = OneOfShape(
    (
        ChoiceShape(TYPES),
        MappingShape(
            "a field",
            (
                MappingField("type", ChoiceShape(TYPES), "Its type; default `any`."),
                MappingField("is", TextShape(), "An entry of `fields` that describes it."),
                MappingField("options", ListShape(ANY, "a list of options"), "The values that are allowed."),
                MappingField("pattern", TextShape(), "A regular expression that a text full-matches."),
                MappingField("allowed", TextShape(), "What the pattern allows, in words."),
                MappingField("min", NUMBER, "The least number, characters, items or members."),
                MappingField("max", NUMBER, "The largest number, or the most characters, items or members."),
                MappingField("of", DeferredShape(lambda: FIELD), "The entries of an array, or values of an object."),
                MappingField("unique", TextShape(), "A member that differs in each entry of an array."),
                MappingField("fields", DeferredShape(lambda: FIELDS), "The members of an object."),
                MappingField(
                    "unknown_fields", ChoiceShape(("ignore", "refuse")), "What happens to other members of an object."
                ),
                MappingField("any_of", ListShape(DeferredShape(lambda: FIELD), "a list of fields"), "Alternatives."),
                _REQUIRED,
                MappingField("refused", TextShape(), "It must not be there; the message of the mistake."),
                MappingField("default", ANY, "Its value where the request has none."),
                MappingField("error", TextShape(), "The error of `errors` for a mistake in it."),
            ),
            exclusive=(("type", "is"), ("type", "any_of"), ("required", "refused")),
            requires=(("allowed", "pattern"),),
            min_size=1,
        ),
    ),
    definition_name="field",
)
FIELDS: Final[MappingShape] = MappingShape("a mapping of fields", extra_keys=ExtraKeys(FIELD), definition_name="fields")
REQUEST: Final = MappingShape(
    "a request",
    (
        SOURCE_FIELD,
        MappingField("fields", FIELDS, "The fields of the body."),
        MappingField("by", TextShape(), "The field whose value selects the variant."),
        MappingField("variants", MappingShape("a mapping of the field's values to fields",
                                              extra_keys=ExtraKeys(FIELDS, GROUP_DESCRIPTION, GROUP_PATTERN),
                                              min_size=1),
                     "The fields by the value of `by`, besides `fields`."),
        MappingField("unknown_fields", ChoiceShape(("ignore", "refuse")), "What happens to others; default `ignore`."),
    ),
    requires=(("by", "variants"), ("variants", "by")),
)  # fmt: skip
_MISTAKE: Final = MappingShape(
    "a mapping with `code` and `message`",
    (
        MappingField("code", VALUE, "The machine-readable kind of mistake, `$mistake.code`."),
        MappingField("message", VALUE, "The text, `$mistake.message`.", required=True),
    ),
)
MISTAKE_WORDS: Final = MappingShape(
    "a mapping of kinds of mistakes to words",
    (
        MappingField("entry", VALUE, "One mistake in `$mistakes`."),
        MappingField("line", VALUE, "One mistake in `$mistakes.text`."),
        *(MappingField(kind, _MISTAKE, f"A mistake of the kind {kind!r}.") for kind in MISTAKES),
        MappingField("else", _MISTAKE, "Every other mistake."),
    ),
)
