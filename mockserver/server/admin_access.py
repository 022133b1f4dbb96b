"""Who may call the admin API.

With a token, only callers that send it. Without one the server listens on loopback only, and every program of this
machine may call, but no web page, whose visitor's browser would let it call too. A page of another origin is
recognized by what browsers send with its requests, and a page whose own name leads to this machine (DNS rebinding) by
that name. The vendors' paths are open to every page, as the vendors' own are.
"""

import hmac
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

from mockserver.core.wire import Request
from mockserver.errors import MockError, refuse

OPEN_CALL: Final = "health"
"""The call that needs no token: orchestrators ask it whether the server is ready."""
PAGE_PATH: Final = "ui"
"""The path of the live page behind `/__mock/`. Its files need no token: they hold nothing secret, and the page asks for
the token."""
_HOW_TO_AUTHORIZE: Final = "Authorization: Bearer TOKEN; `serve` prints the token unless --admin-token sets it"


def access_error(request: Request, call: str, token: str, allowed_hosts: Collection[str]) -> MockError | None:
    """Return why a request may not make an admin call; None if it may.

    `call` is the path after `/__mock/`, `token` is empty where none is required, and `allowed_hosts` are names, in
    lower case, under which the server may be reached. The error is ADM000 for the token, ADM039 for a page of another
    origin, ADM040 for a foreign host.
    """
    if token:
        return None if call == OPEN_CALL or is_page_path(call) else token_error(request, token)
    host = request.headers.get("host", "")
    name = _host_name(host)
    if host and not is_local_name(name) and name not in allowed_hosts:
        message = f"the admin API does not answer under the name {name[:80]!r}, which may be a web page's"
        return refuse("ADM040", message, f"use the server's address, or start it with --allow-host {name[:80]}")
    origin = request.headers.get("origin")
    if origin is None:
        # Browsers send no Origin with a page's images and scripts, but most say where those come from. A link that
        # a person follows is not among them.
        foreign = request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
        by_hand = request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate"
        origin = "another site" if foreign and not by_hand else None
    elif origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}"):
        origin = None
    if origin is None or _host_name(origin.rpartition("/")[2]) in allowed_hosts:
        return None
    message = f"the admin API does not answer pages of {origin[:80]}"
    return refuse(
        "ADM039", message, "call it from a program, or start the server with --allow-host and the page's host"
    )


def is_page_path(path: str) -> bool:
    """Return True if a path behind `/__mock/` is the live page's or one of its files'."""
    return path == PAGE_PATH or path.startswith(f"{PAGE_PATH}/")


def token_error(request: Request, token: str) -> MockError | None:
    """Return ADM000 for a request without the token, saying what it has instead; None for one with it."""
    given = request.headers.get("authorization")
    if given is None:
        return refuse("ADM000", "the admin API needs its token", _HOW_TO_AUTHORIZE)
    if hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode()):
        return None
    if not given.startswith("Bearer "):
        return refuse("ADM000", "the Authorization header has no bearer token", _HOW_TO_AUTHORIZE)
    return refuse("ADM000", "the token is not the one of this server", _HOW_TO_AUTHORIZE)


def _host_name(host: str) -> str:
    """Return a Host header without its port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().removesuffix(".")


def is_local_name(name: str) -> bool:
    """Return True for names that no page can take: addresses and `localhost`."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
