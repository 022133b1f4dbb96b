"""`mockserver trial --receiver`: receivers of webhooks as processes, in front of bundled scenarios."""

import json
import sys
from xml.etree import ElementTree

import pytest

from mockserver.cli.app import run
from tests.integration.trial.conftest import results
from tests.support.paths import ROOT

CLIENTS = ROOT / "examples" / "clients"
ADDRESS = "http://127.0.0.1:{port}/hook"
FORGED = "webhook-forged"
TWICE = "webhook-twice"
RECEIVER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
PORT = int(os.environ["MOCKSERVER_TRIAL_WEBHOOK_PORT"])

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = answer(self.headers, body)
        self.send_response(status)
        self.end_headers()

def serve():
    ThreadingHTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()
"""
TRUSTING = RECEIVER + "answer = lambda headers, body: 200\nserve()\n"
FAILURES = {
    "batch-webhook-duplicated": "it reports that it processed whe_",
    "webhook-after-cancel": "it reports 'in_progress' for video",
    "webhook-answered-with-a-body": "-> the answer's body must be empty",
    "webhook-delivered-after-a-retry": "2 times",
    FORGED: "C7: it accepted a webhook whose signature is not right",
    "webhook-of-another-secret": "C7: it accepted a webhook whose signature is not right",
    "webhook-repeated-with-the-same-id": "2 times",
    "webhook-retried-60-300-900": "4 times",
    TWICE: "2 times",
    "webhook-when-it-ends": "its answer counts as a failure",
    "webhook-with-a-skewed-timestamp": "C7",
    "webhook-with-the-wrong-secret": "C7",
    "webhook-without-a-status": "2 times",
}
"""Scenarios that catch the naive receiver, and a part of the reasons."""


def try_receiver(name: str, capsys, monkeypatch, tmp_path, *options: str):
    """Run one of the example receivers on trial and return the results by scenario."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    run(["trial", "--json", "--receiver", ADDRESS, *options, "--", sys.executable, str(CLIENTS / name)])
    return {each["name"]: each for each in json.loads(capsys.readouterr().out)["results"]}


def test_the_naive_receiver_fails_for_the_right_reasons(capsys, monkeypatch, tmp_path):
    only = [word for name in FAILURES for word in ("--only", name)]
    found = try_receiver("naive_receiver.py", capsys, monkeypatch, tmp_path, *only)
    for name, reason in FAILURES.items():
        assert found[name]["outcome"] == "misbehaved", name
        assert reason in "\n".join(found[name]["reasons"]), name


def test_the_good_receiver_survives_all_that_it_reaches(capsys, monkeypatch, tmp_path):
    found = try_receiver("good_receiver.py", capsys, monkeypatch, tmp_path, "--deadline", "60s")
    others = {name: each["reasons"] for name, each in found.items() if each["outcome"] != "survived"}
    assert others == {"webhook-progress-in-tens": ["no delivery that a receiver must accept was sent"]}
    assert set(FAILURES) <= set(found)


def test_a_receiver_in_node_is_tried_as_well(capsys, folder):
    (folder / "receiver.cjs").write_text(
        'const http = require("node:http");\n'
        "http.createServer((request, response) => {\n"
        "  request.resume().on(\"end\", () => response.writeHead(request.url === '/hook' ? 200 : 404).end());\n"
        "}).listen(Number(process.argv[2]), '127.0.0.1');\n",
        encoding="utf-8",
    )
    options = ["--json", "--only", FORGED, "--only", "webhook-secret-rotated", "--receiver", ADDRESS]
    assert run(["trial", *options, "--", "node", "receiver.cjs", "{port}"]) == 1
    outcomes = {each["name"]: each["outcome"] for each in json.loads(capsys.readouterr().out)["results"]}
    assert outcomes == {FORGED: "misbehaved", "webhook-secret-rotated": "survived"}


def test_a_finding_has_its_story_and_the_command_that_repeats_it(trial):
    done = trial("--only", FORGED, "--receiver", ADDRESS, client=TRUSTING)
    assert done.code == 1
    assert "  because  C7: it accepted a webhook whose signature is not right\n" in done.out
    assert "webhook video.completed (attempt 1, signature unsigned) -> 200\n" in done.out
    assert (
        f"  again    mockserver trial --only {FORGED} --receiver '{ADDRESS}' -- {sys.executable} client.py" in done.out
    )


def test_a_receiver_that_reports_nothing_has_not_survived_a_repeated_event(trial):
    done = trial("--only", TWICE, "--receiver", ADDRESS, client=TRUSTING)
    assert done.out.startswith(
        f"not reached  {TWICE}  its answers were right; what it did with them it does not report"
    )
    assert done.code == 3


def test_a_receiver_that_refuses_everything_is_a_finding(trial):
    refusing = RECEIVER + "answer = lambda headers, body: 401\nserve()\n"
    done = trial("--only", "webhook-with-the-wrong-secret", "--receiver", ADDRESS, "--json", client=refusing)
    (result,) = results(done).values()
    assert result["outcome"] == "misbehaved"
    assert "it refused a genuine delivery" in result["reasons"][0]


DYING = "answer = lambda headers, body: os._exit(3)\n"
DYING_SLOWLY = """
import threading

def answer(headers, body):
    threading.Timer(0.4, os._exit, [3]).start()
    raise SystemExit
"""
"""Its connection is closed a while before it is gone, as on a busy machine."""


@pytest.mark.parametrize("dying", [DYING, DYING_SLOWLY], ids=["at once", "slowly"])
def test_a_receiver_that_dies_has_crashed(trial, dying):
    client = f"{RECEIVER}{dying}serve()\n"
    done = trial("--only", TWICE, "--receiver", ADDRESS, "--json", client=client)
    (result,) = results(done).values()
    assert result["outcome"] == "crashed"
    assert result["reasons"][0] == "it ended with exit code 3 before it was stopped"
    assert result["client_exit_code"] == 3


def test_a_command_that_never_listens_reaches_nothing(trial):
    done = trial("--only", TWICE, "--receiver", ADDRESS, client="sys.exit('no such option')")
    assert "; it ended with exit code 1: no such option\n" in done.out
    assert done.code == 3


def test_receivers_at_one_address_run_one_after_the_other(trial, capsys):
    # The port of a run that is over is free again.
    run(["trial", "--json", "--only", TWICE, "--receiver", ADDRESS, "--", sys.executable, "-c", "print({port})"])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    address = f"http://127.0.0.1:{int(result['output'])}/hook"
    options = ("--only", "webhook-secret-rotated", "--only", "webhook-before-the-poll", "--jobs", 8)
    done = trial(*options, "--receiver", address, client=TRUSTING)
    assert done.code == 0


def test_the_receiver_gets_its_address_and_its_keys(trial, folder):
    client = """
names = [name for name in os.environ if name.startswith("MOCKSERVER_TRIAL_")]
json.dump({"words": sys.argv[1:], **{name: os.environ[name] for name in names}}, open("seen.json", "w"))
"""
    words = ("{receiver}", "{port}", "{scenario}")
    trial("--only", "webhook-secret-rotated", "--receiver", ADDRESS, client=client, words=words)
    seen = json.loads((folder / "seen.json").read_text())
    port = seen["MOCKSERVER_TRIAL_WEBHOOK_PORT"]
    assert seen["MOCKSERVER_TRIAL_WEBHOOK_URL"] == f"http://127.0.0.1:{port}/hook"
    assert seen["MOCKSERVER_TRIAL_WEBHOOK_SECRET"] == "whsec_old"
    assert seen["MOCKSERVER_TRIAL_WEBHOOK_JWKS"].endswith("/v/twelvelabs/.well-known/jwks.json")
    assert seen["words"] == [seen["MOCKSERVER_TRIAL_WEBHOOK_URL"], port, "webhook-secret-rotated"]


def test_only_scenarios_about_webhooks_are_tried(trial, folder):
    listed = trial("--vendor", "phaseo", "--list", "--receiver", ADDRESS, client=None)
    assert "malformed-json-once" not in listed.out
    assert "webhook-lost  (phaseo@2026-08-10)\n" in listed.out
    assert "    not tried  its point is a webhook that never comes" in listed.out
    options = (
        "--only",
        TWICE,
        "--only",
        "malformed-json-once",
        "--receiver",
        ADDRESS,
        "--junit",
        "r.xml",
        "--html",
        "r.html",
    )
    done = trial(*options, "--json", client=TRUSTING)
    assert [each["reason"] for each in json.loads(done.out)["untried"]] == ["it is not about webhooks"]
    assert [each.get("name") for each in ElementTree.parse("r.xml").iter("testcase")] == [TWICE]
    assert "it is not about webhooks" in (folder / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["https://127.0.0.1:{port}/", "http://example.com/", "http://127.0.0.1:0/", "x"])
def test_an_address_that_is_not_of_this_machine_is_refused(trial, address):
    done = trial("--only", TWICE, "--receiver", address, client=TRUSTING)
    assert f"TRI005 '{address}' is not an http:// address of this machine" in done.err
    assert done.code == 2
