"""Posting to a receiver: one request, one outcome, whatever comes of it. Nothing is raised.

Where we may post to is `destination`'s to say. A name is looked up once for each connection, and the connection is made
to an address that was looked at. Redirects are not followed, no proxy of the environment is used, no cookie is kept,
and of an answer no more is read than is shown.
"""

import asyncio
import logging
import socket
from collections.abc import Iterable
from typing import Final, NamedTuple

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from mockserver.server.destination import Allowed, Refused, read_address

LOG: Final = logging.getLogger("mockserver")
PREVIEW: Final = 500
"""Characters of an answer that are kept."""
_READ: Final = 4 * PREVIEW
"""Bytes of an answer that are read: no character has more than four."""
MOST_WARNED: Final = 100
"""Refusals that the log has; the outcomes have all of them."""
_OURS_ALONE: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""What the library would add to our headers."""


class Outbound(NamedTuple):
    """A request that shall be posted."""

    url: str
    headers: tuple[tuple[str, str], ...]
    """All of them but `Host`, `Content-Length` and `Connection`."""
    body: bytes
    timeout: float
    """Seconds of real time, for all of it."""


class Outcome(NamedTuple):
    """What came of it: an answer, or an error."""

    status: int | None
    """None where no answer came."""
    preview: str = ""
    """The answer's beginning, at most 500 characters; empty if and only if its body was."""
    error: str = ""
    """Why no answer came; empty where one did."""
    refused: bool = False
    """Whether we did not even try: the destination is not allowed."""


class Guard(AbstractResolver):
    """Looks names up, and gives out the addresses that may be connected to. Raises `Refused` where there is none."""

    def __init__(self, allowed: Allowed, inner: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a name."""
        good: list[ResolveResult] = []
        wrong = Refused(f"{host} has no address")
        for found in await self._inner.resolve(host, port, family):
            try:
                self._check(host, found["host"])
            except Refused as refused:
                wrong = refused
            else:
                good.append(found)
        if not good:
            raise wrong
        return good

    def _check(self, host: str, text: str) -> None:
        address = read_address(text)
        if address is None:
            raise Refused(f"{host} leads to {text[:80]}, which is no plain address")
        self._allowed.check(host.lower().removesuffix("."), address)

    async def close(self) -> None:
        """Let go."""
        await self._inner.close()


class Poster:
    """Posts for one server: its connections are kept, and closed with it."""

    def __init__(self, allowed: Iterable[str] = (), resolver: AbstractResolver | None = None) -> None:
        self._allowed = Allowed(allowed)
        self._resolver = resolver
        self._session: ClientSession | None = None
        self._closed = False
        self._warned: set[str] = set()

    async def post(self, outbound: Outbound) -> Outcome:
        """Post, and wait for what comes of it."""
        if self._closed:
            return Outcome(None, error="the server stops")
        try:
            self._allowed.destination(outbound.url)
            return await self._post(outbound)
        except Refused as refused:
            return self._refused(refused)
        except TimeoutError:
            return Outcome(None, error=f"no answer within {outbound.timeout:g} s")
        except ClientConnectorError as error:
            if isinstance(error.os_error, Refused):
                return self._refused(error.os_error)
            return Outcome(None, error=f"cannot connect: {error.os_error.strerror or error.os_error}"[:PREVIEW])
        except (ClientError, OSError, ValueError) as error:
            return Outcome(None, error=f"{type(error).__name__}: {error}"[:PREVIEW])

    async def _post(self, outbound: Outbound) -> Outcome:
        async with self._open().post(
            URL(outbound.url, encoded=True),
            data=outbound.body,
            headers=outbound.headers,
            allow_redirects=False,
            timeout=ClientTimeout(total=outbound.timeout),
        ) as answer:
            read = b""
            while len(read) < _READ and (piece := await answer.content.read(_READ - len(read))):
                read += piece
            if not answer.content.at_eof():
                answer.close()
            return Outcome(answer.status, read.decode("utf-8", "replace")[:PREVIEW])

    def _open(self) -> ClientSession:
        if self._session is None:
            guard = Guard(self._allowed, self._resolver)
            self._session = ClientSession(
                connector=TCPConnector(resolver=guard, use_dns_cache=False),
                cookie_jar=DummyCookieJar(),
                skip_auto_headers=_OURS_ALONE,
                auto_decompress=False,
            )
        return self._session

    def _refused(self, refused: Refused) -> Outcome:
        """The outcome; the log has each refusal once."""
        text = str(refused)
        if text not in self._warned and len(self._warned) < MOST_WARNED:
            self._warned.add(text)
            LOG.warning("not posted: %s", text)
        return Outcome(None, error=f"refused: {text}", refused=True)

    async def close(self) -> None:
        """Close the connections, for good; what is under way ends with an error."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)
