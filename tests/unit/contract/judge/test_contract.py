"""The facade of a contract: one vendor's capture, rules, operations and jobs."""

from mockserver.contract.judge.contract import load_contract
from mockserver.core.wire import Request
from tests.support.toy_contract import RESOURCES, call, contracts

JOB = "a" * 24


def test_it_is_the_era_of_its_date():
    contract = load_contract("phaseo", "2026-06-30")
    assert contract.capture.era == "2026-06-11"
    assert contract.rule_set.era == "2026-06-11"


def test_an_operation_is_found_behind_the_prefixes_of_a_mock_server():
    match = load_contract("phaseo").find_operation(Request("get", "/s/one/v/phaseo/v1/videos/G-1"))
    assert match is not None
    assert match.operation.id == "getVideo"
    assert match.params == {"video_id": "G-1"}


def test_the_jobs_of_an_exchange_are_found_also_without_an_answer():
    contract = load_contract("twelvelabs")
    path = f"/v1.3/analyze/batches/{JOB}"
    answered = call("GET", path, 200, {"batch_id": JOB, "status": "pending"})
    unanswered = call("GET", path, None)
    for exchange in (answered, unanswered):
        [mention] = contract.find_jobs(exchange)
        assert mention.resource.kind == "batch"
        assert mention.job_id == JOB


def test_a_job_may_stand_inside_of_the_answer(tmp_path):
    resources = RESOURCES.replace("read: {id: path id, shows: {'200': ''}", "read: {id: path id, shows: {'200': /job}")
    contract = load_contract("toy", root=contracts(tmp_path, resources=resources))
    [mention] = contract.find_jobs(call("GET", "/jobs/j", 200, {"job": {"status": "done"}}))
    assert mention.place == "/job"
    assert mention.status_word == "done"


def test_a_call_that_it_does_not_have_names_no_job():
    assert list(load_contract("reap").find_jobs(call("GET", "/index.html", 200))) == []
