"""Puts the hints of the admin API into the words of the command: its hints name HTTP calls, a user has verbs.

A hint that names no call stays as it is.
"""

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any, Final

from mockserver.client.admin import DEFAULT_SESSION, in_other_words
from mockserver.errors import MockError, Problem

_HERE: Final = "{session}"
"""Stands for ` --session NAME`, where the command has one that is not the default one."""
_WORDS: Final = (
    (r'"force": true moves', "--force moves"),
    (r"^GET /__mock/jobs$", "`mockserver jobs{session}` lists them."),
    (r"GET /__mock/jobs/ID", "`mockserver jobs show ID{session}`"),
    (r"GET /__mock/jobs", "`mockserver jobs{session}`"),
    (r"DELETE /__mock/sessions/(\S+) ends it", r"`mockserver sessions delete \1` ends it"),
    (r"DELETE /__mock/sessions/(.+?)\.?$", r"`mockserver sessions delete \1`."),
    (
        r"write the file with `GET /__mock/sessions/NAME/export`",
        "`mockserver sessions export NAME -o FILE` writes one.",
    ),
    (r"GET /__mock/sessions", "`mockserver sessions`"),
    (r"GET /__mock/scenarios", "`mockserver list`"),
    (r"GET /__mock/faults", "`mockserver faults{session}`"),
    (r"DELETE /__mock/faults", "`mockserver faults clear{session}`"),
    (r"^GET /__mock/holds lists them", "`mockserver holds{session}` lists them"),
    (r"DELETE /__mock/holds", "`mockserver holds clear{session}`"),
    (r"GET /__mock/deliveries", "`mockserver webhooks deliveries{session}`"),
    (r"POST /__mock/webhooks", "`mockserver webhooks set VENDOR{session}`"),
    (r"DELETE /__mock/webhooks", "`mockserver webhooks clear{session}`"),
    (r"POST /__mock/reset with X-Mock-Session: (\S+)", r"`mockserver reset --session \1`"),
    (r"POST /__mock/reset", "`mockserver reset{session}`"),
    (r"POST /__mock/clock", "`mockserver clock advance{session}`"),
    (r'^\{"(advance|auto|scale|set)": "?([^"}]+)"?\}$', r"Write `mockserver clock \1 \2{session}`."),
    (r"give the import another `name`", "--name NAME gives it another one."),
    (r"repeat the call to go on", "run the command again to go on"),
    (r"the header X-Mock-Session selects", "--session NAME selects"),
    (r"X-Mock-Session: ", ""),
)
"""Patterns of what the admin API says, with what a user of the command does; the first that fits a place wins."""


def in_command_words(error: MockError, session: str) -> MockError:
    """Return the error of an admin call with its hints in the command's words; `session` is the command's."""
    return MockError(*_translated(error.problems, session))


def scope_note(answer: Mapping[str, Any]) -> str:
    """Return a line that says whose answer it is; empty: no other server has answers of its own."""
    if "scope" not in answer:
        return ""
    return f"note: about {answer['scope']}"


def unreadable_problems(answer: Mapping[str, Any], session: str) -> Iterable[Problem]:
    """Return the problem of each session that is missing from an answer about all of them."""
    listed = answer.get("unreadable", ())
    return _translated((Problem(each["code"], each["detail"], each["hint"]) for each in listed), session)


def _translated(problems: Iterable[Problem], session: str) -> Iterable[Problem]:
    here = "" if session == DEFAULT_SESSION else f" --session {quote(session)}"
    for problem in problems:
        yield problem._replace(hint=in_other_words(problem.hint, _WORDS).replace(_HERE, here))
