"""What came of telling: a fold of delivery inputs that never moves a job."""

from dataclasses import replace

from mockserver.core.batch import settle_batch
from mockserver.core.delivery import Attempt, attempts, told
from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.job import MOVE, POLL, Input, Job, settle
from tests.support.fake_world import START, fake_world, json_of

SENT = Attempt(START + SECOND, "video.created", "video.created", 1, delivered=True, status=200)


def job(*made: Attempt) -> Job:
    session = fake_world("phaseo").session
    room, _ = session.room("phaseo")
    born = room.plans.job("video", room.era.main.example, 1, START)
    return replace(born, inputs=tuple(attempt.happened(seq) for seq, attempt in enumerate(made, 1)))


def failed(at: int, number: int, again: int | None) -> Attempt:
    return SENT._replace(at=at, number=number, delivered=False, status=500, error="no", again=again)


def test_an_attempt_is_an_input_and_comes_back_as_it_was():
    odd = SENT._replace(status=None, error="timed out", preview="<html>", again=START + MINUTE, url="http://x/")
    assert list(attempts(job(SENT, odd), START + MINUTE)) == [SENT, odd]


def test_other_inputs_are_no_attempts():
    polled = job(SENT).with_input(Input(START + SECOND, 2, POLL))
    assert list(attempts(polled, START + MINUTE)) == [SENT]


def test_the_past_knows_nothing_of_later_attempts():
    assert list(attempts(job(SENT), START)) == []
    assert told(job(SENT), START).known == set()


def test_a_key_waits_until_it_is_delivered():
    first = failed(START + SECOND, 1, START + 61 * SECOND)
    stand = told(job(first), START + MINUTE)
    assert stand.waiting == {"video.created": first}
    assert stand.next_at == START + 61 * SECOND
    last = SENT._replace(at=START + 61 * SECOND, number=2)
    stand = told(job(first, last), START + MINUTE + SECOND)
    assert (stand.waiting, stand.delivered, stand.next_at) == ({}, {"video.created": last}, None)
    assert stand.attempts == [first, last]


def test_what_has_failed_for_good_waits_no_more_and_is_known():
    stand = told(job(failed(START, 1, START + 1), failed(START + 1, 2, None)), START + 1)
    assert (stand.waiting, stand.delivered, stand.known) == ({}, {}, {"video.created"})


def test_what_is_lost_is_known_and_counts_nowhere():
    stand = told(job(SENT._replace(delivered=False, lost=True)), START + SECOND)
    assert stand.known == {"video.created"}
    assert (stand.attempts, stand.delivered, stand.waiting) == ([], {}, {})


def test_no_delivery_moves_a_job_even_one_whose_key_is_a_command():
    plain = job()
    odd = replace(plain, inputs=(SENT._replace(key="cancel").happened(1),))
    assert settle(odd, START + MINUTE) == settle(plain, START + MINUTE)


def test_no_delivery_moves_a_batch():
    judged = fake_world("twelvelabs")
    batch_id = json_of(judged.call_operation("create"))["batch_id"]
    _, store = judged.session.room("twelvelabs")
    batch = store.job("batch", batch_id)
    assert batch is not None
    moved = Input(START + SECOND, 1, MOVE, "processing", {"item": 0})
    for before in ((), (moved,)):
        plain = replace(batch, inputs=before)
        odd = [SENT._replace(at=START + SECOND, key=key).happened(9) for key in ("cancel", "canceled", "completed")]
        assert settle_batch(replace(plain, inputs=(*before, *odd)), START + MINUTE) == settle_batch(
            plain, START + MINUTE
        )
