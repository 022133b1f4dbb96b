"""`mockserver serve`: greeting, environment variables, errors, end, and the modules that it imports."""

import signal
import subprocess
import sys

import pytest

from mockserver.installed import installed_vendors
from tests.support.http_client import ServerResponse, send_request
from tests.support.paths import ROOT
from tests.support.webhook_receiver import webhook_receiver

HEAVY = {"aiohttp", "jsonschema", "jsonschema_rs", "schemathesis", "yaml", "rich", "rfc3339_validator", "trustme"}
LATE = {
    "difflib", "email", "html", "importlib.metadata", "tempfile", "mockserver.contract", "mockserver.runner",
    "mockserver.scenario.play_model", "mockserver.server.activity", "mockserver.server.home",
}  # fmt: skip
"""What a first poll does without, and takes time to import."""
MOST_DATACLASSES = 21
"""Each takes six times as long to make as a named tuple (ADR 36)."""
MOST_MODULES = 191
"""Of the project's own."""


def send(url: str, path: str, method: str = "GET", body: object = None, **headers: str) -> ServerResponse:
    """Send a request with an API key, or with an admin token in `Authorization`."""
    return send_request(f"{url}{path}", method, body, {"Authorization": "Bearer any", **headers})


# The greeting


def test_the_greeting_has_a_snippet_for_each_vendor_and_the_admin_url(serve):
    running = serve("--port", "0")
    result = running.greeting
    assert result[0].startswith("videojob-mockserver ")
    assert "http://127.0.0.1:" in result[0]
    for vendor in installed_vendors().served().values():
        place = result.index(f"{vendor.title} ({vendor.eras[-1].pin})")
        assert result[place + 1] == "    " + vendor.snippet(running.url, "test-key")
    assert result[-4].startswith("clock      real; ")
    assert result[-3].startswith("scenarios  none; ")
    assert result[-2] == f"admin      {running.url}/__mock/health"
    assert send(running.url, "/__mock/health").json["status"] == "ok"


def test_the_greeting_names_an_era_with_cancel_if_there_is_none(serve):
    note = (
        "    note: in this era every cancel of a video is answered with 501; --vendor phaseo@2026-08-05 serves an era "
        "in which cancelling works"
    )
    quota = "    note: 25 requests in any minute for all keys of a session, polls included; then 429 with Retry-After"
    greeting = serve("--port", "0").greeting
    assert note in greeting
    assert quota in greeting
    assert not any("501" in line for line in serve("--port", "0", "--vendor", "phaseo@2026-06-11").greeting)


def test_a_scenario_sets_the_era_and_the_clock(serve, scenario):
    scenario("slow", "vendor: phaseo@2026-06-11\nclock: manual\n")
    result = "\n".join(serve("slow", "--port", "0").greeting)
    assert "Phaseo (phaseo@2026-06-11, playing slow)" in result
    assert "501" not in result
    assert "clock      manual (the scenario's): `mockserver clock advance 8h` moves it" in result
    assert "scenarios  slow; a client chooses one with the API key scenario:NAME" in result


def test_a_scenario_of_any_folder_can_be_named(serve, tmp_path):
    (tmp_path / "elsewhere.yaml").write_text("scenario: elsewhere\nvendor: phaseo@2026-06-11\nclock: manual\n")
    url = serve("elsewhere.yaml", "--port", "0").url
    assert send(url, "/v1/videos", Authorization="Bearer scenario:elsewhere#mine").status == 200
    assert "elsewhere" in send(url, "/__mock/scenarios").json["scenarios"]
    created = send(url, "/__mock/sessions", "POST", {"name": "yours", "scenario": "elsewhere"})
    assert created.json["scenario"] == "elsewhere"


@pytest.mark.parametrize("words", [("--vendor", "twelvelabs"), ("slow",)])
def test_the_vendor_that_is_asked_for_is_greeted_first(words, serve, scenario):
    scenario("slow", "vendor: twelvelabs\n")
    greeting = serve(*words, "--port", "0").greeting
    assert [line.split(" (")[0] for line in greeting if "@20" in line][:1] == ["TwelveLabs"]


@pytest.mark.parametrize(("words", "count"), [((), 2), (("--only", "reap"), 0)])
def test_a_broken_pack_costs_two_lines_where_it_would_be_served(words, count, serve, tmp_path):
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "loom.yaml").write_text("vendor: loom\nthis: 1\nthat: 2\n")
    running = serve(*words, "--port", "0")
    assert len(running.stop(signal.SIGINT).err.splitlines()) == count


def test_a_broken_pack_has_no_webhook_endpoint_and_takes_none_from_others(serve, tmp_path):
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "loom.yaml").write_text("vendor: loom\nthis: 1\nthat: 2\n")
    running = serve("--port", "0", "--webhook", "http://127.0.0.1:4811/")
    listed = send(running.url, "/__mock/webhooks").json["webhooks"]
    assert "phaseo" in [hook["vendor"] for hook in listed]
    assert "loom" not in [hook["vendor"] for hook in listed]


def test_off_loopback_a_token_is_generated(serve):
    running = serve("--port", "0", "--host", "0.0.0.0")
    assert running.url.startswith("http://127.0.0.1:")
    token = running.greeting[-2].partition("Authorization: Bearer ")[2]
    assert len(token) > 16
    assert send(running.url, "/__mock/version").status == 401
    assert send(running.url, "/__mock/version", Authorization=f"Bearer {token}").status == 200


# The environment


def test_every_variable_sets_its_option(serve):
    running = serve(
        MOCKSERVER_HOST="127.0.0.2",
        MOCKSERVER_PORT="0",
        MOCKSERVER_ADMIN_TOKEN="secret",
        MOCKSERVER_SEED="7",
        MOCKSERVER_LOG_LEVEL="DEBUG",
    )
    assert running.url.startswith("http://127.0.0.2:")
    assert running.greeting[-2].endswith("Authorization: Bearer secret")
    made = {"name": "t1"}
    answer = send(running.url, "/__mock/sessions", "POST", made, Authorization="Bearer secret")
    assert answer.status == 201
    assert answer.json["seed"] == "7"


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("LOG_LEVEL", "loud"), ("HOST", "no.such.host.invalid")])
def test_an_unusable_variable_is_2(name, value, mockserver, monkeypatch):
    monkeypatch.setenv("MOCKSERVER_PORT", "0")
    monkeypatch.setenv(f"MOCKSERVER_{name}", value)
    assert mockserver("serve").code == 2


def test_an_option_wins_over_its_variable(serve):
    assert serve("--host", "127.0.0.1", "--port", "0", MOCKSERVER_HOST="127.0.0.2").url.startswith("http://127.0.0.1:")


# Errors before the start


def test_a_port_in_use_is_2(serve, mockserver):
    port = serve("--port", "0").url.rpartition(":")[2]
    result = mockserver("serve", "--port", port)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(f"SRV004 port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--vendor", "phaso"], "VEN001"),
        (["--vendor", "reap@2020-01-01"], "VEN002"),
        (["--clock", "fast"], "SES004"),
        (["refund-once", "cancel-after-completed"], "CLI002"),
        (["refund-onec", "nowhere"], "LIB001"),
    ],
)
def test_an_unusable_argument_is_2(words, code, mockserver):
    result = mockserver("serve", "--port", "0", *words)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(code)


def test_an_allowed_receiver_must_be_a_host_name(mockserver):
    result = mockserver("serve", "--allow-webhooks-to", "hooks.example", "--allow-webhooks-to", "https://hooks.example")
    assert result.code == 2
    assert result.out == ""
    assert "--allow-webhooks-to 'https://hooks.example' is not a host name" in result.err


def test_the_webhook_option_sets_the_endpoint_of_every_vendor(serve):
    with webhook_receiver() as inbox:
        running = serve("--port", "0", "--clock", "manual", "--webhook", inbox.url, MOCKSERVER_WEBHOOK_SECRET="whsec_1")
        assert running.greeting[-3] == f"webhooks   {inbox.url}"
        sending = {name for name, vendor in installed_vendors().usable().items() if vendor.eras[-1].sends_webhooks}
        assert {hook["vendor"] for hook in send(running.url, "/__mock/webhooks").json["webhooks"]} == sending
        source = {"sourceUrl": "https://videos.example.com/x.mp4"}
        send(running.url, "/api/v1/automation/create-clips", "POST", source)
        send(running.url, "/__mock/clock", "POST", {"advance": "1m"})
        assert inbox.wait(1)[0].json["status"] == "completed"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://hooks.example.com/", "is not this machine"),
        ("http://10.0.0.1/", "is a private address"),
        ("nonsense", "--webhook: 'nonsense' is not a URL"),
    ],
)
def test_a_webhook_url_that_is_not_allowed_is_2(url, why, mockserver):
    result = mockserver("serve", "--webhook", url)
    assert result.code == 2
    assert why in result.err


def test_all_problems_of_all_files_are_printed(mockserver, scenario):
    result = mockserver("serve", scenario("a", "vendor: raep\n"), scenario("b", "vendor: phaeso\n"))
    assert result.code == 2
    assert result.err.count("SCN040") == 2


# The end


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_stops_it_with_its_exit_code(number, code, serve):
    result = serve("--port", "0").stop(number)
    assert result.code == code
    assert result.out == "stopped\n"


def test_with_check_findings_are_logged(serve, scenario):
    scenario("odd", "vendor: reap\nfields: {status: melting}\noff_contract: {R11a: on purpose}\nplay: [create: ]\n")
    running = serve("odd", "--port", "0", "--check")
    send(running.url, "/api/v1/automation/create-clips", "POST", {"sourceUrl": "https://x.example/a.mp4"})
    result = running.stop(signal.SIGTERM)
    assert "WARNING error R11a" in result.err


# Imports

LINTED = str(ROOT / "scenarios" / "phaseo" / "cancel-then-poll.yaml")
PROBE = """
import gc, io, os, signal, sys
from mockserver.cli import main

def searches():
    return sum(generation["collections"] for generation in gc.get_stats())

class Greeting(io.StringIO):
    def write(self, text):
        if not self.tell():
            classes = {each for module in list(sys.modules.values()) for each in vars(module).values()
                       if isinstance(each, type) and each.__module__.startswith("mockserver.")}
            made = sum("__dataclass_fields__" in vars(each) for each in classes)
            print(searches() - before, made, *sys.modules, file=sys.__stderr__)
            os.kill(os.getpid(), signal.SIGTERM)
        return super().write(text)

before = searches()
sys.argv = ["mockserver", "serve", "--port", "0"]
sys.stdout = Greeting()
main()
"""


def test_a_start_imports_and_makes_little(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    searches, dataclasses, *imported = done.stderr.split()
    assert {"mockserver", "asyncio", "click"} <= set(imported)
    assert set(imported) & (HEAVY | LATE) == set()
    assert int(searches) == 0
    assert int(dataclasses) <= MOST_DATACLASSES
    assert sum(name.startswith("mockserver") for name in imported) <= MOST_MODULES


@pytest.mark.parametrize("words", [["--help"], ["clock", "--help"], ["show", "SCN012"], ["lint", LINTED]])
def test_other_commands_import_nothing_heavy(words, tmp_path):
    probe = f"import sys; from mockserver.cli.app import run; run({words!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    heavy = HEAVY - {"yaml"} | {"asyncio", "importlib.metadata", "mockserver.runner.play"}
    assert set(done.stderr.split()) & heavy == set()
