"""What is wrong with a file that is not YAML, in the words of this language; the parser's own words come last."""

from typing import Final, NamedTuple


class SyntaxAdvice(NamedTuple):
    """What is wrong, and what to write."""

    message: str
    hint: str


_SAME_COLUMN: Final = "The entries of a list begin with `- ` in one column, the keys of a mapping in one column."
_OWN_COLUMN: Final = SyntaxAdvice("this line begins in a column of its own", _SAME_COLUMN)
_BEHIND_A_VALUE: Final = SyntaxAdvice(
    "something follows a complete value",
    "Inside single quotes write an apostrophe twice, inside double quotes a quotation mark after a backslash.",
)
_ESCAPE: Final = SyntaxAdvice(
    "a backslash in double quotes begins an escape that YAML does not have",
    "Write the character itself, or a backslash as two.",
)
_ADVICE: Final = {
    "cannot start any token": SyntaxAdvice(
        "a tab, or a character with which no text begins",
        "Indent with spaces, not with tabs; put a text that begins with `@`, `%` or a backtick in quotes.",
    ),
    "tab character": SyntaxAdvice("a tab at the beginning of a line", "Indent with spaces, not with tabs."),
    "mapping values are not allowed": SyntaxAdvice(
        "this colon cannot follow a key here",
        "Put a text that contains a colon and a space in quotes, or begin the key in the column of the keys above it.",
    ),
    "'-' indicator": _OWN_COLUMN,
    "expected key": _OWN_COLUMN,
    "expected <block end>": _OWN_COLUMN,
    "could not find expected ':'": SyntaxAdvice(
        "a key without a colon", "Write `key: value`, with a colon and a space."
    ),
    "unexpected end of stream": SyntaxAdvice(
        "a quotation mark is not closed", "Close the quotation mark that begins here."
    ),
    "scanning an alias": SyntaxAdvice(
        "`*` begins an alias, and this one has no name", "Put a text that begins with `*` in quotes."
    ),
    "scanning an anchor": SyntaxAdvice(
        "`&` begins an anchor, and this one has no name", "Put a text that begins with `&` in quotes."
    ),
    "escape": _ESCAPE,
    "hexdecimal": _ESCAPE,
    " a tag": SyntaxAdvice("`!` begins a tag, and this is none", "Put a text that begins with `!` in quotes."),
    "block scalar": SyntaxAdvice("something follows `|` or `>`", "Begin the text in the next line."),
    "node content": SyntaxAdvice("a value is missing", "An entry is missing here, or a bracket is not closed."),
    "flow sequence": SyntaxAdvice(
        "a list in brackets goes on without a comma or is not closed",
        "Separate the entries with commas, and close the bracket `]`.",
    ),
    "flow mapping": SyntaxAdvice(
        "a mapping in braces goes on without a comma or is not closed",
        "Separate the entries with commas, and close the brace `}`.",
    ),
}
"""By a part of the parser's words; the first that fits."""


def advise(parser_words: str, before: str) -> SyntaxAdvice:
    """Return what is wrong and what to write, for the message of a `YamlReadError`.

    `before` is what stands in front of the place, in its line.
    """
    advice = next((advice for part, advice in _ADVICE.items() if part in parser_words), None)
    if advice is None:
        return SyntaxAdvice(parser_words, "")
    if advice is _OWN_COLUMN and before.strip(" -"):
        advice = _BEHIND_A_VALUE
    return advice._replace(hint=f"{advice.hint} (YAML: {parser_words.removeprefix('this is not YAML: ')})")
