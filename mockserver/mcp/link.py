"""The way from a tool to the running server, which may start, stop and come back while the tools live."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from mockserver.client.admin import DEFAULT_SESSION, AdminClient, NotMockServer
from mockserver.client.http import HttpClient, Unreachable
from mockserver.errors import refuse, refuse_unknown

START_COMMAND: Final = "mockserver serve --check"
"""Starts a server of which every tool has an answer."""


class ServerLink:
    """Opens a connection for each call of a tool, so that a server that was away is found again.

    Raises `MockError` RUN001 for what is no base URL.
    """

    def __init__(self, url: str, admin_token: str) -> None:
        HttpClient(url).close()
        self.url = url.rstrip("/")
        self._admin_token = admin_token

    @contextmanager
    def admin(self, session: str = DEFAULT_SESSION) -> Iterator[AdminClient]:
        """Connect for the calls inside. Raises `MockError` MCP002 if no mock server answers."""
        with closing(HttpClient(self.url, self._admin_token)) as client:
            try:
                yield AdminClient(client, session)
            except NotMockServer as error:
                hint = f"Give `mockserver mcp --url` the URL that `{START_COMMAND}` prints."
                raise refuse("MCP002", str(error), hint) from None
            except Unreachable as error:
                hint = f"Start a server in a terminal of its own, `{START_COMMAND}`, and call the tool again."
                raise refuse("MCP002", str(error), hint) from None

    @contextmanager
    def existing_session(self, session: str) -> Iterator[AdminClient]:
        """Connect for calls about a session. Raises `MockError` MCP004 if there is none, since a call would create it.

        The default session exists from its first call on.
        """
        with self.admin(session) as admin:
            answer = admin.get("sessions", checked_sessions)
            names = [str(each["name"]) for each in answer["sessions"]]
            is_complete = answer["total"] <= len(names) and "unreadable" not in answer
            if session not in (DEFAULT_SESSION, *names) and is_complete:
                listed = ", ".join(names[-_MAX_NAMED:]) or "none yet"
                hint = f"Sessions: {listed}. The tool `sessions` creates one."
                raise refuse_unknown("MCP004", "session", session, names, hint)
            yield admin


_MAX_NAMED: Final = 10
"""Sessions that an error names, the newest."""


def checked_sessions(answer: Any) -> dict[str, Any]:
    """Return an answer of `GET sessions`. Raises KeyError or TypeError for any other JSON."""
    unreadable = {key: answer[key] for key in ("unreadable",) if key in answer}
    return {"total": int(answer["total"]), "sessions": list(answer["sessions"]), **unreadable}
