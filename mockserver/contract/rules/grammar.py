"""The keys of a rules file outside its rules, each with its meaning: the reader checks them, docs/rules.md prints them.

The keys of the entries of `rules` are in `kinds`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from mockserver.errors import did_you_mean

FILE_KEYS: Final[Mapping[str, str]] = {
    "vendor": "the vendor, as its folder is called",
    "hosts": "a list of the hosts that serve the API: a recording of one of them is this vendor's",
    "resources": "the kinds of job by name; without one, no job is judged",
    "rules": "a list of rules",
}
COMMON_FILE_KEYS: Final = ("rules",)
"""The keys of the file with the rules for all vendors."""
RESOURCE_KEYS: Final[Mapping[str, str]] = {
    "states": "required: a list of the states of a job; two more are known, `absent` (not created yet) and `deleted`",
    "terminal": "required: the states that a job never leaves",
    "operations": "required: by `operationId` of the captures, what an operation has to do with a job; see below",
    "status": "the pointer of the state in a job's body; default `/status`",
    "moves": "by state, the states that a job may enter next without a call",
    "words": "by value of the status field, the states that it may stand for; default: each state's own name",
    "created": "the pointer of the time of creation in a job's body",
    "kept": "how long a job stays readable after its creation (`30d`); default: for ever",
}
BINDING_KEYS: Final[Mapping[str, str]] = {
    "id": "required, where the id is: `path NAME` or `query NAME` (a parameter), `body POINTER` (in the request), "
    "`answer POINTER` (in the answer), or `each POINTER` (in each entry of the answer's list)",
    "shows": "by status, the pointer of the job in the answer (`''`: the whole body)",
    "each": "the pointer of the list in an answer that shows several jobs",
    "lines": "`true`: the answer is JSON Lines, a job a line",
    "words": "as above, for this operation only",
    "unknown": "a list of the statuses that say that there is no such job",
    "answers": "by status, a clause or a list of them: what the answer proves about the job",
    "partial": "`true`: the body is not the whole job, so rules about its fields do not apply",
    "creates": "`true`: the operation creates a job",
}
CLAUSE_KEYS: Final[Mapping[str, str]] = {
    "from": "required: the states in which the server gives this answer",
    "to": "the states that the job enters, or `shown`, the state in the answer; default: it stays where it is",
    "shown": "only if the answer shows one of these states",
    "when": "only if these conditions hold of the exchange (`/http`, `/body`, `/sent`, `/headers`, `/query`)",
    "given": "only if these conditions hold of the job's last known body",
    "older": "only for a job of at least this age (`8h`)",
    "eras": "only in these eras",
}


def check_keys(written: Any, allowed: Collection[str], subject: str) -> None:
    """Check the keys of a mapping. Raises TypeError for what is no mapping, ValueError for an unknown key."""
    if not isinstance(written, Mapping):
        raise TypeError(f"{subject} must be a mapping, not {written!r}")
    for key in written:
        if key not in allowed:
            known = ", ".join(allowed)
            raise ValueError(f"{subject} has no key {key!r}{did_you_mean(str(key), allowed)}; its keys are {known}")
