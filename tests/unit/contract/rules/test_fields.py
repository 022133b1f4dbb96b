"""Rules about one body: what breaks each kind, what keeps it, what it does not apply to."""

import pytest

from mockserver.contract.rules.fields import compile_body_check
from tests.support.toy_contract import toy_rule


def places(violations):
    return None if violations is None else [violation.where for violation in violations]


DEEP: dict = {}
for _ in range(60):
    DEEP = {"a": DEEP}

SUM = toy_rule("sum", parts=["/a", "/b"], total="/t")
OFFSET = toy_rule("offset", later="/e", earlier="/s", by="24h", within="1s")
ORDERED = toy_rule("ordered", fields=["/a", "/b", "/c"], within="1s")
MATCHES = toy_rule("matches", field="/l", by="/s", table={"x": "X"})
PRESENT = toy_rule("present", by="/s", fields={"/at": ["done"]})
IMPLIES = toy_rule("implies", when={"field": "/s", "equals": "x"}, then=[{"field": "/n", "equals": 0}])
EACH = toy_rule("implies", each="/l", then={"field": "/n", "most": "/m"})
RISING = toy_rule("rising", each="/l", field="/n", by="/k")
ALL_RISING = toy_rule("rising", each="/l", field="/n")
SECRET = toy_rule("secret", keys=["secret"], values=["whsec_"])


@pytest.mark.parametrize(
    ("rule", "body", "found"),
    [
        (SUM, {"a": 1, "b": 2, "t": 3}, []),
        (SUM, {"a": 1, "b": 2, "t": 4}, ["/t"]),
        (SUM, {"a": 1, "t": 4}, None),
        (OFFSET, {"s": "2026-10-01T00:00:00Z", "e": "2026-10-02T00:00:01Z"}, []),
        (OFFSET, {"s": 0, "e": 86_402}, ["/e"]),
        (OFFSET, {"s": 0}, None),
        (ORDERED, {"a": 10, "b": None, "c": 9}, []),
        (ORDERED, {"a": 10, "b": 5, "c": 7}, ["/b"]),
        (ORDERED, {"a": 10}, None),
        (MATCHES, {"s": "x", "l": "X"}, []),
        (MATCHES, {"s": "x", "l": "Y"}, ["/l"]),
        (MATCHES, {"s": "z", "l": "Y"}, None),
        (MATCHES, {"s": "x"}, None),
        (PRESENT, {"s": "done", "at": 1}, []),
        (PRESENT, {"s": "done", "at": None}, ["/at"]),
        (PRESENT, {"s": "busy", "at": 1}, ["/at"]),
        (PRESENT, {"at": 1}, None),
        (IMPLIES, {"s": "x", "n": 0}, []),
        (IMPLIES, {"s": "x", "n": 1}, ["/n"]),
        (IMPLIES, {"s": "x"}, None),
        (IMPLIES, {"s": "y", "n": 1}, None),
        (EACH, {"l": [{"n": 1, "m": 2}, {"n": 3, "m": 2}, {}]}, ["/l/1/n"]),
        (EACH, {"l": []}, None),
        (EACH, {}, None),
        (RISING, {"l": [{"k": 1, "n": 1}, {"k": 2, "n": 1}, {"k": 1, "n": 2}]}, []),
        (RISING, {"l": [{"k": 1, "n": 1}, {"k": 1, "n": 1}]}, ["/l"]),
        (ALL_RISING, {"l": [{"n": 3}, {"n": 2}, {}, {"n": 1}]}, []),
        (ALL_RISING, {"l": 1}, None),
        (SECRET, {"a": [{"secret": "x"}, "whsec_1"], "has_secret": True}, ["/a/0/secret", "/a/1"]),
        (SECRET, {"secret": None, "b": "text"}, []),
        (SECRET, DEEP, []),
    ],
)
def test_a_rule_about_one_body(rule, body, found):
    assert places(compile_body_check(rule)(body)) == found


def test_a_secret_is_not_quoted():
    assert compile_body_check(SECRET)({"secret": "abc"})[0].value == '"..."'
