"""`mockserver holds`."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.phaseo_requests import AUTHORIZATION

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]


def test_a_request_is_held_listed_and_released(mockserver, server):
    assert "`mockserver holds add cancel` stops the next cancel" in mockserver("holds").err
    assert mockserver("holds", "add", "list", "--at", "handled", "--times", "2").out == (
        "added hold-1: stops 2 calls of list\n"
    )
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.request, "GET", "/v1/videos", headers=AUTHORIZATION)
        held = []
        while not held:
            held = json.loads(mockserver("holds", "--json").out)["parked"]
        titles, hold, held_titles, row = mockserver("holds").out.splitlines()
        assert titles.startswith("hold ")
        assert hold.split()[:3] == ["hold-1", "list", "handled"]
        assert held_titles.startswith("held request")
        assert row.endswith("GET /v1/videos")
        assert mockserver("holds", "release", held[0]["id"]).out == f"released {held[0]['id']}: GET /v1/videos\n"
        assert answer.result(timeout=10).status == 200
    assert mockserver("holds", "release", "hold-1").err == "hold-1 has stopped no request\n"
    assert mockserver("holds", "clear").out == "removed 1 hold\n"


def test_clear_names_the_requests_that_it_releases(mockserver, server):
    mockserver("holds", "add", "list")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.request, "GET", "/v1/videos", headers=AUTHORIZATION)
        held = []
        while not held:
            held = json.loads(mockserver("holds", "--json").out)["parked"]
        # The hold has stopped its one request, so it is gone.
        assert mockserver("holds", "clear").out == f"removed 0 holds\nreleased {held[0]['id']}: GET /v1/videos\n"
        assert answer.result(timeout=10).status == 200


def test_what_is_wrong_is_said_in_the_words_of_the_command(mockserver):
    assert mockserver("holds", "add", "cancle").err.startswith("ADM003 no operation 'cancle' (did you mean 'cancel'?)")
    refused = mockserver("holds", "release", "hold-9")
    assert refused.err == "ADM012 no hold or held request 'hold-9'\n    `mockserver holds` lists them.\n"
