"""Nothing is fetched while the site is built: an attempt to connect or to look up a name ends the build."""

import sys
from typing import Any, Final

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

REFUSED: Final = frozenset({"socket.connect", "socket.getaddrinfo", "urllib.Request"})


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Handle an audit event of the interpreter. Raises `ExtensionError` for one that leads out of this machine."""
    if event in REFUSED:
        raise ExtensionError(f"the build of the site must not use the network ({event} {arguments[-1]!r})")


def setup(_app: Sphinx) -> dict[str, bool]:
    """Register with the interpreter; an audit hook cannot be removed, and the process builds nothing but the site."""
    sys.addaudithook(refuse_network)
    return {"parallel_read_safe": True}
