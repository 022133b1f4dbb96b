from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.journal import MAX_STALE, Journal, JournalEntry, StaleRequest


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
    assert (len(journal), sequence(journal), journal.evicted, journal.seq) == (3, [3, 4, 5], 2, 5)


def test_the_bodies_share_a_bound_too():
    journal = Journal(max_bytes=100)
    for _ in range(4):
        note(journal, 40)
    assert (sequence(journal), journal.evicted) == ([3, 4], 2)
    note(journal, 20)
    assert sequence(journal) == [3, 4, 5]


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
                "authorization": "[redacted]",
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
    assert (entry.json()["request"]["body"], entry.json()["response"]["body"]) == ("�\x00", "�")


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
    assert (len(journal.stale_requests), journal.stale_requests[0].path) == (MAX_STALE, "/5")
    assert journal.stale_requests[0].json() == {
        "at": "1970-01-01T00:00:00.000000Z",
        "epoch": 1,
        "method": "GET",
        "path": "/5",
    }
