"""Every connection's first protocol: answers plain GETs, and hands over to aiohttp at the first other request.

It knows nothing of aiohttp but how to get a handler for a connection, so the server answers polls before that library
is even imported.
"""

import asyncio
from collections.abc import Callable, MutableSet
from typing import Protocol

from mockserver.server.app import App


class FullProtocol(Protocol):
    """Who takes a connection over: aiohttp's handler."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection, as if it were new."""

    def pause_writing(self) -> None:
        """The client does not read its answers."""

    def take_over(self, data: bytes) -> None:
        """What has arrived and was not answered."""


class FastProtocol(asyncio.Protocol):
    """One connection, until somebody takes it over; `transports` holds every connection there is."""

    __slots__ = ("_app", "_make_full_protocol", "_paused", "_transport", "_transports")

    def __init__(
        self, app: App, make_full_protocol: Callable[[], FullProtocol], transports: MutableSet[asyncio.Transport]
    ) -> None:
        self._app = app
        self._make_full_protocol = make_full_protocol
        self._transports = transports
        self._transport: asyncio.Transport | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- a TCP server's transports are
        self._transport = transport
        self._transports.add(transport)

    def pause_writing(self) -> None:
        """The client does not read its answers: let aiohttp wait for it."""
        self._paused = True

    def resume_writing(self) -> None:
        """The client reads again."""
        self._paused = False

    def data_received(self, data: bytes) -> None:
        """Answer a plain GET; hand over at anything else."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        answered = None if self._paused else self._app.fast_response(data)
        if answered is not None:
            transport.write(answered.data)
            if answered.closes:
                transport.close()
            return
        successor = self._make_full_protocol()
        transport.set_protocol(successor)  # type: ignore[arg-type]
        successor.connection_made(transport)
        if self._paused:
            successor.pause_writing()
        successor.take_over(data)
