import gc
import tracemalloc

import orjson
import pytest

from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.journal import (
    ENTRY_BYTES,
    HEADER_BYTES,
    MAX_COPIED,
    MAX_STALE,
    REPEAT_BYTES,
    Journal,
    JournalEntry,
    StaleRequest,
    without_spare_memory,
)
from tests.support.fake_world import START


def note(journal: Journal, size: int = 0, status: int = 200, **headers: str) -> None:
    request = Request("POST", "/pots", "a=b", headers, b"q" * (size // 2))
    response = Response(status, (("X-A", "b"),), b"a" * (size - size // 2))
    seq = journal.seq + 1
    journal.add(JournalEntry(seq, f"req_{seq}", 0, "toy", "create", "pot-1", request, response, "a note"))


def sequence(journal: Journal) -> list[int]:
    return [entry.seq for entry in journal]


def test_the_newest_entries_stay():
    journal = Journal(max_entries=3)
    for _ in range(5):
        note(journal)
    assert len(journal) == 3
    assert sequence(journal) == [3, 4, 5]
    assert journal.evicted == 2
    assert journal.seq == 5


def test_the_entries_share_a_bound_of_memory_too():
    journal = Journal(max_bytes=3 * ENTRY_BYTES)
    for _ in range(4):
        note(journal, 400)
    assert sequence(journal) == [3, 4]
    assert journal.evicted == 2
    assert journal.retained_bytes <= 3 * ENTRY_BYTES


def test_an_answer_that_came_once_more_is_an_entry_of_its_own_and_takes_less_memory():
    journal = Journal()
    note(journal, 400)
    (first,) = journal
    before = journal.retained_bytes
    journal.add_repeat(2, "req_2", 7, first)
    assert journal.retained_bytes == before + REPEAT_BYTES
    assert list(journal) == [first, first._replace(seq=2, request_id="req_2", at=7)]
    assert journal.since(1) == list(journal)[1:]
    assert journal.counts == {("toy", "create", 200): 2}


def test_the_counted_bytes_of_a_repeat_are_those_of_memory():
    journal = Journal(max_entries=10_000, max_bytes=1 << 40)
    note(journal)
    (first,) = journal
    before_bytes = journal.retained_bytes
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for seq in range(2, 1_002):
            journal.add_repeat(seq, f"req_{seq:09x}", START + seq, first)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.6 < taken / (journal.retained_bytes - before_bytes) < 1.2


def test_the_headers_count():
    journal = Journal()
    note(journal, name="value" * 100)
    with_header = journal.retained_bytes
    note(journal)
    assert with_header - (journal.retained_bytes - with_header) == HEADER_BYTES + len("name") + 500


def test_headers_that_two_requests_share_count_once():
    journal = Journal()
    headers = {"name": "value" * 100}
    for seq in (1, 2):
        request = Request("GET", "/pots", headers=headers)
        journal.add(JournalEntry(seq, f"req_{seq}", 0, "toy", "list", "", request, Response(200)))
    assert journal.retained_bytes == 2 * (ENTRY_BYTES + len("/pots")) + HEADER_BYTES + len("name") + 500


@pytest.mark.parametrize("header_count", [0, 8, 20])
@pytest.mark.parametrize("body_size", [0, 1_500, 20_000])
def test_the_counted_bytes_are_those_of_memory(header_count, body_size):
    """Each entry as a server makes it: no object is shared with another entry."""
    journal = Journal(max_entries=10_000, max_bytes=1 << 40)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(200):
            headers = {f"x-header-{place}".lower(): f"value {number} {place}" for place in range(header_count)}
            request = Request("GET", f"/pots/{number}", f"a={number}", headers)
            response = Response(200, (("X-A", "b"),), without_spare_memory(orjson.dumps({"a": "x" * body_size})))
            entry = JournalEntry(
                journal.seq + 1, f"req_{number}", number, "toy", "get", f"pot-{number}", request, response
            )
            journal.add(entry)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.6 < taken / journal.retained_bytes < 1.2


def test_a_kept_body_has_no_spare_memory():
    body = orjson.dumps({"a": "x" * 1_300})
    copy = without_spare_memory(body)
    assert copy == body
    assert copy is not body
    large = b"x" * (MAX_COPIED + 1)
    assert without_spare_memory(large) is large


def test_the_newest_entry_stays_however_large_it_is():
    journal = Journal(max_bytes=100)
    note(journal, 40)
    note(journal, 500)
    assert sequence(journal) == [2]
    note(journal, 100)
    assert sequence(journal) == [3]


def test_the_counters_go_on_for_ever():
    journal = Journal(max_entries=1)
    for status in (200, 200, 404):
        note(journal, status=status)
    assert journal.counts == {("toy", "create", 200): 2, ("toy", "create", 404): 1}


def test_an_entry_is_read_while_others_are_added():
    journal = Journal(max_entries=2)
    note(journal)
    for _ in journal:
        note(journal)
    assert sequence(journal) == [1, 2]


def test_an_entry_for_the_admin_api_is_redacted_and_cut():
    journal = Journal()
    note(journal, 10_000, authorization="Bearer secret", cookie="secret", **{"x-api-key": "secret", "x-b": "c"})
    (entry,) = journal
    assert entry.json() == {
        "seq": 1,
        "request_id": "req_1",
        "at": "1970-01-01T00:00:00.000000Z",
        "vendor": "toy",
        "operation": "create",
        "job": "pot-1",
        "request": {
            "method": "POST",
            "path": "/pots",
            "query": "a=b",
            "headers": {
                "authorization": "Bearer [redacted]",
                "cookie": "[redacted]",
                "x-api-key": "[redacted]",
                "x-b": "c",
            },
            "body": "q" * 4096,
        },
        "response": {"status": 200, "headers": [["X-A", "b"]], "body": "a" * 4096},
        "note": "a note",
    }


def test_a_body_that_is_no_text_is_shown_all_the_same():
    journal = Journal()
    request = Request("PUT", "/", body=b"\xff\x00")
    journal.add(JournalEntry(1, "req_1", 0, "toy", "", "", request, Response(200, (), b"\xfe")))
    (entry,) = journal
    assert entry.json()["request"]["body"] == "�\x00"
    assert entry.json()["response"]["body"] == "�"


def test_an_entry_is_an_exchange():
    journal = Journal()
    note(journal)
    (entry,) = journal
    assert entry.to_exchange() == Exchange(entry.request, entry.response, 0, 0, 1, 1)


def test_listeners_are_told_of_each_entry():
    journal, rung = Journal(), []
    note(journal)
    journal.listeners.append(lambda: rung.append(journal.seq))
    note(journal)
    journal.notify()
    assert rung == [2, 2]


def test_the_entries_since_one_of_them():
    journal = Journal(max_entries=3)
    for _ in range(5):
        note(journal)
    assert [entry.seq for entry in journal.since(3)] == [4, 5]
    assert [entry.seq for entry in journal.since(0)] == [3, 4, 5]
    assert journal.since(5) == journal.since(9) == []


def test_late_requests_are_remembered_up_to_a_bound():
    journal = Journal()
    for number in range(MAX_STALE + 5):
        journal.stale_requests.append(StaleRequest(0, 1, "GET", f"/{number}"))
    assert len(journal.stale_requests) == MAX_STALE
    assert journal.stale_requests[0].path == "/5"
    assert journal.stale_requests[0].json() == {
        "at": "1970-01-01T00:00:00.000000Z",
        "epoch": 1,
        "method": "GET",
        "path": "/5",
    }
