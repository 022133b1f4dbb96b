"""Sends webhook deliveries over HTTP: one POST, one outcome. Nothing is raised.

`allowlist` decides on the destination. A name is looked up once for each connection, and the connection is made to an
address that was checked. Redirects are not followed, proxies of the environment are not used, cookies are not kept,
and no more of an answer is read than is shown.
"""

import asyncio
import logging
import ssl
from typing import Final

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from mockserver.core.delivery import DeliveryOutcome
from mockserver.server.addresses import DestinationRefused
from mockserver.server.resolver import SafeResolver
from mockserver.server.webhooks.allowlist import Allowlist

LOG: Final = logging.getLogger("mockserver")
PREVIEW_CHARACTERS: Final = 500
"""Characters of an answer, or of an error, that are kept."""
_PREVIEW_BYTES: Final = 4 * PREVIEW_CHARACTERS
"""Bytes of an answer that are read: UTF-8 has at most four a character."""
MAX_WARNINGS: Final = 100
"""Different refusals that the log gets; the outcomes have all of them."""
MAX_CONNECTIONS: Final = 256
"""Deliveries of all sessions that are under way at once; further ones wait, which costs them none of their time."""
_UNTRUSTED: Final = (18, 19, 20, 21)
"""OpenSSL's codes of a certificate whose authority is not known here."""
_TRUST_HINT: Final = "`mockserver serve --ca FILE` trusts the authority of the receiver's certificate"
_NO_AUTO_HEADERS: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""Headers that aiohttp would add to those of the vendor."""


class WebhookSender:
    """Sends the deliveries of one server and keeps its connections; created inside a running event loop."""

    def __init__(
        self,
        allowlist: Allowlist,
        lookup: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """Take what decides on destinations, what looks names up, and whom to trust (None: whom the machine trusts)."""
        # Not the connector's own limit: the time in its queue would count as the receiver's.
        self._places = asyncio.Semaphore(max_connections)
        self._allowlist = allowlist
        resolver = SafeResolver(self._allowlist.check_resolved, lookup)
        self._client = ClientSession(
            connector=TCPConnector(resolver=resolver, use_dns_cache=False, ssl=tls or True, limit=0),
            cookie_jar=DummyCookieJar(),
            skip_auto_headers=_NO_AUTO_HEADERS,
            auto_decompress=False,
        )
        self._logged_refusals: set[str] = set()

    async def post(
        self, url: str, *, headers: tuple[tuple[str, str], ...], body: bytes, timeout: float, from_client: bool = False
    ) -> DeliveryOutcome:
        """Post a body and wait for the answer; `timeout` in seconds of real time bounds everything.

        `headers` are all but `Host`, `Content-Length` and `Connection`; `from_client` is `Allowlist.check_url`'s. An
        error in the outcome that begins with
        `refused:` means that no connection was tried.
        """
        async with self._places:
            return await self._post(url, headers=headers, body=body, timeout=timeout, from_client=from_client)

    async def _post(
        self, url: str, *, headers: tuple[tuple[str, str], ...], body: bytes, timeout: float, from_client: bool
    ) -> DeliveryOutcome:
        if self._client.closed:
            return DeliveryOutcome(error="the server stops")
        try:
            self._allowlist.check_url(url, from_client=from_client)
            async with self._client.post(
                URL(url, encoded=True),
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=timeout),
            ) as answer:
                read = b""
                while len(read) < _PREVIEW_BYTES and (piece := await answer.content.read(_PREVIEW_BYTES - len(read))):
                    read += piece
                if not answer.content.at_eof():
                    answer.close()  # the connection cannot be used again: the rest of the body is still to come
                return DeliveryOutcome(answer.status, read.decode("utf-8", "replace")[:PREVIEW_CHARACTERS])
        except DestinationRefused as refusal:
            return self._refused_outcome(refusal)
        except TimeoutError:
            return DeliveryOutcome(error=f"no answer within {timeout:g} s")
        except ClientConnectorError as error:
            # What the resolver raises arrives in here.
            if isinstance(error.os_error, DestinationRefused):
                return self._refused_outcome(error.os_error)
            reason = f"cannot connect: {error.os_error.strerror or error.os_error}"
            if isinstance(error.os_error, ssl.SSLCertVerificationError):
                reason = f"cannot connect: {error.os_error.verify_message}"
                if error.os_error.verify_code in _UNTRUSTED:
                    reason = f"{reason}; {_TRUST_HINT}"
            return DeliveryOutcome(error=reason[:PREVIEW_CHARACTERS])
        except ServerDisconnectedError:
            return DeliveryOutcome(error="the receiver closed the connection without an answer")
        except (ClientError, OSError, ValueError) as error:
            return DeliveryOutcome(error=f"{type(error).__name__}: {error}"[:PREVIEW_CHARACTERS])

    def _refused_outcome(self, refusal: DestinationRefused) -> DeliveryOutcome:
        """Build the outcome of a refusal, and log each refusal once."""
        reason = refusal.reason
        if reason not in self._logged_refusals and len(self._logged_refusals) < MAX_WARNINGS:
            self._logged_refusals.add(reason)
            LOG.warning("webhook not sent: %s", reason)
        return DeliveryOutcome(error=f"refused: {reason}")

    async def close(self) -> None:
        """Close the connections for good; deliveries in progress end with an error."""
        await self._client.close()
        await asyncio.sleep(0)  # aiohttp closes the transports in callbacks
