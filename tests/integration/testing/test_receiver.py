"""The receiver of a test: webhooks of the session arrive in the test's own process, over HTTP."""

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

def test_raising(videojob):
    def handler(delivery):
        raise ValueError(delivery.event)
    receiver = videojob.receive(handler)
    hooked(videojob)
    videojob.advance("1m")
    assert {type(error) for error in receiver.errors} == {ValueError}
    assert videojob.admin("GET", "deliveries")["deliveries"][-1]["status"] == 500
"""
    )
    result.assert_outcomes(passed=3)


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
