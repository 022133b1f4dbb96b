"""The table of levels: what is never above info, and what a weaker promise makes of an error."""

import pytest

from mockserver.contract.judge.levels import ABSENCES, BREACH_LEVELS, Breach, Promise, breach_level, weakest_promise

LEFT_OUT_BY_RECORDERS = (Breach.NO_CONTENT_TYPE, Breach.MISSING_HEADER)


def test_every_breach_has_its_levels():
    assert set(BREACH_LEVELS) == set(Breach)


@pytest.mark.parametrize("breach", LEFT_OUT_BY_RECORDERS)
@pytest.mark.parametrize("promise", Promise)
@pytest.mark.parametrize("strict", [False, True])
def test_what_a_recorder_may_have_left_out_is_never_above_info(breach, promise, strict):
    assert breach_level(breach, promise, strict=strict) == "info"


@pytest.mark.parametrize("breach", [each for each in ABSENCES if each is not Breach.EMPTY_BODY])
@pytest.mark.parametrize("promise", [Promise.SOMEWHERE, Promise.INFERRED])
def test_the_absence_of_what_no_source_promises_for_the_answer_is_never_above_info(breach, promise):
    assert breach_level(breach, promise) == "info"


@pytest.mark.parametrize(
    "breach", [Breach.WRONG_VALUE, Breach.WRONG_HEADER, Breach.OTHER_CONTENT_TYPE, Breach.EMPTY_BODY]
)
def test_what_contradicts_a_document_is_an_error_and_what_contradicts_an_inference_a_warning(breach):
    assert [breach_level(breach, promise) for promise in Promise] == ["error", "error", "warning"]


@pytest.mark.parametrize("promise", Promise)
@pytest.mark.parametrize("breach", [Breach.UNKNOWN_STATUS, Breach.INVALID_JSON])
def test_what_no_basis_can_excuse_is_always_an_error(breach, promise):
    assert breach_level(breach, promise) == "error"


@pytest.mark.parametrize("promise", Promise)
def test_an_unknown_error_code_is_never_above_a_warning(promise):
    assert breach_level(Breach.UNKNOWN_CODE, promise) == "warning"


@pytest.mark.parametrize(
    "breach",
    [
        Breach.NO_CONTENT_TYPE,
        Breach.EMPTY_BODY,
        Breach.MISSING_FIELD,
        Breach.UNREQUIRED_FIELD,
        Breach.MISSING_HEADER,
    ],
)
def test_what_is_not_there_is_an_absence(breach):
    assert breach in ABSENCES


def test_a_required_field_is_an_error_where_it_is_promised():
    assert [breach_level(Breach.MISSING_FIELD, promise) for promise in Promise] == ["error", "info", "info"]


def test_strict_holds_the_server_to_the_pages():
    assert breach_level(Breach.UNDECLARED_FIELD, Promise.FOR_ANSWER) == "info"
    assert breach_level(Breach.UNDECLARED_FIELD, Promise.FOR_ANSWER, strict=True) == "error"
    assert breach_level(Breach.OFF_PAGE_VALUE, Promise.INFERRED) is None
    assert breach_level(Breach.OFF_PAGE_VALUE, Promise.INFERRED, strict=True) == "warning"


@pytest.mark.parametrize(
    ("bases", "promise"),
    [
        ([], Promise.FOR_ANSWER),
        ([None, None], Promise.FOR_ANSWER),
        (["page", "spec", None], Promise.FOR_ANSWER),
        (["spec", "prose"], Promise.SOMEWHERE),
        (["runtime", "page"], Promise.INFERRED),
        (["prose", "inferred"], Promise.INFERRED),
        (["rumour"], Promise.INFERRED),
    ],
)
def test_the_weakest_basis_is_the_promise(bases, promise):
    assert weakest_promise(bases) is promise
