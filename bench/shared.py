"""What a shared store costs: a poll and a create on one server, in memory and in Redis, one after the other.

    python -m bench.shared

Processor time of the server's process, which has one client on a connection that stays open; needs redis-server.
"""

import http.client
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

from tests.support.redis_server import redis_server
from tests.support.shared_servers import HEADERS, PROJECT, ServerProcess, call

CALLS = 2_000


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server: ServerProcess, method: str, path: str, body: Any = None) -> str:
    """Make the calls; return the microseconds of processor time and of waiting that each takes."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    text = None if body is None else json.dumps(body)
    pid = server.process.pid
    assert pid is not None
    used, began = cpu_seconds(pid), time.perf_counter()
    for _ in range(CALLS):
        connection.request(method, path, text, HEADERS)
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    took, used = time.perf_counter() - began, cpu_seconds(pid) - used
    connection.close()
    return f"{used / CALLS * 1e6:.0f} us of the server, {took / CALLS * 1e6:.0f} us for the client"


def main() -> None:
    """Print the figures."""
    with redis_server() as redis:
        for store in ("memory", redis.url):
            server = ServerProcess(store, "manual")
            call(server.url, "POST", "/__mock/limits", {"vendor": "reap", "limits": {"*": "1000000/1m"}})
            create = ("POST", "/api/v1/automation/create-clips", PROJECT)
            print(f"{store}: a create, {measure(server, *create)}")
            _, job, _ = call(server.url, "POST", "/v1/videos", {"model": "openai/sora-2", "prompt": "x"})
            print(f"{store}: a poll, {measure(server, 'GET', '/v1/videos/' + job['id'])}")
            server.stop()


if __name__ == "__main__":
    main()
