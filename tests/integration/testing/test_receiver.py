"""The receiver of a test: webhooks of the session arrive in the test's own process, over HTTP."""

import pytest

from tests.integration.testing.conftest import Run

HOOKED = """
def hooked(videojob):
    return call(videojob.phaseo, "POST", "/videos", {**CLIP, "webhook": {"url": videojob.receiver.url}})[1]["id"]
"""


def test_deliveries_arrive_and_their_signatures_are_right(run: Run) -> None:
    result = run(
        HOOKED
        + """
@pytest.mark.videojob(vendors={"phaseo": "2026-07-09"})
def test_webhooks(videojob):
    from phaseo import verify_async_webhook_signature
    receiver = videojob.receiver
    video = hooked(videojob)
    videojob.advance("1m")
    last = videojob.webhooks[-1]
    assert receiver.received == videojob.webhooks
    assert (last.vendor, last.event, last.job, last.signature) == ("phaseo", "video.completed", video, "ok")
    assert last.json["type"] == "video.completed"
    assert verify_async_webhook_signature(secret=receiver.secret, body=last.body, headers=dict(last.headers))
    assert videojob.wait_until(delivery={"event": "video.completed"})["delivery"]["status"] == 200
    assert "video.completed" in repr(receiver)
"""
    )
    result.assert_outcomes(passed=1)


def test_a_forged_delivery_is_refused_unless_the_test_answers(run: Run) -> None:
    result = run(
        HOOKED
        + """
FORGED = [{"on": "completed", "sign": "wrong-secret"}]

@pytest.mark.videojob(conduct="error")
def test_refused(videojob):
    videojob.receive(vendor="phaseo", deliver=FORGED)
    hooked(videojob)
    videojob.advance("1m")
    assert [each.signature for each in videojob.webhooks][-1] == "wrong"
    assert videojob.admin("GET", "deliveries")["deliveries"][-1]["status"] == 401

def test_accepted(videojob):
    videojob.receive(lambda delivery: 204, vendor="phaseo", deliver=FORGED)
    hooked(videojob)
    videojob.advance("1m")
    assert [each.rule for each in videojob.conduct] == ["C7"]

def test_raising_on_purpose(videojob):
    def handler(delivery):
        raise ValueError(delivery.event)
    receiver = videojob.receive(handler)
    hooked(videojob)
    videojob.advance("1m")
    assert {type(error) for error in receiver.errors} == {ValueError}
    assert videojob.admin("GET", "deliveries")["deliveries"][-1]["status"] == 500
    receiver.errors.clear()

def test_a_handler_without_a_status_accepts(videojob):
    videojob.receive(lambda delivery: None)
    hooked(videojob)
    videojob.advance("1m")
    assert videojob.admin("GET", "deliveries")["deliveries"][-1]["status"] == 200
"""
    )
    result.assert_outcomes(passed=4)


RAISED = {
    "assert delivery.event == 'this.is.wrong'": "E * AssertionError: assert 'video.*' == 'this.is.wrong'",
    "raise ValueError('not mine')": "E * ValueError: not mine",
    "pytest.fail('not mine')": "E * Failed: not mine",
    "raise SystemExit(3)": "E * SystemExit: 3",
}


@pytest.mark.parametrize("conduct", ["report", "error"])
@pytest.mark.parametrize("statement", RAISED)
def test_what_a_handler_raises_fails_the_test_where_the_handler_stands(run: Run, conduct: str, statement: str) -> None:
    result = run(
        HOOKED
        + f"""
@pytest.mark.videojob(conduct="{conduct}")
def test_raising(videojob):
    def handler(delivery):
        {statement}
    videojob.receive(handler)
    hooked(videojob)
    videojob.advance("1h")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f">*{statement}", RAISED[statement]])
    # A retry is a delivery of its own; the traceback begins at the handler, and is shown once.
    result.stdout.re_match_lines([r"E +raised by the webhook handler, at \d+ deliveries"])
    shown = result.stdout.str()
    assert shown.count("def handler(delivery):") == 1
    assert "receiver.py" not in shown
    assert "videojob: webhook handler" not in shown


@pytest.mark.parametrize("returned", ["'accepted'", "True", "99", "('', 204)"])
def test_what_is_no_status_fails_the_test(run: Run, returned: str) -> None:
    result = run(
        HOOKED
        + f"""
def test_returning(videojob):
    videojob.receive(lambda delivery: {returned})
    hooked(videojob)
    videojob.advance("1m")
    assert videojob.admin("GET", "deliveries")["deliveries"][-1]["status"] == 500
"""
    )
    result.assert_outcomes(failed=1)
    told = [f"TST006 the webhook handler returned {returned}", "    Return a status from 200 to 599*"]
    result.stdout.fnmatch_lines(told)
    assert "Traceback" not in result.stdout.str()
    assert "hidden" not in result.stdout.str()


@pytest.mark.parametrize(
    ("handler", "found"), [("handler", "a coroutine function (`async def`)"), ("'app:handler'", "'app:handler'")]
)
def test_a_handler_that_is_no_plain_function_is_refused_where_it_is_given(run: Run, handler: str, found: str) -> None:
    result = run(
        f"""
async def handler(delivery):
    return 204

def test_receiving(videojob):
    videojob.receive({handler})
    raise AssertionError("too late")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">*videojob.receive(*)", f"E*TST006 a webhook handler is a function, not {found}"])
    result.stdout.fnmatch_lines(["*Write it with `def`*"])


def test_a_coroutine_that_a_handler_returns_is_no_status(run: Run) -> None:
    result = run(
        HOOKED
        + """
async def handler(delivery):
    return 204

def test_returning(videojob):
    videojob.receive(lambda delivery: handler(delivery))
    hooked(videojob)
    videojob.advance("1m")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TST006 the webhook handler returned <coroutine object handler*"])
    assert "never awaited" not in result.stdout.str()


def test_what_a_handler_raised_stands_below_the_failure_of_the_test(run: Run) -> None:
    result = run(
        HOOKED
        + """
def test_failing(videojob):
    def handler(delivery):
        raise ValueError("not mine")
    videojob.receive(handler)
    hooked(videojob)
    videojob.advance("1m")
    assert len(videojob.webhooks) == 0
"""
    )
    result.assert_outcomes(failed=1)
    told = ["E *assert * == 0", "*videojob: webhook handler*", "Traceback*", "ValueError: not mine"]
    result.stdout.fnmatch_lines(told)
    assert "receiver.py" not in result.stdout.str()


def test_what_a_handler_raises_after_the_test_is_an_error(run: Run) -> None:
    result = run(
        HOOKED
        + """
@pytest.fixture
def client(videojob):
    yield
    videojob.advance("1m")

def test_raising(videojob, client):
    def handler(delivery):
        raise ValueError("too late")
    videojob.receive(handler)
    hooked(videojob)
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *ValueError: too late", "*videojob: calls*"])


def test_other_keys_need_a_vendor(run: Run) -> None:
    result = run('def test_webhooks(videojob): videojob.receive(events=["completed"])\n')
    result.stdout.fnmatch_lines(["E*TST001 events differ between vendors"])


def test_every_vendor_sends_to_it(run: Run) -> None:
    result = run(
        """
        def test_webhooks(videojob):
            videojob.receiver
            for vendor in ("reap", "twelvelabs"):
                videojob.admin("POST", "jobs", {"vendor": vendor})
            videojob.advance("1h")
            signed = {each.vendor: each.signature for each in videojob.webhooks}
            assert signed == {"reap": "unsigned, as always", "twelvelabs": "ok"}

        def test_own_receiver(videojob):
            videojob.send_webhooks("http://127.0.0.1:9/", vendor="reap")
            assert videojob.webhooks == ()
        """
    )
    result.assert_outcomes(passed=2)
