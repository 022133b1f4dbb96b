"""Turns what is wrong with the content of a store into one error, which says where it is."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import quote

from mockserver.errors import MockError, refuse
from mockserver.server.kept.entry_json import decode_json
from mockserver.server.session_file import WRONG, wrong_text
from mockserver.stores.codes import CODES

SERVER_LOG: Final = ""
"""The name of the log of what belongs to no session."""
PACK_HINT: Final = "start where the packs of its vendors are (./vendors)"
FILE_HINT: Final = (
    "`mockserver store export` saves the other sessions; put a copy of the store in its place, or serve another one"
)
"""Of a file's session."""
SHARED_HINT: Final = "DELETE /__mock/sessions/{name} ends it"
"""Of a session in Redis."""


def last_epoch(entries: Iterable[bytes]) -> int:
    """Return the latest epoch in the entries of a session's log, as far as they can be read; 1 where none has one."""
    epoch = 1
    for data in entries:
        with suppress(*WRONG):
            entry = decode_json(data)
            epoch = max(epoch, entry.get("ended", 0), entry.get("begin", {}).get("epoch", 0))
    return epoch


@contextmanager
def readable(location: str, name: str, part: str) -> Iterator[None]:
    """Turn what is wrong with a part of a session's log into `MockError` SRV046; errors of the store itself stay."""
    try:
        yield
    except MockError as error:
        problem = error.problems[0]
        if problem.code in CODES:
            raise
        hints = [PACK_HINT] if problem.code.startswith("VEN") else []
        raise _unreadable(location, name, part, problem.message, hints) from error
    except WRONG as error:
        raise _unreadable(location, name, part, wrong_text(error), []) from error


def _unreadable(location: str, name: str, part: str, detail: str, hints: list[str]) -> MockError:
    what = "uploaded scenarios" if name == SERVER_LOG else f"session {name!r}"
    hints.append(SHARED_HINT.format(name=quote(name)) if "://" in location and name else FILE_HINT)
    message = f"the store's {what} cannot be read: {detail} ({part} in {location})"
    return refuse("SRV046", message, "; ".join(hints))
