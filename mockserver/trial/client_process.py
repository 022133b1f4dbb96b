"""Runs a client as a group of processes, with a deadline in real time, and keeps the end of what it prints.

A client may start others (a shell, a test runner, npm). All are of one group: nothing of a run outlives it.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO, Any, Final, NamedTuple

from mockserver.errors import refuse

MAX_OUTPUT: Final = 16_384
"""Bytes of each stream that are kept: the last ones."""
_CHUNK: Final = 8192
_GRACE: Final = 1.0
"""Seconds for a group to end by itself, and for what it printed to arrive."""


class ClientEnd(NamedTuple):
    """How the run of a client ended."""

    exit_code: int | None
    """None: it was stopped at its deadline. Negative: a signal ended it."""
    stdout: str
    stderr: str


class _Tail:
    """Reads a stream to its end in a thread of its own, and keeps the last bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept = b""
        self._thread = threading.Thread(target=self._read, name="client-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError), self._stream:
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                self._kept = (self._kept + chunk)[-MAX_OUTPUT:]

    def text(self) -> str:
        """Return what was kept, once the stream has ended."""
        # A process that left the group may hold the stream open: it is not waited for.
        self._thread.join(_GRACE)
        return self._kept.decode("utf-8", "replace")


class RunningClient:
    """A client that was started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 -- both are pipes
        assert process.stderr is not None  # noqa: S101
        self._process = process
        self._exit_code: int | None = None
        self._stdout, self._stderr = _Tail(process.stdout), _Tail(process.stderr)

    @property
    def exit_code(self) -> int | None:
        """Its exit code, if it has ended by itself so far."""
        self.wait(0)
        return self._exit_code

    def wait(self, seconds: float) -> None:
        """Wait until it ends by itself, or until the time is over."""
        if self._exit_code is None:
            with suppress(subprocess.TimeoutExpired):
                self._exit_code = self._process.wait(seconds)

    def terminate(self) -> None:
        """End it with all that it has started."""
        end_group(self._process)

    def stop(self) -> None:
        """End it with all that it has started, and wait for it: also after an orderly end, nothing outlives it."""
        self.terminate()
        self._process.wait()

    def end(self) -> ClientEnd:
        """Return how it ended, once it has been stopped."""
        return ClientEnd(self._exit_code, self._stdout.text(), self._stderr.text())


class ClientRunner:
    """Starts clients from several threads; `stop` ends all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[RunningClient] = set()
        self._stopped = False

    def run(self, command: Sequence[str] | str, environment: Mapping[str, str], deadline: float) -> ClientEnd:
        """Run a client to its end, or to the deadline in seconds; a text is a line for the shell.

        Raises `MockError` TRI002.
        """
        with self.start(command, environment) as client:
            client.wait(deadline)
        return client.end()

    @contextmanager
    def start(self, command: Sequence[str] | str, environment: Mapping[str, str]) -> Iterator["RunningClient"]:
        """Run a client within the block, at whose end it is ended. Raises `MockError` TRI002."""
        words = shell_command(command) if isinstance(command, str) else list(command)
        try:
            client = _start_uninterrupted(words, environment)
        except OSError as error:
            hint = "Write it as you would call it: mockserver trial -- python client.py"
            if " " in words[0]:
                hint = "That is one word. Without quotes it is several; a shell runs it as it is: sh -c 'COMMAND'"
            raise refuse("TRI002", f"{words[0]}: {error.strerror or error}", hint) from None
        try:
            with self._lock:
                self._running.add(client)
                stopped = self._stopped
            if stopped:
                client.terminate()
            yield client
        finally:
            client.stop()
            with self._lock:
                self._running.discard(client)

    def stop(self) -> None:
        """End all clients that run, and each that is started from now on."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for client in running:
            client.terminate()


def _start_uninterrupted(words: Sequence[str] | str, environment: Mapping[str, str]) -> RunningClient:
    """Start a client; after Ctrl-C meanwhile, stop it again: no process is left running. Raises `OSError`."""

    def start() -> RunningClient:
        """Start the process, and begin to read what it prints."""
        process = subprocess.Popen(  # noqa: S603 -- the user's own command is what a trial runs
            words,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_GROUP_OPTIONS,
        )
        return RunningClient(process)

    # Ctrl-C interrupts the main thread only, and there it may interrupt `Popen` itself behind the start.
    with ThreadPoolExecutor(1) as starter:
        started = starter.submit(start)
        try:
            return started.result()
        except KeyboardInterrupt:
            started.result().stop()
            raise


if sys.platform == "win32":
    _GROUP_OPTIONS: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def shell_command(line: str) -> Sequence[str] | str:
        """Return what runs a line in the shell: as one text, since the shell reads its quotes."""
        return f'{os.environ.get("COMSPEC", "cmd.exe")} /d /s /c "{line}"'

    def end_group(process: subprocess.Popen[bytes]) -> None:
        """End a process and those that it started, at once."""
        words = ("taskkill", "/F", "/T", "/PID", str(process.pid))
        with suppress(OSError):
            subprocess.run(words, check=False, capture_output=True)  # noqa: S603
        with suppress(OSError):
            process.kill()

else:
    _GROUP_OPTIONS: Final[dict[str, Any]] = {"start_new_session": True}

    def shell_command(line: str) -> Sequence[str] | str:
        """Return the words that run a line in the shell."""
        return ["/bin/sh", "-c", line]

    def end_group(process: subprocess.Popen[bytes]) -> None:
        """End the group of a process: by request, and by force if it does not follow."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            os.killpg(process.pid, signal.SIGKILL)
