"""Errors of this project and of its users: one exception, one value for a problem, and the catalogue of codes.

A vendor's error is a rendered response and a broken rule is a finding; neither is ever raised. What is raised is a
`MockError` with one or more `Problem`s, each of which states what was found, where, what is allowed and how to fix it.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple


class Location(NamedTuple):
    """A place in a file (`line` and `column` count from 1) or in a document (`pointer`, RFC 6901)."""

    file: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        if self.line:
            return f"{self.file}:{self.line}:{self.column}"
        return self.file or self.pointer or "-"


NO_LOCATION: Final = Location()


class Problem(NamedTuple):
    """One error, with its place."""

    code: str
    message: str
    hint: str = ""
    """How to fix it, in one sentence."""
    location: Location = NO_LOCATION
    excerpt: str = ""
    """The source line of the location."""

    def text(self) -> str:
        """Render for a terminal, without control codes: place, code, message, source line, caret and hint.

        Each is one line, so that a line end in a quoted name cannot begin a line of its own.
        """
        lines = [f"{self.code} {self.message}"]
        if self.location != NO_LOCATION:
            lines = [f"{self.location}: {self.code} {self.message}"]
        if self.excerpt:
            before = self.excerpt[: self.location.column - 1]
            # A tab stays a tab and an escape takes its width, so that the caret stands under its column.
            tab_safe = "".join(c if c == "\t" else " " * len(escape_unprintable(c)) for c in before)
            lines += [f"    {self.excerpt}", f"    {tab_safe}^"]
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(escape_unprintable(line, keep="\t") for line in lines)

    def json(self) -> dict[str, Any]:
        """Return `{code, message, hint, file, line, column, pointer}`."""
        return {"code": self.code, "message": self.message, "hint": self.hint, **self.location._asdict()}


class MockError(Exception):
    """One or more problems; the command prints them all and exits 2."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(problem.text() for problem in problems))
        self.problems: Final = problems


def refuse(code: str, message: str, hint: str = "", location: Location | None = None) -> MockError:
    """Return a `MockError` with one problem."""
    return MockError(Problem(code, message, hint, location or NO_LOCATION))


def escape_unprintable(text: str, keep: str = "") -> str:
    """Escape what cannot be printed (line ends, escape codes, bidi marks) as `\\x1b`; `keep` has exceptions."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode("ascii") for c in text)


_MAX_WORD_LENGTH: Final = 60
"""The longest word that is compared with others: comparing takes the square of its length."""


_SHORT_WORD: Final = 5
"""Letters of a word in which one letter may differ, and no more: half of such words resemble each other by chance."""


def did_you_mean(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str:
    """Return ` (did you mean 'x'?)` for the closest candidate, or ""; `cutoff` is the least similarity, up to 1."""
    if len(word) > _MAX_WORD_LENGTH:
        return ""
    return "".join(f" (did you mean {close!r}?)" for close in closest_names(word, list(candidates), cutoff))


def closest_names(word: str, names: list[str], cutoff: float = 0.6) -> list[str]:
    """Return the closest name in a list, or none: case does not count, and a short word has one wrong letter."""
    import difflib

    word = word.lower()
    spelt = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word, spelt, n=1, cutoff=cutoff)
    if close and len(word) <= _SHORT_WORD and word not in close[0]:
        close = difflib.get_close_matches(word, close, n=1, cutoff=(len(word) - 1) / len(word))
    return [spelt[each] for each in close]


_MAX_LISTED_NAMES: Final = 10


def nearest_names(word: str, known: Iterable[str]) -> str:
    """Return known names, the nearest one first, and no more than ten: `get, list, create and 32 more`."""
    names = list(dict.fromkeys(known))
    near = closest_names(word[:_MAX_WORD_LENGTH], names)
    names = [*near, *(name for name in names if name not in near)]
    text = ", ".join(names[:_MAX_LISTED_NAMES])
    more = len(names) - _MAX_LISTED_NAMES
    return f"{text} and {more} more" if more > 0 else text


_MAX_SHOWN_NAME: Final = 80
"""Characters of an unknown name that a message repeats."""


def refuse_unknown(code: str, what: str, name: str, known: Collection[str], hint: str | None = None) -> MockError:
    """Return the `MockError` of an unknown name: `no operation 'gett' (did you mean 'get'?)`.

    `what` is the noun in front of the name. The hint defaults to the list of known names.
    """
    shown = name[:_MAX_SHOWN_NAME]
    if hint is None:
        hint = f"Use one of: {', '.join(known)}." if known else "There is none."
    return refuse(code, f"no {what} {shown!r}{did_you_mean(shown, known)}", hint)


CODES: Final[dict[str, str]] = {
    "ADM000": "The admin API was called without its token, or with another one; it requires one off loopback.",
    "ADM001": "The admin API has no such path, or not with that method.",
    "ADM002": "The body of an admin call is no JSON object, or one of its fields or parameters is unknown or missing.",
    "ADM003": "A field or parameter of an admin call has a value of the wrong type, form or range.",
    "ADM004": "The session has no job with that id.",
    "ADM005": "The job has no such state.",
    "ADM006": "The change is impossible now: time only moves forward, and states follow the lifecycle.",
    "ADM007": "The job has no such item.",
    "ADM008": "A session with that name already exists.",
    "ADM009": "A session requests a scenario that the server does not have.",
    "ADM010": "No session has that name.",
    "ADM011": "The session has no delivery with that id (only the latest are kept), or its job has no receiver.",
    "ADM012": "The session has no hold and no held request with that id.",
    "ADM015": "The session has no fault with that id.",
    "ADM030": "The session has answered no request with that id.",
    "ADM031": "The request was answered, but its entry in the bounded journal was evicted.",
    "ADM032": "The request belongs to an earlier epoch of its session.",
    "ADM033": "The awaited event did not happen in time.",
    "ADM034": "The awaited event can no longer happen.",
    "ADM035": "The session was reset or deleted during a wait.",
    "ADM036": "The server has no scenario with that name, or it was not uploaded.",
    "ADM037": "An uploaded scenario has the name of one of the server's files.",
    "ADM038": "The server keeps no more uploaded scenarios.",
    "ADM039": "A web page of another origin called the admin API.",
    "ADM040": "The admin API was called under a name that is not this machine's.",
    "ADM041": "The body of an admin call is not declared as JSON.",
    "ADM042": "Receivers that do not answer have stopped a move of the clock on its way.",
    "ADM043": "The findings of a session were requested from a server that does not judge its answers.",
    "ADM044": "The answer at another instant would take too long: the session has too many jobs.",
    "ADM045": "The server sends as many feeds as it may.",
    "ADM046": "Several processes answer at the address, and each knows only the requests that it has answered itself.",
    "CON002": "A contract's file cannot be opened, or is not the plain YAML of contracts.",
    "CON003": "A capture is not an OpenAPI document, or one of its schemas cannot be used.",
    "CON004": "A reference in a capture leaves the document, or has no target.",
    "CON005": "There is no contract of that vendor.",
    "CON006": "The vendor's contract has no era as early as that date, or the date is not valid.",
    "CON007": "A waiver is incomplete, or names a rule that does not exist.",
    "CON008": "A rules file is incomplete, or has a key or a name that does not exist.",
    "CON009": "A capture uses an unsupported version of OpenAPI.",
    "CON010": "Neither of two compared contracts has an operation with that name.",
    "CON011": "Several places have the contract of a vendor.",
    "DAT001": "The bundled contracts, scenarios or vendors are not installed.",
    "DAT002": "An installed package names a data folder that it does not have.",
    "LIB001": "No scenario has that name, and no file has that path.",
    "LIB002": "A scenario has another name than its file, by which it is found.",
    "SES001": "The name is not a valid session name.",
    "SES002": "A request names two sessions, or a session that plays another scenario.",
    "SES003": "The request belongs to an epoch of its session that a reset or a deletion has ended.",
    "SES004": "The clock mode is not valid.",
    "SES005": "The session was evicted: the server had too many of them, or they took too much memory.",
    "SES006": "A session file is not what this version reads, or does not lead to the jobs that it describes.",
    "SES007": "The session has too many jobs for a session file.",
    "SRV000": "The mock server has a bug; its log has the traceback.",
    "SRV001": "A job kept changing while a request about it was handled.",
    "SRV002": "No vendor serves that path.",
    "SRV003": "The request is not valid HTTP, or is HTTP that the server does not have; the connection is closed.",
    "SRV004": "The port is in use.",
    "SRV005": "The server cannot listen on that address.",
    "SRV020": "A request claims a place in a group that is invalid or taken.",
    "SRV021": "The requests of a group must arrive together, and some did not arrive in time.",
    "SRV022": "The session takes as much memory as all sessions together may.",
    "SRV023": "The body of a request has a content coding that the server does not decode.",
    "SRV024": "A scenario file that is played by default and was read again has another name or vendor than before.",
    "SRV025": "The certificate, its key or its folder cannot be used, or the package that makes one is missing.",
    "SRV026": "Several vendors have that call, and nothing says which one is meant.",
    "SRV032": "Two servers have changed the same settings of a session at the same time.",
    "VEN001": "No vendor with that name is installed.",
    "VEN002": "The vendor's first era begins later than that date.",
    "VEN003": "The date after a vendor's name is not valid.",
    "VEN004": "An installed vendor cannot be loaded.",
    "VEN005": "Several places have a vendor of the same name.",
    "VEN006": "A vendor was made for another version of the vendors' API.",
}
"""The meaning of each code, in a sentence. A package with many codes has a table of its own, `codes.py`;
`cli.catalogue` collects all of them, and docs/errors.md is generated from it."""
