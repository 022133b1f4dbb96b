"""Findings of rules, where a call has no summary."""

from mockserver.contract.judge.job_record import JobRecord
from mockserver.contract.judge.rule_findings import clash_finding
from mockserver.contract.oracle.calls import ObservedCall
from mockserver.contract.oracle.counterexample import Counterexample
from mockserver.contract.oracle.job_tracker import JobTracker, WorldMachines
from mockserver.contract.oracle.state_machine import Observation, StateMachine
from mockserver.core.wire import NO_POSITION
from tests.support.toy_contract import book, toy_rule


def test_a_clash_of_a_call_without_a_summary_quotes_nothing(tmp_path):
    job = book(tmp_path).resources["job"]
    machines = WorldMachines(StateMachine(job), ())
    record = JobRecord(id="j1", resource=job, tracker=JobTracker(machines, machines), facts=[])
    call = ObservedCall(0, 1, Observation("read", 200, job.states.parse("working")))
    proof = Counterexample(None, (call,), job.states.parse("terminal"), call)
    finding = clash_finding(toy_rule("absorbs"), proof, job=record)
    assert finding.possible == "done or stopped"
    assert finding.observed is finding.call is finding.rerun is None
    assert finding.story == ()
    assert finding.spot == NO_POSITION
