"""Servers that are killed and stores that are gone, under load: nothing acknowledged is lost, nothing happens twice.

`python -m tests.redis.test_crashes 1000` kills one of two servers so many times.
"""

import random  # noqa: TID251 -- seeded; histories, not secrets
import sys
import time
from collections import Counter

import pytest

from tests.support.linearizability import check_linearizable, job_model
from tests.support.redis_server import RedisServer, redis_server
from tests.support.shared_servers import PROJECT, Load, ServerProcess, call, server_processes

KILLS = 24
"""Kills in the suite."""
KILLS_OF_A_STORE = 50
"""Kills before a new store begins: a server reads the session's whole log when it is started again."""

SLOW_TURNS = 20
SLOW_MILLISECONDS = 150
"""How long a slow store answers nobody, so many times: a server waits for half a second."""


def allow_many_calls(server: ServerProcess) -> None:
    """Lift the rate limit, which is no matter here."""
    limits = {"vendor": "reap", "limits": {"*": "1000000/1m"}}
    status, answer, _ = call(server.url, "POST", "/__mock/limits", limits)
    assert status == 200, answer


def wait_for_store(load: Load, server: ServerProcess) -> None:
    """Wait until a server has found its store again: others may have found it before."""
    while call(server.url, "GET", "/__mock/ledger")[0] == 503:
        load.enough.wait(0.001)


def check_history(load: Load, server: ServerProcess) -> None:
    """Check everything that clients have seen, and the books, against what a job may do."""
    assert load.unscripted == []
    for job in load.jobs:
        load.make(server.url, "get", job)
    verdict = check_linearizable(load.calls, job_model, "absent")
    assert verdict.linearizable, (verdict.broken, verdict.furthest)
    state = {made.key: made.answer for made in load.calls if made.operation == "get"}
    for job in load.jobs:
        _, ledger, _ = call(server.url, "GET", f"/__mock/ledger?job={job}")
        booked = Counter(entry["entry"] for entry in ledger["entries"])
        assert booked == ({"charge": 1, "refund": 1} if state[job] == "cancelled" else {"charge": 1})


def kill_under_load(store: RedisServer, kills: int, seed: int) -> Load:
    """Kill one of two servers at random points, so many times, and start it again."""
    draw = random.Random(seed)
    with server_processes(2, store.url, short_logs=True) as servers:
        allow_many_calls(servers[0])
        load = Load([server.url for server in servers], seed)
        with load.running():
            for _ in range(kills):
                load.wait_for_calls(draw.randint(1, 12))
                server = draw.choice(servers)
                server.kill()
                load.wait_for_calls(draw.randint(0, 3))
                server.restart()
        check_history(load, servers[0])
    return load


def test_a_killed_server_loses_nothing_and_doubles_nothing() -> None:
    with redis_server() as store:
        load = kill_under_load(store, KILLS, seed=1)
    assert load.lost, "no call was under way when a server was killed"
    assert load.statuses[200] > 100


@pytest.mark.parametrize("short_logs", [False, True])
def test_two_servers_are_linearizable_under_load(*, short_logs: bool) -> None:
    with redis_server() as store, server_processes(2, store.url, short_logs=short_logs) as servers:
        allow_many_calls(servers[0])
        load = Load([server.url for server in servers], seed=2)
        with load.running(clients=6):
            load.wait_for_calls(400)
        check_history(load, servers[1])
        assert load.lost == 0
        entries = store.client.llen("mockserver:log:default")
        assert entries < len(load.jobs) if short_logs else entries > len(load.calls)


def test_a_store_that_is_restarted_is_found_again() -> None:
    with redis_server(durable=True) as store, server_processes(2, store.url) as servers:
        allow_many_calls(servers[0])
        load = Load([server.url for server in servers], seed=3)
        with load.running():
            for _ in range(3):
                load.wait_for_calls(40)
                store.stop()
                while not load.statuses[503]:
                    load.enough.wait(0.001)
                load.statuses.clear()
                store.start()
                while not load.statuses[200]:
                    load.enough.wait(0.001)
        wait_for_store(load, servers[1])
        check_history(load, servers[1])


def test_a_store_that_does_not_answer_costs_one_timeout_and_then_nothing() -> None:
    with redis_server() as store, server_processes(2, store.url) as servers:
        allow_many_calls(servers[0])
        load = Load([server.url for server in servers], seed=4)
        with load.running():
            load.wait_for_calls(40)
            with store.paused():
                while load.statuses[503] < 200:
                    load.enough.wait(0.001)
            load.statuses.clear()
            while load.statuses[200] < 40:
                load.enough.wait(0.001)
        wait_for_store(load, servers[0])
        check_history(load, servers[0])


def test_a_slow_store_costs_time_and_no_answer() -> None:
    with redis_server() as store, server_processes(2, store.url) as servers:
        allow_many_calls(servers[0])
        load = Load([server.url for server in servers], seed=6)
        with load.running():
            load.wait_for_calls(40)
            for _ in range(SLOW_TURNS):
                store.client.client_pause(SLOW_MILLISECONDS)
                load.wait_for_calls(1)
        check_history(load, servers[1])
        assert load.statuses[503] == 0
        assert load.lost == 0
        assert max(made.end - made.begin for made in load.calls) > SLOW_MILLISECONDS / 2000


def test_a_full_store_refuses_changes_and_answers_reads() -> None:
    with redis_server() as store, server_processes(1, store.url) as (server,):
        load = Load([server.url], seed=5)
        load.make(server.url, "create", "")
        (job,) = load.jobs
        with store.full():
            status, answer, retry_after = call(server.url, "POST", "/api/v1/automation/create-clips", PROJECT)
            assert (status, answer["code"]) == (503, "SRV041")
            assert retry_after == "1"
            _, listed, _ = call(server.url, "GET", "/__mock/jobs")
            assert [each["id"] for each in listed["jobs"]] == [job]
        load.make(server.url, "cancel", job)
        check_history(load, server)


def main(kills: int) -> None:
    """Kill servers, so many times with each store, and print the figures."""
    began = time.perf_counter()
    answers: Counter[int] = Counter()
    jobs = lost = done = 0
    while done < kills:
        times = min(KILLS_OF_A_STORE, kills - done)
        with redis_server() as store:
            load = kill_under_load(store, times, seed=done)
        answers += load.statuses
        jobs, lost, done = jobs + len(load.jobs), lost + load.lost, done + times
    took = time.perf_counter() - began
    print(f"{done} kills in {took:.0f} s: answers {dict(answers)}, {lost} calls broken off, {jobs} jobs;")
    print("nothing acknowledged lost, no refund twice, linearizable")


if __name__ == "__main__":
    main(int(sys.argv[1]))
