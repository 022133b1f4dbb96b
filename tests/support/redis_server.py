"""A private Redis for tests: in a folder of its own, on a unix socket; it can be stopped, paused and filled."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

READY_LINE = b"eady to accept connections"
WAIT_SECONDS = 10


class Time:
    """A clock that the test moves, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class RedisServer:
    """A running redis-server; `durable` keeps its data over a restart."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.socket = folder / "s"
        self._folder = folder
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """The URL of a store in it."""
        return f"unix://{self.socket}"

    @property
    def client(self) -> Redis:
        """A new client of it."""
        return Redis(unix_socket_path=str(self.socket), socket_timeout=WAIT_SECONDS)

    def start(self) -> None:
        """Start it, and wait until it has read its data."""
        persistence = ("--appendonly", "yes" if self._durable else "no", "--save", "")
        self._process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, *persistence],
            cwd=self._folder,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        # Its log is not read after this line: redis-server ignores that.
        with self._process.stdout as lines:
            assert any(READY_LINE in line for line in lines), "redis-server did not start"

    def stop(self) -> None:
        """Kill it, as a power failure would, but what it has written to its file stays."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(WAIT_SECONDS)
        self.socket.unlink(missing_ok=True)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it answer nothing within the block; afterwards it carries out what was sent meanwhile."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Let there be none within the block; afterwards it has what a `durable` one has written to its file."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Let it refuse whatever takes memory within the block."""
        self.client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            self.client.config_set("maxmemory", 0)


@contextmanager
def redis_server(*, durable: bool = False) -> Iterator[RedisServer]:
    """Run a Redis within the block."""
    # The name of a socket has at most 107 bytes: pytest's own folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    server = RedisServer(folder, durable=durable)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
