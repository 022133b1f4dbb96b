"""How Reap tells of a project unasked: the four keys of its status, unsigned, once it has come to one of three ends.

Source: the page on webhooks, which names `completed`, `invalid` and `expired`; the answer must be exactly 200, with an
empty body, within ten seconds. Whether a failed delivery is tried again is not known: here it is not, so that nobody
comes to rely on it (inferred).
"""

from collections.abc import Iterator
from typing import Final

import orjson

from mockserver.core.instants import SECOND
from mockserver.core.job import Job, settle
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import look
from mockserver.vendors.hooks import Hook
from mockserver.vendors.notices import Destination, Event, Letter, Notices, Places, Written
from mockserver.vendors.reap.render import status

TYPES: Final = ("project.completed", "project.invalid", "project.expired")
"""Our names: the service has none, what happened is told by the status."""


def events(job: Job, wanted: frozenset[str]) -> Iterator[Event]:
    """The end of a project."""
    seen: set[str] = set()
    for place, visit in enumerate(settle(job, FOREVER)):
        name = f"project.{visit.state}"
        if place and name in wanted and name not in seen:
            seen.add(name)
            yield Event(visit.entered, name, name)


def _where(job: Job, hook: Hook | None) -> Destination | None:
    return None if hook is None else Destination(hook.url, "", PROJECT.chosen(hook.events))


def _write(letter: Letter) -> Written:
    body = orjson.dumps(status(look(letter.job, letter.at)))
    return Written((("Content-Type", "application/json"),), body, "")


def accepts(code: int, body: bytes) -> str:
    """Exactly 200, and nothing in the body."""
    if code != 200:
        return f"the answer must be 200, not {code}"
    return "the answer's body must be empty" if body else ""


PROJECT: Final = Notices(
    types=TYPES,
    default=TYPES,
    events=events,
    where=_where,
    write=_write,
    delays=(),
    timeout=10 * SECOND,
    accepts=accepts,
    places=Places(event=("status",), job=("projectId",)),
)
