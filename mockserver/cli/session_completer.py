"""Completes the names of the sessions of a running server, which is asked for them while the shell waits.

Like every completer it never fails and never prints.
"""

from contextlib import suppress

from click import Context, Parameter
from click.shell_completion import CompletionItem

from mockserver.cli.completers import matching_items
from mockserver.cli.options import default_server_url
from mockserver.cli.quick_call import quick_answer


def complete_sessions(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a session of the server that the command line names, if it answers in time."""
    url = context.params.get("url") or default_server_url()
    answer = quick_answer(url, context.params.get("admin_token") or "", "sessions")
    names: list[str] = []
    with suppress(KeyError, TypeError):
        names = [str(session["name"]) for session in (*answer["sessions"], *answer.get("unreadable", ()))]
    return matching_items(names, incomplete)
