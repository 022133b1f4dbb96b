"""The servers that are compared: the mock server, and the smallest aiohttp application with a constant answer."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BARE_SERVER = """
import sys
from aiohttp import web
BODY = b"x" * int(sys.argv[2])
async def answer(request):
    return web.Response(body=BODY, content_type="application/json")
app = web.Application()
app.router.add_get("/v1/videos/{video_id}", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""

AUTH_HEADER = {"Authorization": "Bearer bench"}


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def server_process(command: list[str], port: int, path: str) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a server on the first processor; yields the process and the seconds from its start to its first answer."""
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    began = time.perf_counter()
    # Byte code is written, so that only the first start compiles.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    server = subprocess.Popen([*pin, *command], stdout=subprocess.DEVNULL, env=environment)
    try:
        _wait_for_answer(port, path)
        yield server, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait()


def _wait_for_answer(port: int, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bench\r\n\r\n".encode()
    for _ in range(20_000):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(request)
                if connection.recv(64).startswith(b"HTTP/1.1"):
                    return
        except OSError:
            time.sleep(0.001)
    raise SystemExit("the server did not answer")


def mock_server(*arguments: str, path: str = "/v1/videos") -> Any:
    """Return a port and the context of `mockserver serve` on it, as of `server_process`.

    It serves a Phaseo without the quota of the newest era, which a load would use up at once.
    """
    port = free_port()
    pinned = ("--vendor", "phaseo@2026-08-10", *arguments)
    if "--vendor" in arguments:
        pinned = arguments
    command = [str(Path(sys.executable).parent / "mockserver"), "serve", "--port", str(port), *pinned]
    return port, server_process(command, port, path)


def bare_server(size: int) -> Any:
    """Return a port and the context of the smallest aiohttp server, with bodies of `size` bytes."""
    port = free_port()
    return port, server_process([sys.executable, "-c", BARE_SERVER, str(port), str(size)], port, "/v1/videos/x")


def call_server(port: int, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    """Make a call and return the decoded body of its answer."""
    data = json.dumps(body).encode() if body is not None else None
    all_headers = {"Content-Type": "application/json", **AUTH_HEADER, **(headers or {})}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, all_headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read())
    assert found is not None
    return int(found[1]) * 1024


def processor_count() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))
