"""Whether what was asked is what it should be."""

import orjson
import pytest

from mockserver.core.wire import Request, Response
from mockserver.engine.journal import Journal, JournalEntry
from mockserver.engine.verification import (
    RequestExpectation,
    RequestPattern,
    is_status_pattern,
    nearest_requests,
    verify,
)

CREATE, CANCEL = RequestPattern(operation="create"), RequestPattern(operation="cancel")


def send_request(
    journal: Journal, operation: str, status: int = 200, body=None, path: str = "", **headers: str
) -> None:
    data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    request = Request("POST", path or f"/pots/p1/{operation}", "", headers, data)
    seq = journal.seq + 1
    journal.add(JournalEntry(seq, f"req_{seq}", 0, "toy", operation, "p1", request, Response(status)))


def asked(*operations: str, entries: int = 100) -> Journal:
    journal = Journal(entries)
    for operation in operations:
        send_request(journal, operation)
    return journal


def entry(journal: Journal):
    return list(journal)[-1]


class TestPattern:
    @pytest.mark.parametrize(
        ("pattern", "says"),
        [
            (RequestPattern(), []),
            (RequestPattern(vendor="toy", operation="cancel", method="POST", job="p1", status=409), ["✓"] * 5),
            (RequestPattern(vendor="reap"), ["✗ vendor is toy, not reap"]),
            (RequestPattern(operation="create"), ["✗ operation is cancel, not create"]),
            (RequestPattern(method="GET"), ["✗ method is POST, not GET"]),
            (RequestPattern(job="p2"), ["✗ job is p1, not p2"]),
            (RequestPattern(path="/pots/*/cancel"), ["✓ path is /pots/p1/cancel"]),
            (RequestPattern(path="/pots/p2/cancel"), ["✗ path is /pots/p1/cancel, not /pots/p2/cancel"]),
            (RequestPattern(path="/pots/*"), ["✗ path is /pots/p1/cancel, not /pots/*"]),
            (RequestPattern(status="4xx"), ["✓ status is 409"]),
            (RequestPattern(status="5xx"), ["✗ status is 409, not 5xx"]),
            (RequestPattern(headers={"x-a": "b"}), ["✓ header x-a is b"]),
            (RequestPattern(headers={"x-b": "c"}), ["✗ header x-b is absent, not c"]),
            (RequestPattern(body={"why": {"deep": 1}}), ["✓ body has what is wanted"]),
            (RequestPattern(body={"why": {"deep": 2}}), ["✗ body: /why/deep is 1; expected 2"]),
            (RequestPattern(body="x" * 100), [f'✗ body is \'{{"why":{{"deep":1,"more":2}}}}\', not \'{"x" * 59}...']),
        ],
    )
    def test_each_criterion_has_a_tick_or_a_cross(self, pattern, says):
        journal = Journal()
        send_request(journal, "cancel", 409, {"why": {"deep": 1, "more": 2}}, **{"x-a": "b"})
        lines = [check.line() for check in pattern.criteria(entry(journal))]
        assert len(lines) == len(says)
        assert all(line.startswith(said) for line, said in zip(lines, says, strict=True)), lines
        assert pattern.matches(entry(journal)) is all(said.startswith("✓") for said in says)

    def test_a_secret_is_compared_and_not_shown(self):
        journal = Journal()
        send_request(journal, "cancel", authorization="Bearer secret")
        right, wrong = (RequestPattern(headers={"authorization": f"Bearer {word}"}) for word in ("secret", "other"))
        assert right.matches(entry(journal))
        (check,) = wrong.criteria(entry(journal))
        assert check.line() == "✗ header authorization is another, not the one given"
        send_request(journal, "cancel")
        (check,) = right.criteria(entry(journal))
        assert check.line() == "✗ header authorization is absent, not the one given"

    @pytest.mark.parametrize(("body", "says"), [(b"{", "body is no JSON"), (None, "body is empty")])
    def test_a_body_that_is_no_json(self, body, says):
        journal = Journal()
        send_request(journal, "cancel", body=body)
        (check,) = RequestPattern(body={}).criteria(entry(journal))
        assert check.matches is False
        assert check.text == says

    def test_a_text_is_the_whole_body(self):
        journal = Journal()
        send_request(journal, "put", body=b"clay")
        assert RequestPattern(body="clay").matches(entry(journal))

    def test_a_request_that_nobody_knows(self):
        journal = Journal()
        journal.add(JournalEntry(1, "req_1", 0, "toy", "", "", Request("GET", "/x"), Response(404)))
        lines = [check.line() for check in RequestPattern(operation="get", job="p1").criteria(entry(journal))]
        assert lines == ["✗ operation is none that we know, not get", "✗ job is none, not p1"]


@pytest.mark.parametrize(
    ("value", "known"),
    [(200, True), ("4xx", True), (99, False), (600, False), (True, False), ("6xx", False), ("409", False), ([], False)],
)
def test_what_can_be_a_status(value, known):
    assert is_status_pattern(value) is known


class TestCounts:
    @pytest.mark.parametrize(
        ("claim", "verified", "expected"),
        [
            (RequestExpectation(CREATE), True, "at least 1"),
            (RequestExpectation(CREATE, 2, 2), True, "exactly 2"),
            (RequestExpectation(CREATE, 3, 3), False, "exactly 3"),
            (RequestExpectation(CREATE, 1, 1), False, "exactly 1"),
            (RequestExpectation(CREATE, 0, 0), False, "none"),
            (RequestExpectation(CREATE, 1, 3), True, "1 to 3"),
            (RequestExpectation(CREATE, 3, 4), False, "3 to 4"),
            (RequestExpectation(RequestPattern(operation="delete"), 0, 0), True, "none"),
            (RequestExpectation(CREATE, 1, since=3), False, "at least 1"),
            (RequestExpectation(CREATE, 0, 0, since=9), True, "none"),
        ],
    )
    def test_of_requests_that_fit(self, claim, verified, expected):
        found = verify(asked("create", "cancel", "create"), claim)
        assert found["verified"] == verified
        assert found["expected"] == expected
        assert found["forgotten"] == 0

    def test_they_are_named(self):
        found = verify(asked("create", "cancel", "create"), RequestExpectation(CREATE))
        assert found["count"] == 2
        assert found["matches"] == ["req_1", "req_3"]
        assert found["near"] == []
        assert found["text"] == "expected at least 1: 2 found"

    @pytest.mark.parametrize(
        ("low", "high", "verified"), [(1, None, True), (2, None, None), (4, None, False), (0, 0, False), (1, 1, None)]
    )
    def test_forgotten_entries_make_it_inconclusive_where_they_matter(self, low, high, verified):
        journal = asked("create", "cancel", "create", entries=1)
        found = verify(journal, RequestExpectation(RequestPattern(operation="create", job="p1"), low, high))
        assert found["verified"] == verified
        assert found["count"] == 1
        assert found["forgotten"] == 2
        assert "1 found, and 2 older requests are forgotten" in found["text"]

    def test_where_the_counters_can_tell_nothing_is_forgotten(self):
        journal = asked("create", "cancel", "create", entries=1)
        send_request(journal, "create", 409)
        for pattern, count in (
            (CREATE, 3),
            (RequestPattern(operation="create", status=200), 2),
            (RequestPattern(vendor="toy"), 4),
        ):
            found = verify(journal, RequestExpectation(pattern, count, count))
            assert found["verified"] is True
            assert found["count"] == count
            assert found["forgotten"] == 0
        assert verify(journal, RequestExpectation(RequestPattern(vendor="reap"), 0, 0))["verified"] is True
        assert (
            verify(journal, RequestExpectation(RequestPattern(operation="create", status="2xx"), 2))["verified"] is None
        )
        assert verify(journal, RequestExpectation(CREATE, 3, since=1))["verified"] is None, "counters know no beginning"

    def test_the_nearest_requests_are_told(self):
        journal = asked("create", "cancel")
        send_request(journal, "cancel", 409)
        found = verify(journal, RequestExpectation(RequestPattern(operation="cancel", status=202)))
        assert found["text"].splitlines() == [
            "expected at least 1: 0 found",
            "    the nearest requests:",
            "    1. req_3: POST /pots/p1/cancel -> 409",
            "           ✓ operation is cancel",
            "           ✗ status is 409, not 202",
            "    2. req_2: POST /pots/p1/cancel -> 200",
            "           ✓ operation is cancel",
            "           ✗ status is 200, not 202",
            "    3. req_1: POST /pots/p1/create -> 200",
            "           ✗ operation is create, not cancel",
            "           ✗ status is 200, not 202",
        ]
        assert found["near"][0] == {
            "request_id": "req_3", "method": "POST", "path": "/pots/p1/cancel", "status": 409, "reason": "STATUS",
            "differs": [{"reason": "STATUS", "text": "status is 409, not 202"}],
        }  # fmt: skip

    def test_what_fits_is_no_near_miss(self):
        journal = asked("create", "cancel")
        assert [miss.entry.request_id for miss in nearest_requests(journal, CREATE)] == ["req_2"]


class TestOrder:
    def test_others_may_come_between(self):
        found = verify(asked("create", "get", "cancel"), RequestExpectation(order=(CREATE, CANCEL)))
        assert found["verified"] is True
        assert found["count"] == 2
        assert found["matches"] == ["req_1", "req_3"]
        assert found["expected"] == "2 in this order"
        assert found["text"] == "2 of 2 found in this order"

    def test_one_that_is_missing_is_named_with_what_came_instead(self):
        found = verify(asked("cancel", "create", "get"), RequestExpectation(order=(CREATE, CANCEL)))
        assert found["verified"] is False
        assert found["count"] == 1
        assert found["text"].startswith("1 of 2 found in this order; number 2 is missing after req_2\n")
        assert [near["request_id"] for near in found["near"]] == ["req_3"]
        found = verify(Journal(), RequestExpectation(order=(CREATE,)))
        assert found["text"] == "0 of 1 found in this order; number 1 is missing"

    def test_one_request_is_not_two(self):
        assert verify(asked("create"), RequestExpectation(order=(CREATE, CREATE)))["verified"] is False

    def test_it_may_have_been_forgotten(self):
        journal = asked("create", "cancel", entries=1)
        found = verify(journal, RequestExpectation(order=(CREATE, CANCEL)))
        assert found["verified"] is None
        assert found["forgotten"] == 1
        assert found["text"].endswith("; 1 older requests are forgotten") or "forgotten" in found["text"]
        assert verify(journal, RequestExpectation(order=(CANCEL,)))["verified"] is True
