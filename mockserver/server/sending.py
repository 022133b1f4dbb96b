"""Answers that do not simply go: held back, in pieces, cut short, or not at all, as a `Sending` says.

A delay is a matter of the session's clock: the answer is on the session's agenda, and whoever moves the clock is
answered after it has been sent. On a clock that stands it waits for somebody to move it, for a minute of real time at
most. Everything else is a matter of the connection.
"""

import asyncio
import re
import socket
import struct
from dataclasses import dataclass
from typing import Final, Protocol

from mockserver.core.instants import SECOND, Instant
from mockserver.core.sending import Sending
from mockserver.engine.session import Session
from mockserver.server.problem import problem
from mockserver.server.tempo import Tempo
from mockserver.server.waits import Signal, Wait, Waits, Why, give, signal
from mockserver.server.wire import encode

LONGEST_HOLD: Final = 60.0
"""Seconds of real time for which an answer is held back while the session's clock stands."""
LONGEST_SENDING: Final = 5.0
"""Seconds that an answer may take to be sent before the clock moves on."""
_NOTE: Final = b"\r\nX-Mock-Note: the session's clock stands; sent before its time, after a minute of waiting"
_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"(\r\nContent-Length: )\d+")


class Outlet(Protocol):
    """A connection, as far as sending needs it."""

    transport: asyncio.Transport | None

    @property
    def gone(self) -> Signal:
        """Done when the connection is lost."""

    @property
    def silent(self) -> Signal:
        """Done when the client will say nothing more: gone, or at its end."""

    async def drained(self) -> None:
        """Wait until the client has read most of what was written."""


@dataclass(eq=False, slots=True)
class Held:
    """An answer that is held back, as it stands on a session's agenda."""

    due: Signal
    """Its time has come."""
    sent: Signal
    """It has been sent, or never will be."""


async def release(session: Session, held: Held, at: Instant) -> None:
    """Let an answer go whose time has come: a `tempo.Performer`."""
    give(held.due)
    await asyncio.wait({held.sent}, timeout=LONGEST_SENDING)


@dataclass(slots=True)
class Way:
    """One answer's way over its connection."""

    tempo: Tempo
    waits: Waits
    outlet: Outlet
    session: Session

    async def go(self, data: bytes, sending: Sending, at: Instant) -> bool:
        """Send an answer that was given at `at`; whether the connection ends with it."""
        with self.waits.one(self.session, self.outlet.gone) as wait:
            if not sending.delay:
                return await self._sent(data, sending, wait)
            held = Held(signal(), signal())
            try:
                why = await self._hold(held, at + sending.delay, wait)
                data = data.replace(_END, _NOTE + _END, 1) if why is Why.LATE else data
                return await self._sent(data, sending, wait) if why in (Why.CAME, Why.LATE) else self._given_up(why, at)
            finally:
                give(held.sent)

    async def _hold(self, held: Held, due: Instant, wait: Wait) -> Why:
        entry = self.session.agenda.add(due, held)
        self.tempo.look(self.session)
        try:
            while True:
                why = await wait.until(held.due, LONGEST_HOLD)
                if why is not Why.LATE or self.session.clock.frozen:
                    return why
        finally:
            self.session.agenda.drop(entry)
            self.tempo.look(self.session)

    def _given_up(self, why: Why, at: Instant) -> bool:
        if why is Why.OVER:
            detail = f"session {self.session.name!r} was reset or deleted while this answer was held back"
            self._write(encode(problem(410, "SES003", detail), at, connection="close"))
        return True

    async def _sent(self, data: bytes, sending: Sending, wait: Wait) -> bool:
        head, end, body = data.partition(_END)
        if sending.length is not None:
            head = _LENGTH.sub(rb"\g<1>%d" % sending.length, head)
        if sending.cut is not None:
            body = body[: max(sending.cut, 0)]
        if sending.cut is None or sending.cut >= 0:
            self._write(head + end)
            await self._pour(body, sending, wait)
        return await self._ended(sending, wait)

    async def _pour(self, body: bytes, sending: Sending, wait: Wait) -> None:
        """The body, whole or in pieces."""
        if sending.drip is None:
            self._write(body)
        else:
            size, every = sending.drip
            for start in range(0, len(body), size):
                if start and await wait.until(seconds=every / SECOND) is not Why.LATE:
                    raise ConnectionResetError("nobody waits for the rest")
                self._write(body[start : start + size])
        await self.outlet.drained()

    async def _ended(self, sending: Sending, wait: Wait) -> bool:
        """What comes after the last byte."""
        if sending.end == "silence":
            await wait.until(self.outlet.silent)
        elif sending.end == "reset" and self.outlet.transport is not None:
            reset(self.outlet.transport)
        return bool(sending.end)

    def _write(self, data: bytes) -> None:
        transport = self.outlet.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.write(data)


def reset(transport: asyncio.Transport) -> None:
    """End a connection as if the machine had: with a reset instead of an end."""
    connected = transport.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
