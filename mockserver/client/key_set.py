"""The key set (JWKS) of a vendor's webhook signatures, read from an address or from a file."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import orjson

from mockserver.client.http import HttpClient, Unreachable
from mockserver.core.wire import Request
from mockserver.errors import refuse
from mockserver.vendors.ed25519 import parse_key_set

FETCH_SECONDS: Final = 5.0
"""Seconds without a byte after which a server is given up."""
_HINT: Final = (
    "Give the address or the file of a JSON Web Key Set: http://127.0.0.1:4810/v/VENDOR/.well-known/jwks.json."
)


def read_key_set(location: str) -> tuple[bytes, ...]:
    """Return the ED25519 keys at an http(s) address or in a file. Raises `MockError` RUN012 if there are none."""
    is_address = location.startswith(("http://", "https://"))
    try:
        data = _fetched(location) if is_address else Path(location).read_bytes()
        return parse_key_set(orjson.loads(data))
    except OSError as error:
        raise refuse("RUN012", f"{location} cannot be read: {error.strerror or error}", _HINT) from None
    except Unreachable as error:
        raise refuse("RUN012", str(error), "Start the server first.") from None
    except ValueError as error:
        raise refuse("RUN012", f"{location} cannot be used: {error}", _HINT) from None


def _fetched(url: str) -> bytes:
    """Return the body at a URL. Raises `Unreachable`, `ValueError`, and `MockError` RUN001 for what is no URL."""
    parts = urlsplit(url)
    client = HttpClient(f"{parts.scheme}://{parts.netloc}")
    request = Request("GET", parts.path or "/", parts.query, {"accept": "application/json"})
    response = client.send_once(request, {}, FETCH_SECONDS)
    if response is None:
        raise ValueError("the server does not answer")
    if response.status != 200:
        raise ValueError(f"the server answers {response.status}")
    return response.body
