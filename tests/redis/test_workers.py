"""`mockserver serve --workers`: one port, several processes, one life."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.redis_server import RedisServer
from tests.support.shared_servers import PROJECT, call

SERVE = (sys.executable, "-m", "mockserver", "serve", "--port", "0", "--clock", "manual", "--workers", "2")


class RunningWorkers:
    """A command that serves with two workers."""

    def __init__(self, process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready

    @property
    def url(self) -> str:
        """The address of the port."""
        return str(self.ready["url"])

    def workers(self) -> list[int]:
        """List the process ids of the workers."""
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]


@contextmanager
def running_workers(store: str, *arguments: str, **options: Any) -> Iterator[RunningWorkers]:
    """Serve within the block."""
    command = [*SERVE, "--store", store, "--ready-json", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        assert line, process.stderr and process.stderr.read()
        yield RunningWorkers(process, json.loads(line))
    finally:
        process.kill()
        process.communicate()


def is_gone(pid: int) -> bool:
    """Return True once a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_two_workers_serve_one_port_with_one_set_of_sessions(redis: RedisServer) -> None:
    with running_workers(redis.url) as serving:
        assert serving.ready["pid"] == serving.process.pid
        before = serving.workers()
        assert len(before) == 2
        _, job, _ = call(serving.url, "POST", "/api/v1/automation/create-clips", PROJECT)
        path = f"/api/v1/automation/get-project-status?projectId={job['id']}"
        # Each call has a connection of its own, which the kernel deals to one of them.
        assert {call(serving.url, "GET", path)[1]["status"] for _ in range(9)} == {"queued"}

        # A worker that is killed is started again, and meanwhile the other one answers.
        os.kill(before[0], signal.SIGKILL)
        while before[0] in serving.workers() or len(serving.workers()) < 2:
            pass
        assert call(serving.url, "GET", path)[1]["status"] == "queued"

        serving.process.send_signal(signal.SIGTERM)
        out, err = serving.process.communicate()
        assert serving.process.returncode == 0
        assert out == ""
        assert err == f"WARNING worker {before[0]} has ended by signal 9; another one is started\n"
        assert all(is_gone(pid) for pid in before)


CALLS_ABOUT_ONE_WORKER: tuple[tuple[str, str, Any], ...] = (
    ("POST", "verify", {"operation": "cancel", "never": True}),
    ("GET", "journal", None),
    ("GET", "journal/last", None),
    ("GET", "findings", None),
    ("GET", "explain/last", None),
    ("GET", "explain/last:cancel", None),
    ("GET", "explain/last/times", None),
    ("POST", "wait", {"requests": 1}),
    ("POST", "wait", {"polls": 1, "job": "any"}),
    ("POST", "wait", {"delivery": {"event": "done"}}),
    ("GET", "deliveries", None),
    ("POST", "deliveries/dlv_1/redeliver", None),
)
CALLS_ABOUT_ALL = ("jobs", "sessions", "clock", "ledger", "faults", "limits", "webhooks", "timeline")


def test_a_call_that_chance_would_answer_is_refused(redis: RedisServer) -> None:
    with running_workers(redis.url, "--check") as serving:
        call(serving.url, "POST", "/api/v1/automation/create-clips", PROJECT)
        for method, path, body in CALLS_ABOUT_ONE_WORKER:
            status, answer, _ = call(serving.url, method, f"/__mock/{path}", body)
            assert status == 409, path
            assert answer["code"] == "ADM046", path
            assert answer["detail"].startswith("2 processes answer here"), path
        for path in CALLS_ABOUT_ALL:
            assert call(serving.url, "GET", f"/__mock/{path}")[0] == 200, path


def test_ctrl_c_ends_all_with_its_own_exit_code(redis: RedisServer) -> None:
    with running_workers(redis.url, start_new_session=True) as serving:
        os.killpg(serving.process.pid, signal.SIGINT)
        serving.process.communicate()
        assert serving.process.returncode == 130


def test_workers_end_with_their_parent_and_it_with_its_own(redis: RedisServer) -> None:
    with running_workers(redis.url, "--exit-with-parent", stdin=subprocess.PIPE) as serving:
        workers = serving.workers()
        assert serving.process.stdin is not None
        serving.process.stdin.close()
        serving.process.stdin = None
        serving.process.communicate()
        assert serving.process.returncode == 0
        assert all(is_gone(pid) for pid in workers)
    with running_workers(redis.url) as serving:
        workers = serving.workers()
        serving.process.kill()
        while not all(is_gone(pid) for pid in workers):
            pass


def serve_and_end(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*SERVE, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("store", ["memory", "sqlite:sessions.db"])
def test_workers_without_a_shared_store_are_refused(store: str) -> None:
    done = serve_and_end("--store", store)
    assert done.returncode == 2
    assert "SRV045 --workers needs a store that the workers share" in done.stderr


def test_what_is_wrong_is_said_once(redis: RedisServer) -> None:
    with running_workers(redis.url) as serving:
        port = str(serving.ready["port"])
        done = serve_and_end("--store", redis.url, "--port", port)
        assert done.returncode == 2
        assert done.stderr.count(f"SRV004 port {port}") == 1
    done = serve_and_end("--store", "redis://127.0.0.1:1/0")
    assert done.returncode == 2
    assert done.stderr.count("SRV031") == 1
