"""The connection to Redis or Valkey: short timeouts, a circuit breaker, and errors as this project's own.

Theory of operation. The server's event loop waits for each command, so a Redis that is gone must not cost each request
a timeout. The first command that fails pays it; from then on everything is refused at once, until a probe with a much
shorter timeout, one in `PROBE_SECONDS`, finds Redis again.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from mockserver.documentation import page_address
from mockserver.errors import MockError, refuse, refuse_unknown

SCHEMA: Final = b"2"
"""The version of the keys and of what they hold; a server refuses another one."""
DEFAULT_PREFIX: Final = "mockserver"
COMMAND_SECONDS: Final = 0.5
"""Seconds that Redis has for connecting and for each answer."""
PROBE_SECONDS: Final = 0.5
"""Seconds between two probes of a Redis that is gone."""
PROBE_TIMEOUT: Final = 0.05
"""Seconds that Redis has for the answer to a probe."""
SCHEMES: Final[Mapping[str, str]] = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
}
"""The schemes of URLs, and what redis-py calls them."""
OPTIONS: Final = (
    "prefix", "db", "username", "password", "client_name", "socket_timeout", "socket_connect_timeout",
    "socket_keepalive", "health_check_interval", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile",
    "ssl_cert_reqs", "ssl_check_hostname",
)  # fmt: skip
"""The options of a URL. All but the first are redis-py's, whose others would change what this module relies on."""
OLDEST: Final = (5, 0)
"""The oldest release of Redis that runs the scripts: earlier ones write nothing behind a call of TIME."""
REFUSALS: Final[Mapping[str, str]] = {
    "maxmemory": "Give it more memory.",
    "read.?only": "It is a replica: name the server that takes writes.",
    "Authentication": "Give user and password in the URL: redis://USER:PASSWORD@HOST:PORT/0.",
    "NoPermission": "Let the user run all commands and scripts on the keys of the prefix.",
    "DB index": "Use a database that it has, or another prefix: /0?prefix=NAME.",
}
"""What to do where Redis refuses a command, by a pattern of its error."""
_INSTALL_HINT: Final = "Install it: pip install 'redis>=5.0.1,<9'"


class RedisClient(Protocol):
    """What is used of redis-py, whose own method has no types."""

    def execute_command(self, *command: Any) -> Any:
        """Send a command and return its answer."""

    def close(self) -> None:
        """Close the connection."""


class RedisLink:
    """One connection to the Redis of a URL, used by one thread.

    `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=NAME]`, `rediss://` with TLS, or `unix:///PATH`; `valkey://`
    and `valkeys://` are the same as the first two. All keys begin with the prefix, so that several groups of servers
    can share one Redis.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = COMMAND_SECONDS,
        probe_seconds: float = PROBE_SECONDS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Connect.

        Raises `MockError` SRV031 (not reached), SRV041 (it refuses), SRV043 (another schema, or an old release) or
        SRV044 (URL, package).
        """
        # Imported late: every start imports this module for the schemes.
        from mockserver.stores.outages import OutageLog

        self.prefix = url_prefix(url)
        self.address = without_secrets(url)
        self._hint = "Start Redis or Valkey there, or correct the URL."
        self._probe_seconds = probe_seconds
        self._clock = clock
        self._closed_until: float | None = None
        """The instant of the next probe, in seconds of `clock`; None: Redis answered last time."""
        self._scripts: dict[str, str] = {}
        self._outages = OutageLog(self.address, is_gone=True)  # what is wrong at the start is the command's to say
        with _valid_url(self.address):
            self._client = _client(url, seconds)
            self._probe = _client(url, PROBE_TIMEOUT)
            found = self.call("GET", self.key("schema"))
        if found not in (None, SCHEMA):
            raise self.other_schema(found)
        self._check_version()
        self._outages = OutageLog(self.address)
        self._hint = "Try again: whether the command was carried out shows at the next request."

    def key(self, *parts: str) -> str:
        """Return a key of this group of servers: `mockserver:log:default`."""
        return ":".join((self.prefix, *parts))

    def call(self, *command: Any) -> Any:
        """Send a command and return its answer, with texts as bytes.

        Raises `MockError` SRV031 if Redis is gone: whether the command was carried out is then unknown. Raises SRV041
        if Redis refuses the command: it is full, or a replica.
        """
        return self._attempt(lambda: self._client.execute_command(*command))

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run a Lua script, which may be carried out twice if the connection breaks. Raises what `call` raises."""
        return self._attempt(lambda: self._run(script, keys, arguments))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._probe.close()

    def other_schema(self, found: bytes) -> MockError:
        """Return SRV043 for keys of another version."""
        detail = f"the keys {self.prefix}:* in {self.address} have schema {found.decode(errors='replace')!r}"
        hint = f"This release has schema {SCHEMA.decode()!r}; use another prefix: {self.address}?prefix=other"
        return refuse("SRV043", detail, hint)

    def _check_version(self) -> None:
        """Raise `MockError` SRV043 for a Redis that is too old."""
        version = str(self.call("INFO", "server").get("redis_version", ""))
        if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
            detail = f"{self.address} is Redis {version}, and the store needs {OLDEST[0]}.{OLDEST[1]} or later"
            raise refuse("SRV043", detail, "Use a later Redis, or any Valkey.")

    def _run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        from redis.exceptions import NoScriptError

        digest = self._scripts.get(script)
        if digest is not None:
            try:
                return self._client.execute_command("EVALSHA", digest, len(keys), *keys, *arguments)
            except NoScriptError:
                del self._scripts[script]  # Redis was restarted, and has forgotten its scripts
        self._scripts[script] = self._client.execute_command("SCRIPT LOAD", script)
        return self._client.execute_command("EVALSHA", self._scripts[script], len(keys), *keys, *arguments)

    def _attempt(self, command: Callable[[], Any]) -> Any:
        from redis.exceptions import AuthenticationError, RedisError, ResponseError
        from redis.exceptions import ConnectionError as Disconnected

        try:
            if self._closed_until is not None:
                if self._clock() < self._closed_until:
                    raise self._gone("it did not answer a moment ago")
                self._probe.execute_command("PING")
                self._closed_until = None
                self._outages.note_back()
            try:
                return command()
            except AuthenticationError:  # redis-py counts it among the broken connections
                raise
            except Disconnected:
                # Most often Redis was restarted, or has closed an idle connection: a new one is made at once.
                return command()
        except (ResponseError, AuthenticationError) as error:
            shown = f"{type(error).__name__}: {error}"
            hints = (hint for pattern, hint in REFUSALS.items() if re.search(pattern, shown, re.IGNORECASE))
            hint = next(hints, f"See {page_address('scaling', 'shared-redis-or-valkey')}.")
            raise refuse("SRV041", f"{self.address} refuses a command: {error}", hint) from None
        except RedisError as error:
            self._closed_until = self._clock() + self._probe_seconds
            gone = self._gone(str(error) or type(error).__name__)
            self._outages.note_gone(gone.problems[0].message)
            raise gone from None

    def _gone(self, reason: str) -> MockError:
        detail = f"the store {self.address} cannot be reached: {reason}"
        return refuse("SRV031", detail, self._hint)


def url_prefix(url: str) -> str:
    """Return the prefix that a store's URL asks for. Raises `MockError` SRV044 for a URL that is not one."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    is_socket = parts.scheme == "unix" and path and not parts.hostname
    is_host = parts.scheme in SCHEMES and parts.scheme != "unix" and parts.hostname and (path.isdecimal() or not path)
    if not (is_socket or is_host):
        hint = "Write it like redis://127.0.0.1:6379/0, rediss://HOST:PORT/0 or unix:///run/redis.sock."
        raise refuse("SRV044", f"{without_secrets(url)!r} is no URL of a Redis", hint)
    options = parse_qs(parts.query, keep_blank_values=True)
    for name in options:
        if name not in OPTIONS:
            raise refuse_unknown("SRV044", "Redis option", name, OPTIONS)
    return options.get("prefix", [""])[-1] or DEFAULT_PREFIX


def without_secrets(url: str) -> str:
    """Return a store's URL without user, password and options, for messages."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@contextmanager
def _valid_url(address: str) -> Iterator[None]:
    """Turn redis-py's errors about a URL, which it reads when it connects, into `MockError` SRV044."""
    try:
        yield
    except (ValueError, TypeError) as error:
        hint = f"See {page_address('scaling', 'shared-redis-or-valkey')}."
        raise refuse("SRV044", f"{address!r} cannot be used: {error}", hint) from None


def _client(url: str, seconds: float) -> RedisClient:
    """Return a client of one connection, not connected yet.

    Raises ValueError or TypeError for the URL, `MockError` SRV044 without the package.
    """
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise refuse("SRV044", "a store in Redis needs the package redis", _INSTALL_HINT) from None
    scheme, _, rest = url.partition(":")
    address, _, query = rest.partition("?")
    options = "&".join(option for option in query.split("&") if not option.startswith("prefix="))
    return Redis.from_url(
        f"{SCHEMES[scheme]}:{address}?{options}",
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
        protocol=2,
    )
