"""The table of levels: what is never above info, and what a weaker promise makes of an error."""

import pytest

from mockserver.contract.judge.levels import ABSENCES, FAULT_LEVELS, Fault, Promise, fault_level, weakest_promise

LEFT_OUT_BY_RECORDERS = (Fault.NO_CONTENT_TYPE, Fault.MISSING_HEADER)


def test_every_fault_has_its_levels():
    assert set(FAULT_LEVELS) == set(Fault)


@pytest.mark.parametrize("fault", LEFT_OUT_BY_RECORDERS)
@pytest.mark.parametrize("promise", Promise)
@pytest.mark.parametrize("strict", [False, True])
def test_what_a_recorder_may_have_left_out_is_never_above_info(fault, promise, strict):
    assert fault_level(fault, promise, strict=strict) == "info"


@pytest.mark.parametrize("fault", [each for each in ABSENCES if each is not Fault.EMPTY_BODY])
@pytest.mark.parametrize("promise", [Promise.SOMEWHERE, Promise.INFERRED])
def test_the_absence_of_what_no_source_promises_for_the_answer_is_never_above_info(fault, promise):
    assert fault_level(fault, promise) == "info"


@pytest.mark.parametrize("fault", [Fault.WRONG_VALUE, Fault.WRONG_HEADER, Fault.OTHER_CONTENT_TYPE, Fault.EMPTY_BODY])
def test_what_contradicts_a_document_is_an_error_and_what_contradicts_an_inference_a_warning(fault):
    assert [fault_level(fault, promise) for promise in Promise] == ["error", "error", "warning"]


def test_a_required_field_is_an_error_where_it_is_promised():
    assert [fault_level(Fault.MISSING_FIELD, promise) for promise in Promise] == ["error", "info", "info"]


def test_strict_holds_the_server_to_the_pages():
    assert fault_level(Fault.UNDECLARED_FIELD, Promise.FOR_ANSWER) == "info"
    assert fault_level(Fault.UNDECLARED_FIELD, Promise.FOR_ANSWER, strict=True) == "error"
    assert fault_level(Fault.OFF_PAGE_VALUE, Promise.INFERRED) is None
    assert fault_level(Fault.OFF_PAGE_VALUE, Promise.INFERRED, strict=True) == "warning"


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
