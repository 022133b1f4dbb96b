"""A resolver for HTTP clients that gives out only addresses which a check allows.

The connection is made to an address that was checked, so a name cannot lead elsewhere when it is looked up again
(DNS rebinding). Literal addresses in a URL never reach a resolver: the owner of the client checks those itself.
"""

import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from mockserver.server.addresses import DestinationRefused

AddressCheck = Callable[[str, str, int], None]
"""Called with (host name, one of its addresses as text, port); raises `DestinationRefused` for a forbidden one."""


class SafeResolver(AbstractResolver):
    """Look names up and keep the addresses that the check allows."""

    def __init__(self, check: AddressCheck, lookup: AbstractResolver | None = None) -> None:
        self._check = check
        self._lookup = lookup or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the allowed addresses of a name. Raises `DestinationRefused` if there is none."""
        allowed: list[ResolveResult] = []
        refusal = DestinationRefused(f"{host} has no address")
        for result in await self._lookup.resolve(host, port, family):
            try:
                self._check(host, result["host"], port)
            except DestinationRefused as error:
                refusal = error
            else:
                allowed.append(result)
        if not allowed:
            raise refusal
        return allowed

    async def close(self) -> None:
        """Close the underlying resolver."""
        await self._lookup.close()
