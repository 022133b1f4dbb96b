"""The vendors' own clients, unmodified, for a server of the test; and their errors in a readable form."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import Message
from inspect import isawaitable
from typing import Any, NamedTuple
from urllib.error import HTTPError

import httpx
import pytest
from phaseo import Phaseo
from twelvelabs import AsyncTwelveLabs, TwelveLabs

from tests.support.fake_server import FakeServer

KEY = "test-key"
CLIP = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse at dusk, waves below", "duration": 5}
"""A body that creates a Phaseo video of five seconds."""


def phaseo_client(server: FakeServer, key: str = KEY, prefix: str = "") -> Phaseo:
    """Build a Phaseo client; `prefix` names a session in the base URL (`/s/t1`)."""
    return Phaseo(api_key=key, base_url=f"{server.url}{prefix}/v1")


class ErrorReason(NamedTuple):
    """The parts of an error by which a program can tell it from others."""

    status: int
    error: str
    reason: str = ""


class SdkError(NamedTuple):
    """An error of the Phaseo client: urllib's `HTTPError`, whose body can be read only once."""

    status: int
    body: dict[str, Any]
    headers: Message

    @property
    def reason(self) -> ErrorReason:
        """Return status, error name and reason."""
        return ErrorReason(self.status, self.body["error"], self.body.get("reason", ""))


def expect_error(call: Callable[..., Any], *arguments: Any) -> SdkError:
    """Make a call that must fail; return the error, read to its end."""
    with pytest.raises(HTTPError) as caught:
        call(*arguments)
    with caught.value as error:
        return SdkError(error.code, json.loads(error.read()), error.headers)


@asynccontextmanager
async def twelvelabs_client(kind: str, server: FakeServer, key: str = KEY, prefix: str = "") -> AsyncIterator[Any]:
    """Open one of the two TwelveLabs clients, by the name of its class.

    They cannot close their connections, so they use an httpx client that can. It loads no certificates, which would
    take longer than a test.
    """
    options = {"api_key": key, "base_url": f"{server.url}{prefix}/v1.3"}
    if kind == "TwelveLabs":
        with httpx.Client(verify=False) as http:
            yield TwelveLabs(**options, httpx_client=http)
    else:
        async with httpx.AsyncClient(verify=False) as async_http:
            yield AsyncTwelveLabs(**options, httpx_client=async_http)


TWELVELABS = ("TwelveLabs", "AsyncTwelveLabs")


async def resolve(value: Any) -> Any:
    """Return the result of a call of either TwelveLabs client; await it if the client is asynchronous."""
    return await value if isawaitable(value) else value


async def collect(several: Any) -> list[Any]:
    """Collect the entries of a pager or a stream of either TwelveLabs client."""
    found = await resolve(several)
    if hasattr(found, "__aiter__"):
        return [entry async for entry in found]
    return list(found)
