"""Load on a URL: wrk if it is installed, else a loop in this process (which is slower than the server)."""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from typing import NamedTuple
from urllib.parse import urlsplit

MILLISECONDS_BY_UNIT = {"us": 0.001, "ms": 1.0, "s": 1000.0}
CONNECTIONS = 64


class Load(NamedTuple):
    """Requests a second, and the 99th percentile of their latency in milliseconds."""

    rate: float
    p99: float


def load_tool() -> str:
    """Return the name of the load generator."""
    return "wrk" if shutil.which("wrk") else "the bundled loop"


def measure_load(url: str, headers: dict[str, str], seconds: float = 3.0) -> Load:
    """Request `url` as fast as it answers, on 64 connections; wrk runs on the second processor."""
    if shutil.which("wrk"):
        return _measure_with_wrk(url, headers, seconds)
    return asyncio.run(_measure_with_loop(url, headers, seconds))


def _measure_with_wrk(url: str, headers: dict[str, str], seconds: float) -> Load:
    header_options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    output = _run_wrk([*header_options, url], seconds)
    if "Non-2xx" in output:
        raise SystemExit(f"{url} answered with errors:\n{output}")
    return _parse_wrk(output)


def measure_script(url: str, script: str, seconds: float = 3.0) -> Load:
    """Request what a Lua script of wrk says, on 64 connections; errors are answers like others."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        return _parse_wrk(_run_wrk(["-s", file.name, url], seconds))


def _run_wrk(options: list[str], seconds: float) -> str:
    pin = ["taskset", "-c", "1"] if shutil.which("taskset") else []
    command = [*pin, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--latency", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _parse_wrk(output: str) -> Load:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    assert rate is not None
    assert p99 is not None
    return Load(float(rate[1]), float(p99[1]) * MILLISECONDS_BY_UNIT[p99[2]])


async def _measure_with_loop(url: str, headers: dict[str, str], seconds: float) -> Load:
    parts = urlsplit(url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}\r\n".encode()
    ends = time.perf_counter() + seconds
    latencies: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            latencies.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    latencies.sort()
    return Load(len(latencies) / seconds, latencies[int(len(latencies) * 0.99)] * 1000)
