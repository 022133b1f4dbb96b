"""What a trial reads of a run's webhooks: one that is under way when the client ends belongs to it."""

import json
from threading import Event, Timer
from urllib.request import Request, urlopen

import pytest

from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.server.scheduling.poll_steps import PATIENCE
from mockserver.trial.candidates import make_candidate
from mockserver.trial.sessions import serve_scenarios
from tests.integration.trial.test_relay import LONG, receiver

SCENARIO = """
scenario: slow-receiver
title: The receiver takes its time
vendor: phaseo@2026-08-10
webhooks: {{url: "{url}", id: we_1, events: [completed]}}
timeline: [queued: 1s, processing: 1s, completed]
"""
VIDEO = b'{"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": {"endpoint_id": "we_1"}}'


@pytest.mark.parametrize("clock", ["x60", "auto"])
def test_a_delivery_under_way_is_waited_for(clock):
    arrived, released = Event(), Event()

    def answer(self) -> None:
        arrived.set()
        released.wait(LONG)
        self.send_response(200)
        self.end_headers()

    vendors = installed_vendors()
    with receiver(answer) as url:
        scenario = load_scenario(SCENARIO.format(url=url).encode(), vendors, file="slow.yaml")
        with serve_scenarios(ScenarioLibrary(vendors), [scenario], clock) as server:
            session = server.open_session(make_candidate(scenario, vendors["phaseo"]))
            headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
            with urlopen(Request(f"{session.view.url}/videos", VIDEO, headers)) as created:
                video = json.load(created)["id"]
            # A poll moves a clock that waits for polls, and is answered before that.
            while not arrived.wait(0.01):
                urlopen(Request(f"{session.view.url}/videos/{video}", headers=headers)).close()
            Timer(2 * PATIENCE, released.set).start()
            (delivery,) = session.final_deliveries()
    assert delivery["status"] == 200
