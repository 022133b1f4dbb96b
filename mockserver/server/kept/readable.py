"""Turns what is wrong with the content of a store into one error, which says where it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mockserver.errors import MockError, refuse
from mockserver.server.session_file import WRONG, wrong_text
from mockserver.stores.codes import CODES

SERVER_LOG: Final = ""
"""The name of the log of what belongs to no session."""
PACK_HINT: Final = (
    "start where the packs of its vendors are (./vendors); `mockserver store export` of the version that wrote"
    " it saves it; serve another store meanwhile"
)
DAMAGE_HINT: Final = "put a copy of the store in its place, or serve another one"


@contextmanager
def readable(location: str, name: str, part: str) -> Iterator[None]:
    """Turn what is wrong with a part of a session's log into `MockError` SRV046; errors of the store itself stay."""
    try:
        yield
    except MockError as error:
        problem = error.problems[0]
        if problem.code in CODES:
            raise
        hint = PACK_HINT if problem.code.startswith("VEN") else DAMAGE_HINT
        raise _unreadable(location, name, part, problem.message, hint) from error
    except WRONG as error:
        raise _unreadable(location, name, part, wrong_text(error), DAMAGE_HINT) from error


def _unreadable(location: str, name: str, part: str, detail: str, hint: str) -> MockError:
    what = "uploaded scenarios" if name == SERVER_LOG else f"session {name!r}"
    return refuse("SRV046", f"the store's {what} cannot be read: {detail} ({part} in {location})", hint)
