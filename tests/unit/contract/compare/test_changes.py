"""Changes as values: their text, their order, and which of them a client of some calls meets."""

from mockserver.contract.compare.changes import (
    CHANGE_TYPES,
    ChangePlace,
    ContractChange,
    Occurrences,
    changes_at_least,
    changes_of_operations,
    count_by_level,
    merge_changes,
    render_changes,
)

FIRST, SECOND = ChangePlace("a", "response 200 /x"), ChangePlace("b", "response 200 /x")


def change(check="DIF072", *places, message="m", pointer="#/p", before="", after="", seen=None):
    return ContractChange(check, message, pointer, before, after, places or (FIRST,), seen)


def fields(*names, place="response 200", check="DIF072", **others):
    return [
        change(check, ChangePlace("a", f"{place} /{name}"), message=f"the field {name}", **others) for name in names
    ]


def test_every_check_has_a_level_and_a_meaning():
    assert {check.level for check in CHANGE_TYPES.values()} == {"err", "warn", "info"}
    assert all(name.startswith("DIF") and len(name) == 6 and check.meaning for name, check in CHANGE_TYPES.items())
    assert list(CHANGE_TYPES) == sorted(CHANGE_TYPES)


def test_one_change_at_many_places_is_reported_once_the_worst_first():
    merged = merge_changes([change(), change("DIF072", SECOND), change("DIF001", SECOND), change("DIF082")])
    assert [(each.check, each.places) for each in merged] == [
        ("DIF001", (SECOND,)),
        ("DIF082", (FIRST,)),
        ("DIF072", (FIRST, SECOND)),
    ]


def test_before_and_after_are_shown():
    text = change("DIF086", before="9", message="maximum is looser").text()
    assert text == "warn DIF086 a response 200 /x: maximum is looser\n     9 -> (nothing)"
    assert change(after="1").text().endswith("(nothing) -> 1")


def test_other_places_are_named_and_counted():
    places = [ChangePlace(name, "response 200") for name in "abcdef"]
    assert change("DIF072", *places[:3]).text().endswith("\n     also b response 200, c response 200")
    assert change("DIF072", *places).text().endswith("d response 200, and 2 more")


def test_sightings_have_their_number_and_times():
    assert str(Occurrences(2, 5)) == "in 2 of 5 answers"
    assert str(Occurrences(1, 5, 0, 0)) == "in 1 of 5 answers, at 1970-01-01T00:00:00Z"
    assert str(Occurrences(2, 5, 0, 10**6)).endswith("from 1970-01-01T00:00:00Z to 1970-01-01T00:00:01Z")
    assert change(seen=Occurrences(1, 1)).text().endswith("\n     in 1 of 1 answers")
    assert Occurrences(1, 5, None, 0).json() == {"times": 1, "of": 5, "first": None, "last": "1970-01-01T00:00:00Z"}


def test_fields_of_one_object_are_reported_together():
    seen = Occurrences(1, 1)
    text = render_changes(
        [*fields("a", "b", "c", check="DIF109", seen=seen), *fields("d", "e"), change("DIF001", ChangePlace("a", ""))]
    )
    assert text.splitlines() == [
        "warn DIF109 a response 200 /...: 3 times: seen: an answer without a field that the service always sent",
        "     a, b, c",
        "     in 1 of 1 answers",
        "info DIF072 a response 200 /d: the field d",
        "info DIF072 a response 200 /e: the field e",
        "err  DIF001 a: m",
    ]


def test_fields_of_two_objects_are_not():
    assert render_changes([*fields("a", "b"), *fields("a", place="response 200 /x")]).count("\n") == 2


def test_json_has_everything():
    assert change(seen=Occurrences(1, 2)).json() == {
        "check": "DIF072",
        "level": "info",
        "message": "m",
        "pointer": "#/p",
        "before": "",
        "after": "",
        "places": [{"operation": "a", "where": "response 200 /x"}],
        "seen": {"times": 1, "of": 2, "first": None, "last": None},
    }
    assert change().json()["seen"] is None


def test_the_changes_of_one_call():
    both = change("DIF072", FIRST, SECOND)
    assert changes_of_operations([both, change("DIF001", SECOND)], ["a"]) == [both._replace(places=(FIRST,))]


def test_levels_are_counted_and_chosen():
    changes = [change(check) for check in ("DIF001", "DIF082", "DIF072", "DIF083")]
    assert count_by_level(changes) == {"err": 1, "warn": 1, "info": 2}
    assert [len(changes_at_least(changes, level)) for level in ("err", "warn", "info")] == [1, 2, 4]


def test_lines_that_are_equal_have_the_pointer():
    one, other = change()._replace(pointer="#/a"), change()._replace(pointer="#/b")
    assert render_changes([one, other, change("DIF001")]).splitlines() == [
        "info DIF072 a response 200 /x: m",
        "     at #/a",
        "info DIF072 a response 200 /x: m",
        "     at #/b",
        "err  DIF001 a response 200 /x: m",
    ]
