"""`mockserver trial --webhooks-to`: clients that call the API and receive its webhooks."""

import sys

import pytest

from tests.integration.trial.conftest import results

ADDRESS = "http://127.0.0.1:{port}/hook"
LOST = "webhook-lost"
TWICE = "webhook-twice"
CLIENT = """
import queue, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
EVENTS = queue.Queue()

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        EVENTS.put(event)  # last, because the client may end with it
    def log_message(self, *_):
        pass

PORT = int(os.environ["MOCKSERVER_TRIAL_WEBHOOK_PORT"])
threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", PORT), Receiver).serve_forever, daemon=True).start()
webhook = {"endpoint_id": os.environ["MOCKSERVER_TRIAL_WEBHOOK_ID"]}
video = call("POST", "/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": webhook})["id"]

def completed(event):
    return event["type"] == "video.completed"
"""
WAITING = "while not completed(EVENTS.get()):\n    pass\nprint('completed')\n"
"""Waits for the webhook for ever."""
POLLING = """
EVENTS.get()
status = ""
while status != "completed":
    try:
        EVENTS.get(timeout=0.2)
    except queue.Empty:
        pass
    status = call("GET", f"/videos/{video}")["status"]
print(status)
"""
"""Polls behind the first webhook, if no other one comes, and looks at the job after each."""
BOOKING = """
seen = [event for event in (EVENTS.get(), EVENTS.get()) if completed(event)]
for event in %s:
    print(json.dumps({"processed": event["id"]}))
"""
"""Waits for two events, and acts on some of those of a completed video."""


def try_client(trial, client, *options, name=LOST):
    """Return the result of one scenario."""
    done = trial("--only", name, "--webhooks-to", ADDRESS, "--json", *options, client=CLIENT + client)
    (result,) = results(done).values()
    return result


def test_a_client_that_only_waits_for_a_lost_webhook_hangs(trial):
    result = try_client(trial, WAITING, "--deadline", "4s")
    assert result["outcome"] == "hung"
    assert "its last request was POST /v1/videos -> 200" in result["reasons"][0]
    assert result["repeat"] == (
        f"mockserver trial --only {LOST} --webhooks-to '{ADDRESS}' -- {sys.executable} client.py"
    )


def test_a_client_that_polls_as_well_survives_the_loss(trial):
    result = try_client(trial, POLLING)
    assert result["outcome"] == "survived"
    story = "\n".join(result["story"])
    assert "webhook video.status_changed (attempt 1, signature ok) -> 200" in story
    assert "GET /v1/videos/" in story


def test_a_webhook_that_comes_is_enough(trial):
    assert try_client(trial, WAITING, name="webhook-before-the-poll")["outcome"] == "survived"


@pytest.mark.parametrize(("acts_on", "outcome"), [("seen", "misbehaved"), ("seen[:1]", "survived")])
def test_what_a_client_reports_of_a_repeated_event_is_judged(trial, acts_on, outcome):
    result = try_client(trial, BOOKING % acts_on, name=TWICE)
    assert result["outcome"] == outcome, result["reasons"]
    if outcome == "misbehaved":
        assert "it reports that it processed" in result["reasons"][0]
        assert result["reasons"][0].endswith("2 times")


def test_a_client_that_reports_nothing_has_not_survived_a_repeated_event(trial):
    result = try_client(trial, BOOKING % "[]", name=TWICE)
    assert result["outcome"] == "not reached"
    assert "what it did with them it does not report" in result["reasons"][0]


def test_a_client_that_waits_for_a_running_job_needs_more_time(trial):
    result = try_client(trial, WAITING, "--deadline", "1s", "--clock", "real")
    assert result["outcome"] == "not reached"
    assert "its video still runs: give the client more time" in result["reasons"][0]


@pytest.mark.parametrize(
    ("name", "client", "reason"),
    [
        ("webhook-before-the-poll", "", "it answered no webhook at http://127.0.0.1:"),
        (LOST, "EVENTS.get()", "it ended before the webhook that is lost was due"),
        ("webhook-retried-60-300-900", "EVENTS.get()", "it ended before an event came again"),
        ("webhook-not-of-a-cancel", "", "it called cancel 0 times of 1"),
    ],
)
def test_a_client_that_leaves_too_early_shows_nothing(trial, name, client, reason):
    source = CLIENT + client
    if name == "webhook-not-of-a-cancel":
        source = "call('POST', '/create-clips', {'sourceUrl': 'https://example.com/a.mp4'})"
    # Seconds lie between the event that ends the client and the one that it does not wait for.
    done = trial("--only", name, "--webhooks-to", ADDRESS, "--json", "--clock", "x10", client=source)
    (result,) = results(done).values()
    assert result["outcome"] == "not reached"
    assert reason in result["reasons"][0]


def test_a_client_that_does_not_listen_is_told_so(trial):
    deaf = "\nstatus = ''\nwhile status != 'completed':\n    status = call('GET', f'/videos/{video}')['status']\n"
    source = CLIENT.replace("threading.Thread(", "(lambda **_: None)(").replace(", daemon=True).start()", ", daemon=1)")
    done = trial("--only", "webhook-before-the-poll", "--webhooks-to", ADDRESS, "--json", client=source + deaf)
    (result,) = results(done).values()
    assert result["outcome"] == "not reached"
    assert result["reasons"][0].startswith("it answered no webhook at http://127.0.0.1:")


def test_an_answer_that_does_not_count_is_a_finding(trial):
    source = CLIENT.replace("send_response(200)", "send_response(401)") + WAITING
    done = trial("--only", "webhook-before-the-poll", "--webhooks-to", ADDRESS, "--json", client=source)
    (result,) = results(done).values()
    assert result["outcome"] == "misbehaved"
    assert "it refused a genuine delivery" in result["reasons"][0]


def test_forged_webhooks_are_for_receivers_alone(trial):
    done = trial("--webhooks-to", ADDRESS, "--list", "--vendor", "phaseo", client=None)
    assert "webhook-forged  (phaseo@2026-08-10)\n" in done.out
    assert "not tried  its webhooks are forged or replayed: --receiver URL tries a receiver\n" in done.out


def test_a_client_is_no_receiver_beside_it(trial):
    done = trial("--webhooks-to", ADDRESS, "--receiver", ADDRESS)
    assert "--receiver and --webhooks-to exclude each other" in done.err
    assert done.code == 2
