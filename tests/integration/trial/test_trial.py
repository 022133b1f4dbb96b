"""`mockserver trial`: clients as processes, in front of bundled scenarios."""

import json
import logging
import os
import select
import signal
import sys
from xml.etree import ElementTree

import pytest

from tests.integration.trial.conftest import results

MALFORMED = "malformed-json-once"
POLLING = """
job = create()
status = None
while status != "completed":
    try:
        status = call("GET", f"/videos/{job}")["status"]
    except ValueError:
        continue
print(json.dumps({"status": status}))
"""
DYING = """
job = create()
while call("GET", f"/videos/{job}")["status"] != "completed":
    pass
"""


def test_a_client_that_survives_is_success(trial):
    done = trial("--only", MALFORMED, client=POLLING)
    assert done.out.startswith(f"survived     {MALFORMED}\n")
    assert done.out.rstrip().partition("\n\n")[2].startswith("1 scenario: 1 survived in")
    assert done.code == 0


def test_a_scenario_that_is_named_is_loaded_without_the_others(trial, folder):
    (folder / "broken.videojob.yaml").write_text("scenario: [")
    done = trial("--only", MALFORMED, "--only", "stale-batch-counters", "--list", client=None)
    assert done.code == 0, done.err
    assert done.out.count("    catches    ") == 2
    for options in ((), ("--only", "malformed-*"), ("--only", MALFORMED, "--only", "malformed-*")):
        refused = trial(*options, "--list", client=None)
        assert refused.code == 2
        assert refused.err.startswith("broken.videojob.yaml:")


@pytest.mark.parametrize("names", [{"other": "mine"}, {"mine": "theirs", "other": "mine"}], ids=["one", "two"])
def test_a_scenario_is_found_by_its_name_in_whichever_file(trial, folder, names):
    (folder / "scenarios").mkdir()
    for file, name in names.items():
        (folder / "scenarios" / f"{file}.yaml").write_text(
            f"scenario: {name}\nvendor: reap\ncatches: a client\ntimeline:\n  - queued: 30s\n  - failed\n"
        )
    assert trial("--only", "mine", "--list", client=None).out.startswith("mine  (reap@")


def test_a_client_that_dies_is_a_finding_with_its_story_and_output(trial):
    done = trial("--only", MALFORMED, client=DYING)
    assert done.code == 1
    assert "  catches  a client whose poller dies on a parse error, and abandons a running video\n" in done.out
    assert "  because  it ended with exit code 1 although its video runs on\n" in done.out
    assert "-> 200  [fault: malformed]\n" in done.out
    assert "    | json.decoder.JSONDecodeError: " in done.out
    assert f"  again    mockserver trial --only {MALFORMED} -- {sys.executable} client.py\n" in done.out


def test_answers_off_the_contract_are_logged_neither_during_a_trial_nor_silenced_after_it(trial):
    before = logging.getLogger("mockserver").level
    done = trial("--only", MALFORMED, client=POLLING)
    assert done.err == ""
    assert logging.getLogger("mockserver").level == before


def test_a_client_that_reaches_nothing_proves_nothing(trial):
    done = trial("--only", MALFORMED, client="create()")
    assert done.out.startswith(f"not reached  {MALFORMED}  it never called get, which the faults are on\n")
    assert done.code == 3


def test_the_deadline_ends_the_client_and_all_that_it_started(trial, folder):
    client = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pid", "w").write(str(child.pid))
create()
time.sleep(600)
"""
    done = trial("--only", MALFORMED, "--deadline", "2s", "--json", client=client)
    assert results(done)[MALFORMED]["outcome"] == "hung"
    assert done.code == 1
    assert has_ended(int((folder / "pid").read_text()))


def test_what_a_client_leaves_running_does_not_outlive_it(trial, folder):
    client = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pid", "w").write(str(child.pid))
"""
    trial("--only", MALFORMED, client=client)
    assert has_ended(int((folder / "pid").read_text()))


def has_ended(pid: int) -> bool:
    """Return True once a process has ended: a killed one takes a moment. False if it goes on for 10 s."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        readable, _, _ = select.select([descriptor], [], [], 10)
    finally:
        os.close(descriptor)
    return bool(readable)


def test_the_client_gets_base_url_and_key_in_every_way(trial, folder):
    client = """
names = [name for name in os.environ if name.startswith(("MOCKSERVER_TRIAL_", "TWELVELABS_", "TWELVE_LABS_"))]
json.dump({"words": sys.argv[1:], **{name: os.environ[name] for name in names}}, open("seen.json", "w"))
"""
    trial("--only", "stale-batch-counters", client=client, words=("{base_url}", "{key}/{scenario}", "{other}"))
    seen = json.loads((folder / "seen.json").read_text())
    base, key = seen["MOCKSERVER_TRIAL_BASE_URL"], seen["MOCKSERVER_TRIAL_KEY"]
    assert base.endswith("/s/trial-stale-batch-counters/v/twelvelabs/v1.3")
    assert seen["TWELVELABS_BASE_URL"] == base
    assert seen["TWELVE_LABS_API_KEY"] == key
    assert seen["words"] == [base, f"{key}/stale-batch-counters", "{other}"]
    assert seen["MOCKSERVER_TRIAL_OPERATIONS"] == "get"
    assert seen["MOCKSERVER_TRIAL_JOB"] == "65f1a2b3c4d5e6f7a8b9c0f4"


def test_a_delayed_answer_comes_in_real_time(trial):
    client = """
job = create()
began = time.monotonic()
try:
    cancel = urllib.request.Request(f"{BASE}/videos/{job}/cancel", b"", {"Authorization": f"Bearer {KEY}"})
    urllib.request.urlopen(cancel, timeout=1)
except OSError:
    pass
assert time.monotonic() - began < 5
while call("GET", f"/videos/{job}")["status"] != "cancelled":
    pass
print("cancelled")
"""
    assert trial("--only", "cancel-times-out-yet-takes-effect", client=client).code == 0


def test_secrets_of_the_environment_stand_in_no_report(trial, monkeypatch, folder):
    monkeypatch.setenv("PHASEO_API_KEY", "sk-my-very-own-key-4711")
    client = 'create()\nprint("the key was sk-my-very-own-key-4711")\nsys.exit(7)\n'
    done = trial("--only", MALFORMED, "--junit", "report.xml", "--html", "report.html", client=client)
    assert "the key was" in done.out
    texts = (done.out, (folder / "report.xml").read_text(), (folder / "report.html").read_text())
    assert not any("4711" in text for text in texts)


def test_a_budget_that_is_used_up_leaves_scenarios_out(trial):
    client = POLLING + "time.sleep(1.2)\n"
    options = ("--only", MALFORMED, "--only", "json-called-html", "--jobs", 1, "--budget", "1s")
    done = trial(*options, "--json", client=client)
    assert results(done)["json-called-html"]["outcome"] == "survived"
    assert results(done)[MALFORMED]["outcome"] == "not run"
    assert done.code == 3


def test_an_expected_exit_code_is_no_crash_and_is_repeated(trial):
    done = trial(
        "--only", MALFORMED, "--expect-exit", 5, "--clock", "auto:9s", "--json", client=POLLING + "sys.exit(5)\n"
    )
    (result,) = results(done).values()
    assert result["outcome"] == "survived"
    assert result["client_exit_code"] == 5
    assert " --expect-exit 5 --clock auto:9s -- " in result["repeat"]


def test_the_reports_have_the_results(trial, folder):
    options = ("--only", "status-nobody-documented", "--only", "two-tabs-cancel", "--only", MALFORMED)
    done = trial(*options, "--only", "webhook-lost", "--junit", "r.xml", "--html", "r.html", "--json", client=DYING)
    report = json.loads(done.out)
    assert report["summary"]["crashed"] == 1
    assert report["exit_code"] == done.code == 1
    assert [each["name"] for each in report["untried"]] == ["webhook-lost"]
    cases = {case.get("name"): [child.tag for child in case] for case in ElementTree.parse("r.xml").iter("testcase")}
    assert cases == {"status-nobody-documented": ["system-out"], "two-tabs-cancel": ["skipped"], MALFORMED: ["failure"]}
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "<h1>1 scenario caught something</h1>" in page
    assert page.index("<h2>Crashed</h2>") < page.index("<h2>Survived</h2>") < page.index("<h2>Not tried</h2>")
    assert "a client whose poller dies on a parse error" in page


def test_the_list_runs_nothing(trial):
    done = trial("--vendor", "reap", "--list", client=None)
    assert "lost-create-answer-charges-twice  (reap@2026-07-07)\n    catches    a client that repeats" in done.out
    assert "webhook-when-it-ends  (reap@2026-07-07)\n" in done.out
    assert "    not tried  it is about webhooks" in done.out
    assert done.code == 0
    listed = json.loads(trial("--only", "webhook-lost", "--list", "--json", client=None).out)["scenarios"]
    assert listed[0]["reason"] == "it is about webhooks: --receiver URL tries a receiver"


MISTAKES = {
    "no command": ((), "Give the command of the client after --"),
    "no such scenario": (("--only", "malformed-json"), "did you mean 'malformed-json-once'"),
    "nothing left": (("--only", "cancel-*", "--vendor", "twelvelabs", "--only", "x*"), "TRI001"),
    "no such deadline": (("--deadline", "soon"), "CLI006"),
    "no such clock": (("--clock", "fast"), "SES004"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_refused(mistake, trial):
    options, message = MISTAKES[mistake]
    done = trial(*options, client=None if mistake == "no command" else "")
    assert message in done.err
    assert done.code == 2


def test_a_command_that_cannot_be_started_is_refused(capsys):
    from mockserver.cli.app import run

    assert run(["trial", "--only", MALFORMED, "--", "./no-such-client"]) == 2
    assert "TRI002 ./no-such-client: No such file or directory" in capsys.readouterr().err
    assert run(["trial", "--only", MALFORMED, "--", "python client.py"]) == 2
    assert "That is one word. Without quotes it is several" in capsys.readouterr().err


def test_an_interrupt_ends_the_clients_and_reports_what_there_is(trial, folder, monkeypatch):
    client = """
open("pid", "w").write(str(os.getpid()))
import signal
os.kill(int(os.environ["TRIAL_PID"]), signal.SIGINT)
time.sleep(600)
"""
    monkeypatch.setenv("TRIAL_PID", str(os.getpid()))
    # Without an interrupt the client would go on for ten minutes.
    done = trial("--only", MALFORMED, "--deadline", "10m", client=client)
    assert done.code == 130
    assert has_ended(int((folder / "pid").read_text()))
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
