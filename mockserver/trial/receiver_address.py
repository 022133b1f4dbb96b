"""Where the receiver of a client on trial listens: a URL of this machine, with a port of its own for each run.

A receiver takes a while until it listens, so no system may give its port to another program that asks for any: those
ports begin at 32768 on Linux, higher elsewhere.
"""

import os
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from mockserver.errors import refuse

PORT: Final = "{port}"
"""Stands for a free port in the address and in the command."""
_PORTS: Final = range(20_000, 30_000)
_TURNS: Final = count(os.getpid() * 6_181)
"""Each process begins at another port, far from those of processes with near ids; each run takes the next one."""


@dataclass(frozen=True)
class ReceiverAddress:
    """The address of a receiver, as the user gives it."""

    template: str

    @property
    def is_shared(self) -> bool:
        """True if every run has the same address, so that only one can listen at a time."""
        return PORT not in self.template

    def take(self) -> str:
        """Return the URL for one run, with a port that nothing listens on."""
        if self.is_shared:
            return self.template
        urls = (self.template.replace(PORT, str(_PORTS[turn % len(_PORTS)])) for turn in _TURNS)
        return next(url for url in urls if not is_open(url))


def parse_receiver_address(text: str) -> ReceiverAddress:
    """Return the address. Raises `MockError` TRI005 for what is no `http` URL of this machine."""
    try:
        parts = urlsplit(text.replace(PORT, "1"))
        host = parts.hostname or ""
        is_this_machine = host == "localhost" or ip_address(host).is_loopback
        is_usable = parts.scheme == "http" and parts.port != 0 and is_this_machine
    except ValueError:
        is_usable = False
    if not is_usable:
        hint = "Write the address at which COMMAND listens, such as http://127.0.0.1:{port}/webhooks."
        flaw = "is not an http:// address of this machine"
        if "{" in text.replace(PORT, ""):
            flaw = f"has another placeholder than {PORT}"
        raise refuse("TRI005", f"{text[:200]!r} {flaw}", hint)
    return ReceiverAddress(text)


def url_port(url: str) -> int:
    """Return the port of an address."""
    return urlsplit(url).port or 80


def is_open(url: str) -> bool:
    """Return True if something accepts connections at an address."""
    try:
        socket.create_connection((urlsplit(url).hostname or "", url_port(url)), timeout=1.0).close()
    except OSError:
        return False
    return True
