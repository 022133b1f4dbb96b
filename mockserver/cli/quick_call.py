"""Asks a server something that can do without an answer: completions, and the version in a message."""

from contextlib import suppress
from typing import Any, Final

import orjson

from mockserver.client.http import HttpClient, Unreachable
from mockserver.core.wire import Request
from mockserver.errors import MockError

TIMEOUT_SECONDS: Final = 0.3
"""How long a server may take."""


def quick_answer(url: str, token: str, path: str) -> Any:
    """Return the JSON of `GET /__mock/PATH`; an empty object if a server does not answer it in time."""
    with suppress(MockError, Unreachable, ValueError):
        client = HttpClient(url, token)
        response = client.send_once(Request("GET", f"/__mock/{path}"), client.admin_headers, TIMEOUT_SECONDS)
        answer = None if response is None else orjson.loads(response.body)
        if isinstance(answer, dict):
            return answer
    return {}
