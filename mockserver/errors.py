"""Our own mistakes, and our users': one exception, one value a problem, and the catalogue of codes.

A vendor's error is a rendered answer and a broken rule is a finding; neither is ever raised. What is raised is a
`MockError`: one or more `Problem`s, each saying what was found, where, what is allowed and how to mend it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file (`line` and `column` count from 1) or in a document (`pointer`, RFC 6901)."""

    file: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return place or self.pointer or "-"


NO_LOCATION: Final = Location()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    code: str
    message: str
    hint: str = ""
    """How to mend it, one sentence."""
    location: Location = NO_LOCATION
    excerpt: str = ""
    """The offending source line."""

    def text(self) -> str:
        """For a terminal, nothing in it a control code: the place, if any, the message, the line, a caret, the hint."""
        place = f"{self.location}: " if self.location != NO_LOCATION else ""
        lines = [f"{place}{self.code} {self.message}"]
        if self.excerpt:
            before = self.excerpt[: self.location.column - 1]
            tab_safe = "".join(c if c == "\t" else " " * len(escape_unprintable(c)) for c in before)
            lines += [f"    {self.excerpt}", f"    {tab_safe}^"]
        if self.hint:
            lines.append(f"    {self.hint}")
        return escape_unprintable("\n".join(lines), keep="\t\n")

    def json(self) -> dict[str, Any]:
        """For a program: `{code, message, hint, file, line, column, pointer}`."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "pointer": self.location.pointer,
        }


class MockError(Exception):
    """One or more problems; the command prints them all and exits 2."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(problem.text() for problem in problems))
        self.problems: Final = problems


def refuse(code: str, message: str, hint: str = "", location: Location | None = None) -> MockError:
    """A `MockError` of one problem."""
    return MockError(Problem(code, message, hint, location or NO_LOCATION))


def escape_unprintable(text: str, keep: str = "") -> str:
    """What cannot be printed (line ends, escapes, reversed writing) as `\\x1b`, but for characters that are `kept`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode("ascii") for c in text)


_MAX_WORD_LENGTH: Final = 60
"""Characters of a word that is compared with others: it takes the square of it."""


def did_you_mean(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str:
    """` (did you mean 'x'?)` for the closest candidate, or nothing; `cutoff` is how alike they must be, up to 1."""
    if len(word) > _MAX_WORD_LENGTH:
        return ""
    import difflib

    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=cutoff)
    return f" (did you mean {close[0]!r}?)" if close else ""


_MAX_SHOWN_NAME: Final = 80
"""Characters of an unknown name that a message repeats."""


def refuse_unknown(code: str, what: str, name: str, known: Collection[str], hint: str | None = None) -> MockError:
    """Return the `MockError` of an unknown name: `no operation 'gett' (did you mean 'get'?)`.

    `what` is the noun in front of the name. The hint defaults to the list of known names.
    """
    shown = name[:_MAX_SHOWN_NAME]
    if hint is None:
        hint = ", ".join(known)
    return refuse(code, f"no {what} {shown!r}{did_you_mean(shown, known)}", hint)


CODES: Final[dict[str, str]] = {
    "ADM000": "The admin API is asked without its token, which it wants where others than this machine can reach it.",
    "ADM001": "There is no such admin call, or not with that method.",
    "ADM002": "The body or a parameter is not what the admin call takes: no JSON object, a field unknown or missing.",
    "ADM003": "A field or parameter of an admin call has a value of the wrong type, form or range.",
    "ADM004": "No job of the session has that id.",
    "ADM005": "The job has no such state.",
    "ADM006": "It cannot be as things are: time runs forward, and states follow each other as the lifecycle says.",
    "ADM007": "The job has no such item.",
    "ADM008": "There is a session of that name already.",
    "ADM009": "A session asks for a scenario that the server does not know.",
    "ADM010": "There is no session of that name.",
    "ADM011": "No delivery of the session has that id (only the latest are kept), or nobody is told of its job.",
    "ADM012": "Neither a hold nor a held request of the session has that id.",
    "ADM015": "The session has no fault of that id.",
    "ADM030": "The session has answered no request of that id.",
    "ADM031": "The request was answered, and its entry in the journal has been forgotten since: a journal is bounded.",
    "ADM032": "The request belongs to an epoch of its session that is over.",
    "ADM033": "What was waited for has not come in time.",
    "ADM034": "What is waited for cannot come any more.",
    "ADM035": "The session was reset or deleted while somebody waited for something in it.",
    "ADM036": "The server has no scenario of that name, or none that was sent to it.",
    "ADM037": "A scenario that is sent has the name of a file of the server.",
    "ADM038": "The server keeps no more scenarios that are sent to it.",
    "CON002": "A contract's file cannot be opened, or is not the plain YAML that contracts are written in.",
    "CON003": "A capture is not an OpenAPI document, or one of its schemas cannot be used.",
    "CON004": "A reference in a capture leaves the document, or leads nowhere.",
    "CON005": "There is no contract of that vendor.",
    "CON006": "The vendor's contract has no era as early as that date, or it is no date.",
    "CON007": "A waiver is incomplete, or for a rule that does not exist.",
    "CON008": "A rules file is incomplete, or names a kind of job or of rule that does not exist.",
    "CON009": "A capture is written in a version of OpenAPI that is not understood.",
    "CON010": "Neither of two compared contracts has an operation of that name.",
    "DAT001": "The bundled contracts or scenarios are not installed.",
    "LIB001": "No scenario has that name, and no file that path.",
    "SES001": "No session can have that name.",
    "SES002": "A request names two sessions, or a session that plays another scenario.",
    "SES003": "The request belongs to an epoch of its session that is over: a reset or a deletion came between.",
    "SES004": "That is no way for a clock to run.",
    "SRV000": "The mock server has a bug; its log has the traceback.",
    "SRV001": "A job kept changing while a request about it was handled.",
    "SRV002": "No vendor serves that path.",
    "SRV003": "What arrived is not valid HTTP; the connection is closed.",
    "SRV004": "The port is in use.",
    "SRV005": "The server cannot listen on that address.",
    "SRV020": "A request says that it belongs to a group, and its place there makes no sense or is taken.",
    "SRV021": "Requests of one group have to come together, and some did not come in time.",
    "VEN001": "No vendor of that name is installed.",
    "VEN002": "The vendor's first era begins later than that date.",
    "VEN003": "The date behind a vendor's name is no date.",
}
"""What each code means, in a sentence. A room with many codes has a table of its own, `codes.py`; `cli.catalogue` has
all of them, and docs/errors.md is made from it."""
