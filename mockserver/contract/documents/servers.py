"""The servers of a document: where its paths begin.

    documented_servers([{"url": "https://API.example:443/v1/"}]) == (Server("https://api.example", "/v1"),)

A variable in a URL stands for each of its listed values; one without a list stands for its default, and for any text
(`{}`). A URL without a host is relative to wherever the document is served: only its path is known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin, urlsplit

MAX_SERVERS: Final = 100
"""Servers of one document or operation that are known, variables expanded; more are left out."""
ANY_TEXT: Final = "{}"
"""A part of a server's URL that may be any text."""
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


class Server(NamedTuple):
    """One address of an API."""

    origin: str
    """Scheme and host, lower case, and a port that is not the default one; empty for a relative URL."""
    base_path: str
    """The path before all paths of the document, without a slash at its end; empty for none."""

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.origin}{self.base_path}" or "/"

    def is_at(self, host: str) -> bool:
        """Return True if the server may have this host name."""
        name = self.origin.partition("//")[2].partition(":")[0]
        return re.fullmatch(".+".join(map(re.escape, name.split(ANY_TEXT))), host) is not None


def documented_servers(servers: Iterable[Mapping[str, Any]]) -> tuple[Server, ...]:
    """Return the servers of a `servers` field, each once, in the document's order."""
    found = (server for each in servers for server in expand_server(each))
    return tuple(dict.fromkeys(islice(found, MAX_SERVERS)))


def expand_server(server: Mapping[str, Any]) -> Iterator[Server]:
    """Yield the servers that one entry of a `servers` field stands for."""
    url = server.get("url", "/")
    variables = server.get("variables", {})
    names = list(dict.fromkeys(_VARIABLE.findall(url)))
    each_values = []
    for name in names:
        variable = variables.get(name, {})
        default = [str(variable["default"])] if "default" in variable else []
        listed = [str(value) for value in variable.get("enum", ())] or [ANY_TEXT]
        each_values.append(list(dict.fromkeys((*default, *listed))))
    for values in product(*each_values):
        expanded = url
        for name, value in zip(names, values, strict=True):
            expanded = expanded.replace(f"{{{name}}}", value)
        yield parse_server(expanded)


def parse_server(url: str) -> Server:
    """Parse a URL without variables; one that cannot be parsed has no path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return Server(url, "")  # no address that a client could call; it is compared as it is written
    # `v1`, `./v1/` and `/a/../v1` are one path.
    # From the root, without `.` and `..`; a colon in a path is no scheme.
    whole = urljoin("/", parts.path if parts.path.startswith("/") else f"./{parts.path}")
    path = f"/{whole.lstrip('/')}".rstrip("/")
    if not parts.netloc:
        return Server("", path)
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, " "))
    return Server(f"{scheme}//{host}", path)
