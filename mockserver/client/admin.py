"""Calls of a mock server's admin API, each answered or refused with the server's own code."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import orjson

from mockserver.client.http import HttpClient, Unreachable
from mockserver.core.wire import Request, Response
from mockserver.errors import Location, MockError, Problem, refuse

T = TypeVar("T")
DEFAULT_SESSION: Final = "default"
"""The session of a call that names none."""
_LOCATION_DEFAULTS: Final[Mapping[str, Any]] = {"file": "", "line": 0, "column": 0, "pointer": ""}
SESSION_HEADER: Final = "X-Mock-Session"
"""The request header that names the session of a call."""


def admin_path(*words: str) -> str:
    """Return the path of an admin call about a thing by its id: `jobs/ID/move`."""
    return "/".join(quote(word, safe=":") for word in words)


def in_other_words(hint: str, words: Iterable[tuple[str, str]]) -> str:
    """Return a hint of the admin API with each of the patterns replaced by its words."""
    for pattern, other in words:
        hint = re.sub(pattern, other, hint)
    return hint


def session_url(url: str, name: str) -> str:
    """Return the base URL of a session of the server at `url`."""
    return f"{url.rstrip('/')}/s/{quote(name, safe='')}"


def admin_request(
    method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
) -> Request:
    """Return the request of an admin call, `METHOD /__mock/PATH`; a POST has a JSON object, which may be empty."""
    headers: dict[str, str] = {}
    data = b""
    if method == "POST":
        headers["content-type"] = "application/json"
        data = json.dumps(body or {}).encode()
    return Request(method, f"/__mock/{path}", urlencode(query or {}), headers, data)


class AdminClient:
    """The admin calls of one session, on a connection that may also carry vendor requests."""

    def __init__(self, client: HttpClient, session: str = DEFAULT_SESSION) -> None:
        self.client = client
        self.session = session

    def get(self, path: str, read: Callable[[Any], T], query: Mapping[str, str] | None = None) -> T:
        """Get `/__mock/PATH` and return what `read` takes from the answer. Raises what `call_admin` raises."""
        return self.call(admin_request("GET", path, query=query), read)

    def get_text(self, path: str) -> str:
        """Get `/__mock/PATH`, which is answered with a text. Raises what `call_admin` raises."""
        request = self._in_session(admin_request("GET", path))
        response = self.client.send(request, self.client.admin_headers)
        if response.status < 400:
            return response.body.decode(errors="replace")
        raise _failure(self.client, request, response)

    def post(self, path: str, read: Callable[[Any], T], body: Mapping[str, Any] | None = None) -> T:
        """Post a JSON object, empty by default, to `/__mock/PATH`. Returns and raises as `get` does."""
        return self.call(admin_request("POST", path, body=body), read)

    def delete(self, path: str, read: Callable[[Any], T]) -> T:
        """Delete `/__mock/PATH`. Returns and raises as `get` does."""
        return self.call(admin_request("DELETE", path), read)

    def call(self, request: Request, read: Callable[[Any], T]) -> T:
        """Send a request for this session. Returns and raises as `get` does."""
        return call_admin(self.client, self._in_session(request), read)

    def _in_session(self, request: Request) -> Request:
        """Name the session in a header, or in the path if its name has letters that a header cannot carry."""
        if self.session.isascii():
            return request._replace(headers={**request.headers, SESSION_HEADER: self.session})
        return request._replace(path=session_url("", self.session) + request.path)


def call_admin(client: HttpClient, request: Request, read: Callable[[Any], T]) -> T:
    """Send an admin call and return what `read` takes from its decoded JSON object.

    Raises `MockError` with the server's own code if it refuses the call, `Unreachable` if it does not answer, and
    `NotMockServer` if the answer is no JSON object, or not one that `read` understands.
    """
    response = client.send(request, client.admin_headers)
    body = _parse_json_answer(response.body)
    if response.status < 400 and isinstance(body, dict):
        try:
            return read(body)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            # Another server, or another version: its JSON lacks a key, or has another type there.
            pass
    raise _failure(client, request, response)


def _failure(client: HttpClient, request: Request, response: Response) -> Exception:
    """Return what a call without a usable answer raises: a `MockError` for a refusal, else `NotMockServer`."""
    body = _parse_json_answer(response.body)
    if isinstance(body, dict) and response.status >= 400:
        if body.get("problems"):
            return MockError(*map(_as_problem, body["problems"]))
        if "code" in body and "detail" in body:
            return refuse(str(body["code"]), str(body["detail"]), str(body.get("hint", "")))
    return NotMockServer(client.base_url, f"{request.method} {request.path}")


def _as_problem(shown: Mapping[str, Any]) -> Problem:
    """Return a problem from its JSON, which has no source line."""
    fields = {name: shown.get(name) or default for name, default in _LOCATION_DEFAULTS.items()}
    return Problem(str(shown.get("code")), str(shown.get("message")), str(shown.get("hint")), Location(**fields))


def _parse_json_answer(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def is_mock_server(client: HttpClient) -> bool:
    """Return True if the server has the mock server's admin API, and so a clock that can be advanced.

    Raises `MockError` (RUN004) if it demands its admin token.
    """
    body = _parse_json_answer(client.send(Request("GET", "/__mock/version"), client.admin_headers).body)
    if isinstance(body, dict) and body.get("code") == "ADM000":
        hint = "Set MOCKSERVER_ADMIN_TOKEN, or give --admin-token."
        raise refuse("RUN004", f"{client.base_url} requires its admin token", hint)
    return isinstance(body, dict) and body.get("name") == "videojob-mockserver"


class NotMockServer(Unreachable):
    """A server answers at the base URL, but not as the admin API of a mock server does."""

    def __init__(self, base_url: str, call: str) -> None:
        Exception.__init__(self, f"{base_url} is not a mock server: it does not answer {call} as one does")
