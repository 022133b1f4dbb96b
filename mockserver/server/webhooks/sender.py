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

from mockserver.server.webhooks.allowlist import Allowlist, DestinationRefused, parse_address

LOG: Final = logging.getLogger("mockserver")
PREVIEW_CHARACTERS: Final = 500
"""Characters of an answer that are kept."""
_PREVIEW_BYTES: Final = 4 * PREVIEW_CHARACTERS
"""Bytes of an answer that are read: no character has more than four."""
MAX_WARNINGS: Final = 100
"""Refusals that the log has; the outcomes have all of them."""
_NO_AUTO_HEADERS: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""What the library would add to our headers."""


class WebhookRequest(NamedTuple):
    """A request that shall be posted."""

    url: str
    headers: tuple[tuple[str, str], ...]
    """All of them but `Host`, `Content-Length` and `Connection`."""
    body: bytes
    timeout: float
    """Seconds of real time, for all of it."""


class PostOutcome(NamedTuple):
    """What came of it: an answer, or an error."""

    status: int | None
    """None where no answer came."""
    preview: str = ""
    """The answer's beginning, at most 500 characters; empty if and only if its body was."""
    error: str = ""
    """Why no answer came; empty where one did."""
    refused: bool = False
    """Whether we did not even try: the destination is not allowed."""


class SafeResolver(AbstractResolver):
    """Looks names up, and gives out the addresses that may be connected to. Raises `Refused` where there is none."""

    def __init__(self, allowlist: Allowlist, inner: AbstractResolver | None = None) -> None:
        self._allowlist = allowlist
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a name."""
        good: list[ResolveResult] = []
        wrong = DestinationRefused(f"{host} has no address")
        for found in await self._inner.resolve(host, port, family):
            try:
                self._check_found(host, found["host"])
            except DestinationRefused as refused:
                wrong = refused
            else:
                good.append(found)
        if not good:
            raise wrong
        return good

    def _check_found(self, host: str, text: str) -> None:
        address = parse_address(text)
        if address is None:
            raise DestinationRefused(f"{host} leads to {text[:80]}, which is no plain address")
        self._allowlist.check_address(host.lower().removesuffix("."), address)

    async def close(self) -> None:
        """Let go."""
        await self._inner.close()


class WebhookSender:
    """Posts for one server: its connections are kept, and closed with it."""

    def __init__(self, allowed: Iterable[str] = (), resolver: AbstractResolver | None = None) -> None:
        self._allowlist = Allowlist(allowed)
        self._resolver = resolver
        self._client: ClientSession | None = None
        self._closed = False
        self._warned_of: set[str] = set()

    async def post(self, request: WebhookRequest) -> PostOutcome:
        """Post, and wait for what comes of it."""
        if self._closed:
            return PostOutcome(None, error="the server stops")
        try:
            self._allowlist.check_url(request.url)
            return await self._post(request)
        except DestinationRefused as refused:
            return self._refused_outcome(refused)
        except TimeoutError:
            return PostOutcome(None, error=f"no answer within {request.timeout:g} s")
        except ClientConnectorError as error:
            if isinstance(error.os_error, DestinationRefused):
                return self._refused_outcome(error.os_error)
            return PostOutcome(
                None, error=f"cannot connect: {error.os_error.strerror or error.os_error}"[:PREVIEW_CHARACTERS]
            )
        except (ClientError, OSError, ValueError) as error:
            return PostOutcome(None, error=f"{type(error).__name__}: {error}"[:PREVIEW_CHARACTERS])

    async def _post(self, request: WebhookRequest) -> PostOutcome:
        async with self._open_client().post(
            URL(request.url, encoded=True),
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
            timeout=ClientTimeout(total=request.timeout),
        ) as answer:
            read = b""
            while len(read) < _PREVIEW_BYTES and (piece := await answer.content.read(_PREVIEW_BYTES - len(read))):
                read += piece
            if not answer.content.at_eof():
                answer.close()
            return PostOutcome(answer.status, read.decode("utf-8", "replace")[:PREVIEW_CHARACTERS])

    def _open_client(self) -> ClientSession:
        if self._client is None:
            guard = SafeResolver(self._allowlist, self._resolver)
            self._client = ClientSession(
                connector=TCPConnector(resolver=guard, use_dns_cache=False),
                cookie_jar=DummyCookieJar(),
                skip_auto_headers=_NO_AUTO_HEADERS,
                auto_decompress=False,
            )
        return self._client

    def _refused_outcome(self, refused: DestinationRefused) -> PostOutcome:
        """The outcome; the log has each refusal once."""
        text = str(refused)
        if text not in self._warned_of and len(self._warned_of) < MAX_WARNINGS:
            self._warned_of.add(text)
            LOG.warning("not posted: %s", text)
        return PostOutcome(None, error=f"refused: {text}", refused=True)

    async def close(self) -> None:
        """Close the connections, for good; what is under way ends with an error."""
        self._closed = True
        session, self._client = self._client, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)
