"""What came of telling: a fold of delivery inputs that never moves a job."""

from dataclasses import replace

from mockserver.core.batch import fold_batch
from mockserver.core.delivery import DeliveryAttempt, attempts, delivery_state
from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.job import MOVE, POLL, Input, Job, fold_job
from tests.support.fake_world import START, fake_world, json_of

SENT = DeliveryAttempt(START + SECOND, "video.created", "video.created", 1, delivered=True, status=200)


def job(*made: DeliveryAttempt) -> Job:
    session = fake_world("phaseo").session
    room = session.context("phaseo")
    born = room.job_factory.create_job("video", room.era.main_kind.example, 1, START)
    return replace(born, inputs=tuple(attempt.as_input(seq) for seq, attempt in enumerate(made, 1)))


def failed(at: int, number: int, next_attempt_at: int | None) -> DeliveryAttempt:
    return SENT._replace(at=at, number=number, delivered=False, status=500, error="no", retry_at=next_attempt_at)


def test_an_attempt_is_an_input_and_comes_back_as_it_was():
    odd = SENT._replace(status=None, error="timed out", preview="<html>", retry_at=START + MINUTE, url="http://x/")
    assert list(attempts(job(SENT, odd), START + MINUTE)) == [SENT, odd]


def test_other_inputs_are_no_attempts():
    polled = job(SENT).with_input(Input(START + SECOND, 2, POLL))
    assert list(attempts(polled, START + MINUTE)) == [SENT]


def test_the_past_knows_nothing_of_later_attempts():
    assert list(attempts(job(SENT), START)) == []
    assert delivery_state(job(SENT), START).attempted == set()


def test_a_key_waits_until_it_is_delivered():
    first = failed(START + SECOND, 1, START + 61 * SECOND)
    stand = delivery_state(job(first), START + MINUTE)
    assert stand.retrying == {"video.created": first}
    assert stand.next_retry_at == START + 61 * SECOND
    last = SENT._replace(at=START + 61 * SECOND, number=2)
    stand = delivery_state(job(first, last), START + MINUTE + SECOND)
    assert stand.retrying == {}
    assert stand.delivered == {"video.created": last}
    assert stand.next_retry_at is None
    assert stand.attempts == [first, last]


def test_what_has_failed_for_good_waits_no_more_and_is_known():
    stand = delivery_state(job(failed(START, 1, START + 1), failed(START + 1, 2, None)), START + 1)
    assert stand.retrying == {}
    assert stand.delivered == {}
    assert stand.attempted == {"video.created"}


def test_what_is_lost_is_known_and_counts_nowhere():
    stand = delivery_state(job(SENT._replace(delivered=False, lost=True)), START + SECOND)
    assert stand.attempted == {"video.created"}
    assert stand.attempts == []
    assert stand.delivered == {}
    assert stand.retrying == {}


def test_no_delivery_moves_a_job_even_one_whose_key_is_a_command():
    plain = job()
    odd = replace(plain, inputs=(SENT._replace(key="cancel").as_input(1),))
    assert fold_job(odd, START + MINUTE) == fold_job(plain, START + MINUTE)


def test_no_delivery_moves_a_batch():
    judged = fake_world("twelvelabs")
    batch_id = json_of(judged.call_operation("create"))["batch_id"]
    store = judged.session.context("twelvelabs").store
    batch = store.job("batch", batch_id)
    assert batch is not None
    moved = Input(START + SECOND, 1, MOVE, "processing", {"item": 0})
    for before in ((), (moved,)):
        plain = replace(batch, inputs=before)
        odd = [SENT._replace(at=START + SECOND, key=key).as_input(9) for key in ("cancel", "canceled", "completed")]
        assert fold_batch(replace(plain, inputs=(*before, *odd)), START + MINUTE) == fold_batch(plain, START + MINUTE)
