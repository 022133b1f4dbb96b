"""Faults and limits that are set through the admin API."""

import json

import pytest

from mockserver.engine.session import Session
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from tests.support.fake_server import Refusal, fake_server
from tests.support.fault_requests import add_fault, create_video, get_request
from tests.support.phaseo_requests import RAW_BODY
from tests.support.raw_client import raw_connection


class TestAdmin:
    def test_faults_are_listed_in_the_order_of_their_application(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, status=503, when={"times": 2})
        add_fault(faulty_server, ["get"], vendor="phaseo", stale="5s", when={"poll": 2})
        for _ in range(3):
            client.request(get_request(job))
        listed = faulty_server.admin("faults")
        assert listed == {
            "total": 2,
            "faults": [
                {"id": "fault-2", "vendor": "phaseo", "on": ["get"], "when": {"poll": 2},
                 "do": {"stale": "5s"}, "happened": 1, "line": None},
                {"id": "fault-1", "vendor": None, "on": "get", "when": {"times": 2}, "do": {"status": 503},
                 "happened": 2, "line": None},
            ],
        }  # fmt: skip

    def test_one_fault_or_all_can_be_removed(self, faulty_server):
        first, second, _ = (
            add_fault(faulty_server, status=503),
            add_fault(faulty_server, status=503),
            add_fault(faulty_server, status=503),
        )
        assert faulty_server.admin(f"faults/{second}", method="DELETE")["deleted"] is True
        assert [fault["id"] for fault in faulty_server.admin("faults")["faults"]] == ["fault-3", first]
        assert faulty_server.admin("faults", method="DELETE") == {"deleted": 2}
        assert faulty_server.admin("faults") == {"total": 0, "faults": []}

    @pytest.mark.parametrize(
        ("body", "code", "expected"),
        [
            ({"on": "gett", "do": {"status": 503}}, "SCN052", "did you mean 'get'?"),
            ({"on": "get", "do": {"stauts": 503}}, "SCN020", "did you mean 'status'?"),
            ({"on": "get"}, "SCN021", "the key `do` is missing"),
            ({"on": "cancel", "do": {"stale": "5s"}}, "SCN068", "`stale` affects reads, and `cancel` is not one"),
            ({"on": "get", "do": {"drop": "reset"}, "wen": {}}, "ADM002", "no field 'wen' (did you mean 'when'?)"),
            ({"on": "get", "do": {"drop": "reset"}, "vendor": "pha"}, "VEN001", "pha"),
        ],
    )
    def test_an_invalid_fault_is_refused_as_in_a_file(self, faulty_server, body, code, expected):
        answer = faulty_server.request("POST", "/__mock/faults", body)
        assert answer.refusal == Refusal(400, code)
        assert expected in answer.json["detail"]

    def test_faults_are_bounded(self, faulty_server, monkeypatch):
        monkeypatch.setattr("mockserver.server.admin.faults.MAX_FAULTS", 1)
        add_fault(faulty_server, status=503)
        answer = faulty_server.request("POST", "/__mock/faults", {"on": "get", "do": {"status": 500}})
        assert answer.refusal == Refusal(400, "ADM003")

    def test_an_unknown_fault_is_404_with_the_nearest(self, faulty_server):
        add_fault(faulty_server, status=503)
        answer = faulty_server.request("DELETE", "/__mock/faults/fualt-1")
        assert answer.refusal == Refusal(404, "ADM015")
        assert "did you mean 'fault-1'?" in answer.json["detail"]

    def test_the_journal_names_the_applied_faults(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, delay="5s", drop="reset")
        client.send(get_request(job, b"X-Mock-Delay: skip\r\n"))
        client.read_to_end()
        entry = faulty_server.admin("journal?operation=get")["entries"][0]
        assert entry["note"] == "fault-1: delay, fault-1: drop"
        assert entry["lost"] is True

    def test_a_reset_restores_the_scenarios_faults(self):
        text = "scenario: s\nvendor: phaseo@2026-06-11\nfaults: [{on: list, do: {status: 503}}]\n"
        scenario = load_scenario(text, installed_vendors())
        with fake_server(judged=False, known=[scenario]) as server:
            server.admin("sessions", {"name": "s", "scenario": "s"})
            assert server.admin("faults", session="s")["faults"][0]["line"] == 3
            server.admin("faults", method="DELETE", session="s")
            add_fault(server, status=500, session="s")
            server.admin("reset", {}, session="s")
            listed = server.admin("faults", session="s")
            assert [fault["do"] for fault in listed["faults"]] == [{"status": 503}]

    def test_new_limits_apply_at_once(self, faulty_server, client):
        job = create_video(client)
        for _ in range(3):
            assert client.request(get_request(job)).status == 200
        faulty_server.admin("limits", {"vendor": "phaseo", "limits": {"get": {"bucket": 2, "refill": "1/6s"}}})
        assert [client.request(get_request(job)).status for _ in range(3)] == [200, 200, 429]
        assert client.request(get_request(job)).headers["retry-after"] == "6"
        faulty_server.admin("clock", {"advance": "5s"})
        assert client.request(get_request(job)).headers["retry-after"] == "1"
        faulty_server.admin("clock", {"advance": "1s"})
        assert [client.request(get_request(job)).status for _ in range(2)] == [200, 429]
        faulty_server.admin("limits", {"vendor": "phaseo", "limits": {"get": "off"}})
        assert client.request(get_request(job)).status == 200

    def test_limits_are_listed_with_their_sources(self):
        text = "scenario: s\nvendor: reap\nlimits: {cancel: 2/1m, get: {bucket: 3, refill: 1/6s}}\n"
        with fake_server(
            "twelvelabs", "reap", judged=False, known=[load_scenario(text, installed_vendors())]
        ) as server:
            server.admin("sessions", {"name": "s", "scenario": "s"})
            limits = {"cancel": "off", "list": {"bucket": 5, "refill": "2/1m30s"}}
            server.admin("limits", {"vendor": "reap", "limits": limits}, session="s")
            server.admin("limits", {"vendor": "twelvelabs", "limits": {"active": "off"}}, session="s")
            listed = server.admin("limits", session="s")
            found = {(limit["vendor"], limit.get("operation")): limit for limit in listed["limits"]}
            assert listed["total"] == len(found) == len(listed["limits"])
            assert {operation: (found["reap", operation]["limit"], found["reap", operation]["from"])
                    for operation in ("create", "get", "cancel", "list")} == {
                "create": ("10/1m", "vendor"),
                "get": ({"bucket": 3, "refill": "1/6s"}, "scenario"),
                "cancel": ("off", "admin"),
                "list": ({"bucket": 5, "refill": "2/1m30s"}, "admin"),
            }  # fmt: skip
            assert found["twelvelabs", None] == {
                "vendor": "twelvelabs", "kind": "batch", "active": "off", "from": "admin",
            }  # fmt: skip
            server.admin("limits", {"vendor": "twelvelabs", "limits": {"active": {"batch": 4}}}, session="s")
            listed = server.admin("limits", session="s")["limits"]
            assert [(limit["kind"], limit["active"]) for limit in listed if "kind" in limit] == [("batch", 4)]
            server.admin("limits", {"vendor": "reap", "limits": {"*": "7/1s"}}, session="s")
            listed = server.admin("limits", session="s")["limits"]
            assert [limit["from"] for limit in listed if limit.get("limit") == "7/1s"].count("admin") > 1
            assert {limit["from"] for limit in server.admin("limits")["limits"]} == {"vendor"}

    def test_only_a_kind_whose_creates_can_be_refused_has_a_limit_of_unfinished_jobs(self):
        with fake_server("openai", judged=False) as server:
            usual = [limit for limit in server.admin("limits")["limits"] if "kind" in limit]
            assert usual == [{"vendor": "twelvelabs", "kind": "batch", "active": 5, "from": "vendor"}]
            server.admin("limits", {"vendor": "openai", "limits": {"active": {"batch": 2}}})
            listed = [limit for limit in server.admin("limits")["limits"] if limit["vendor"] == "openai"]
            assert listed[-1] == {"vendor": "openai", "kind": "batch", "active": 2, "from": "admin"}

    @pytest.mark.parametrize(
        ("call", "body", "expected"),
        [
            ("limits", {"vendor": "phaseo", "limits": {"get": 5}}, "/limits/get: found the number 5"),
            ("limits", {"vendor": "phaseo", "limits": {"get": {"bucket": 0, "refill": "1/6s"}}}, "/limits/get/bucket"),
            ("faults", {"on": "get", "do": {"status": 50}}, "/do/status: "),
            ("webhooks", {"vendor": "phaseo", "url": 5}, "/url: "),
        ],
    )  # fmt: skip
    def test_a_refusal_names_the_field(self, faulty_server, call, body, expected):
        answer = faulty_server.request("POST", f"/__mock/{call}", body)
        assert answer.status == 400
        assert answer.json["detail"].startswith(expected), answer.json["detail"]

    def test_each_of_several_problems_has_its_pointer(self, faulty_server):
        answer = faulty_server.request("POST", "/__mock/limits", {"vendor": "phaseo", "limits": {"get": 5, "list": 6}})
        assert [each["pointer"] for each in answer.json["problems"]] == ["/limits/get", "/limits/list"]

    def test_a_limit_that_would_have_no_effect_is_refused(self, faulty_server):
        answer = faulty_server.request("POST", "/__mock/limits", {"vendor": "phaseo", "limits": {"active": 2}})
        assert "phaseo refuses no create because of other jobs" in answer.json["detail"]

    @pytest.mark.parametrize(
        ("limits", "code"),
        [
            ("x", "ADM003"),
            ({}, "ADM003"),
            ({"gett": "1/1m"}, "SCN052"),
            ({"get": 5}, "SCN026"),
            ({"active": 2}, "SCN087"),
        ],
    )
    def test_invalid_limits_are_refused(self, faulty_server, limits, code):
        answer = faulty_server.request("POST", "/__mock/limits", {"vendor": "phaseo", "limits": limits})
        assert answer.refusal == Refusal(400, code)


def test_a_fault_applies_to_a_job_by_the_name_that_the_client_gives():
    text = """
scenario: named
vendor: phaseo@2026-06-11
faults:
  - {on: get, job: second, do: {status: 503}}
play:
  - {create: , as: first}
  - {create: , as: second}
"""
    with (
        fake_server(judged=False, known=[load_scenario(text, installed_vendors())]) as server,
        raw_connection(server.url) as client,
    ):
        head = b"POST /s/n/v1/videos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer scenario:named#n\r\n"
        ids = [
            json.loads(
                client.request(
                    head + b"X-Mock-Job: %b\r\nContent-Length: %d\r\n\r\n" % (name, len(RAW_BODY)) + RAW_BODY
                ).body
            )["id"]
            for name in (b"first", b"second")
        ]
        get = b"GET /s/n/v1/videos/%b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer scenario:named#n\r\n\r\n"
        assert [client.request(get % job.encode()).status for job in ids] == [200, 503]
        session: Session | None = server.hub.get("n")
        assert session is not None
        assert session.faults.job_names == {"first": ids[0], "second": ids[1]}
