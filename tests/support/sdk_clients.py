"""The vendors' own clients, unmodified, pointed at a server of the test's own; and what they raise, made readable."""

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


def phaseo_client(server: FakeServer, key: str = KEY, prefix: str = "") -> Phaseo:
    """The Phaseo client; `prefix` names a session in the base URL (`/s/t1`)."""
    return Phaseo(api_key=key, base_url=f"{server.url}{prefix}/v1")


class SdkError(NamedTuple):
    """What the Phaseo client raised: urllib's `HTTPError`, whose body can be read once."""

    status: int
    body: dict[str, Any]
    headers: Message

    @property
    def reason(self) -> tuple[int, str, str]:
        """Status, code word and reason: what a program can tell errors apart by."""
        return self.status, self.body["error"], self.body.get("reason", "")


def expect_error(call: Callable[..., Any], *arguments: Any) -> SdkError:
    """Call what must fail, and read the error."""
    with pytest.raises(HTTPError) as caught:
        call(*arguments)
    with caught.value as error:
        return SdkError(error.code, json.loads(error.read()), error.headers)


@asynccontextmanager
async def twelvelabs_client(kind: str, server: FakeServer, key: str = KEY, prefix: str = "") -> AsyncIterator[Any]:
    """Either of the TwelveLabs clients, by the name of its class.

    They have no way to close their connections, so they are lent an httpx client (a parameter of theirs) that has;
    it loads no certificates, which would take longer than a test.
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
    """What a call of either TwelveLabs client comes to: the value, or what it is awaited for."""
    return await value if isawaitable(value) else value


async def collect(several: Any) -> list[Any]:
    """All that a pager or a stream of either TwelveLabs client yields."""
    found = await resolve(several)
    if hasattr(found, "__aiter__"):
        return [entry async for entry in found]
    return list(found)
