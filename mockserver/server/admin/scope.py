"""Says whose requests an answer is about, where several servers have the same sessions.

They share what happens to jobs, and nothing else: a poll writes nothing. So each has a journal, findings and a list of
deliveries of its own. A caller can choose one of several servers, but not one of several processes on one port.
"""

import os
import socket

from mockserver.errors import refuse
from mockserver.server.sessions import SessionRegistry


def own_scope(registry: SessionRegistry) -> dict[str, str]:
    """Return the `process_scope` of an answer about requests or deliveries alone.

    Raises `MockError` ADM046 if the server is one of several processes, of which chance has taken this one.
    """
    workers = registry.settings.workers
    if workers > 1:
        detail = f"{workers} processes answer here, and each knows only the requests and deliveries of its own"
        hint = (
            "Serve without --workers for this call; or record all requests with `mockserver proxy --record`"
            " in front of the server, for `mockserver check`."
        )
        raise refuse("ADM046", detail, hint)
    return process_scope(registry)


def process_scope(registry: SessionRegistry) -> dict[str, str]:
    """Return `{scope}`, a member of each answer with what this server alone has answered; empty: there is no other."""
    if not registry.keeper.is_shared:
        return {}
    process = f"process {os.getpid()} on {socket.gethostname()}"
    return {"scope": f"this server alone ({process}): others that share its store have answers of their own"}
