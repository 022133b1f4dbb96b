"""Several servers on one port of one machine, as processes below one that starts, watches and stops them.

Theory of operation. Each worker listens on the port by itself (`SO_REUSEPORT`), and the kernel deals the connections
out. The first process holds the port without listening, so that no other server can take it. It starts one worker, and
the others when that one listens: what is wrong with the options is said once. A worker that ends by itself later is
started again; the sessions are in the shared store.
"""

import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final

from mockserver.errors import refuse
from mockserver.server.http.listener import bind_host
from mockserver.server.parent import CHECK_SECONDS, STDIN_DESCRIPTOR, is_pipe
from mockserver.server.system import LISTENING_OPTION, SHARING_OPTION, STOP_SIGNALS, forked_process
from mockserver.stores.redis_link import SCHEMES

LOG: Final = logging.getLogger("mockserver")
STOP_SECONDS: Final = 10.0
"""Seconds that workers have to stop."""

Work = Callable[[int, Callable[[str], None]], int]
"""Serves on a port until a signal comes; calls its second argument with the greeting, and returns the exit code."""


def check_workers(store: str) -> None:
    """Raise `MockError` SRV045 if several processes cannot serve the sessions of a store."""
    if store.partition(":")[0] not in SCHEMES:
        detail = f"--workers needs a store that the workers share, and --store is {store!r}"
        raise refuse("SRV045", detail, "Add --store redis://HOST:PORT/0, or serve with one worker.")
    if sys.platform != "linux":
        raise refuse("SRV045", f"--workers needs Linux, and this is {sys.platform}", "Serve with one worker.")


async def bind_shared(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets on a port that other processes of this user listen on too. Raises SRV004 or SRV005."""
    return await bind_host(host, port, (LISTENING_OPTION, SHARING_OPTION))


def serve_with_workers(
    address: tuple[str, int], count: int, work: Work, announce: Callable[[str], None], *, watches_parent: bool = False
) -> int:
    """Serve a host's port with so many workers until SIGINT or SIGTERM; returns the exit code.

    It is that of a worker which cannot start, if one cannot. `announce` is called with the greeting of the first worker
    once all listen. `watches_parent`: also stop when the process that started this one ends or closes the pipe to it.
    Raises `MockError` SRV004 or SRV005 for the port.
    """
    with ExitStack() as stack:
        held = _hold_port(*address)
        for each in held:
            stack.callback(each.close)
        supervisor = _Supervisor(held[0].getsockname()[1], work)
        stack.callback(supervisor.stop)
        code = supervisor.start_all(count, announce)
        if code is None:
            code = supervisor.watch(watches_parent=watches_parent)
        return code


def _hold_port(host: str, port: int) -> list[socket.socket]:
    """Bind a port that no process listens on, without listening: it stays free for the workers alone."""
    import asyncio

    listening = asyncio.run(bind_host(host, port))  # refused where another server has the port
    held = []
    for each in listening:
        family, address = each.family, each.getsockname()
        each.close()
        held.append(socket.socket(family, socket.SOCK_STREAM))
        held[-1].setsockopt(socket.SOL_SOCKET, SHARING_OPTION, 1)
        held[-1].setsockopt(socket.SOL_SOCKET, LISTENING_OPTION, 1)
        held[-1].bind(address)
    return held


class _Worker:
    """One process, and the pipe by which it says that it listens."""

    def __init__(self, port: int, work: Work) -> None:
        self.ready, sender = multiprocessing.Pipe(duplex=False)
        self.process = forked_process(_run_worker, work, port, sender)
        self.process.start()
        sender.close()
        self.greeting: str | None = None

    def wait_until_ready(self) -> bool:
        """Return True once it listens, False if it has ended before."""
        try:
            self.greeting = self.ready.recv()
        except EOFError:
            self.process.join()
        finally:
            self.ready.close()
        return self.greeting is not None


def describe_end(process: BaseProcess) -> str:
    """Return how a worker that has ended did so."""
    code = process.exitcode or 0
    how = f"exit code {code}" if code >= 0 else f"signal {-code}"
    return f"worker {process.pid} has ended by {how}"


def _run_worker(work: Work, port: int, sender: Connection) -> None:
    """Serve in a new process; its signals are again those of a process by itself."""
    signal.set_wakeup_fd(-1)
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)

    def send(greeting: str) -> None:
        sender.send(greeting)
        sender.close()

    sys.exit(work(port, send))


class _Supervisor:
    """Starts, watches and stops the workers of one port."""

    def __init__(self, port: int, work: Work) -> None:
        self._port = port
        self._work = work
        self._workers: list[_Worker] = []
        self._stop_signal = 0
        self._parent = os.getppid()
        self._wakeup, self._woken = socket.socketpair()

    def start_all(self, count: int, announce: Callable[[str], None]) -> int | None:
        """Start the workers and announce them; returns the exit code of one that could not start, else None."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_signal)
        self._woken.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno())
        for _ in range(count):
            worker = _Worker(self._port, self._work)
            self._workers.append(worker)
            if not worker.wait_until_ready():
                return worker.process.exitcode
        announce(self._workers[0].greeting or "")
        return None

    def _note_signal(self, number: int, frame: Any) -> None:
        self._stop_signal = number

    def watch(self, *, watches_parent: bool) -> int:
        """Start workers again that end, until a signal comes; returns the exit code."""
        stdin = [STDIN_DESCRIPTOR] if watches_parent and is_pipe(STDIN_DESCRIPTOR) else []
        while not self._stop_signal:
            sentinels = [worker.process.sentinel for worker in self._workers]
            ended = wait([*sentinels, self._wakeup, *stdin], CHECK_SECONDS if watches_parent else None)
            # What comes through the pipe means nothing; its end does.
            stdin_ended = stdin and stdin[0] in ended and not os.read(stdin[0], 65_536)
            if watches_parent and (os.getppid() != self._parent or stdin_ended):
                break
            for place, worker in enumerate(self._workers):
                if worker.process.sentinel in ended and not self._stop_signal:
                    worker.process.join()
                    LOG.warning("%s; another one is started", describe_end(worker.process))
                    self._workers[place] = _Worker(self._port, self._work)
                    if not self._workers[place].wait_until_ready():
                        return self._workers[place].process.exitcode or 0
        return 128 + signal.SIGINT if self._stop_signal == signal.SIGINT else 0

    def stop(self) -> None:
        """Stop the workers, those that do not stop in time the hard way."""
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(STOP_SECONDS)
            worker.process.kill()
        signal.set_wakeup_fd(-1)
        self._wakeup.close()
        self._woken.close()
