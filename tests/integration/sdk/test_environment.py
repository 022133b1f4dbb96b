"""The variables of `Vendor.environment` point the vendors' own clients at the server, and at a session of it."""

from collections.abc import Mapping

import httpx
import pytest
from phaseo import Phaseo
from twelvelabs import AsyncTwelveLabs, TwelveLabs

from mockserver.installed import installed_vendors
from tests.support.fake_server import FakeServer
from tests.support.sdk_clients import CLIP

SESSION = "by-environment"


def set_environment(monkeypatch: pytest.MonkeyPatch, server: FakeServer, vendor: str) -> Mapping[str, str]:
    variables = installed_vendors()[vendor].environment(f"{server.url}/s/{SESSION}", "any-key")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


def job_ids(server: FakeServer) -> list[str]:
    return [job["id"] for job in server.admin("jobs", session=SESSION)["jobs"]]


def test_twelvelabs_reads_the_base_url_and_takes_the_key_as_an_argument(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It promises to read the key too, and fails without the argument."""
    key = set_environment(monkeypatch, server, "twelvelabs")["TWELVE_LABS_API_KEY"]
    made = server.admin("jobs", {"vendor": "twelvelabs"}, session=SESSION)["jobs"]
    with httpx.Client(verify=False) as http:
        client = TwelveLabs(api_key=key, httpx_client=http)
        assert [batch.batch_id for batch in client.analyze_async.batches.list()] == made


async def test_the_asynchronous_client_of_twelvelabs_does_so_too(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = set_environment(monkeypatch, server, "twelvelabs")["TWELVE_LABS_API_KEY"]
    made = server.admin("jobs", {"vendor": "twelvelabs"}, session=SESSION)["jobs"]
    async with httpx.AsyncClient(verify=False) as http:
        pages = await AsyncTwelveLabs(api_key=key, httpx_client=http).analyze_async.batches.list()
        assert [batch.batch_id async for batch in pages] == made


def test_phaseo_reads_the_key_and_takes_the_base_url_as_an_argument(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = set_environment(monkeypatch, server, "phaseo")
    video = Phaseo(base_url=variables["PHASEO_BASE_URL"]).videos.create(CLIP)
    assert job_ids(server) == [video["id"]]


def test_reaps_base_url_is_that_of_its_calls(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = set_environment(monkeypatch, server, "reap")
    headers = {"Authorization": f"Bearer {variables['REAP_API_KEY']}"}
    clip = {"sourceUrl": "https://videos.example.com/talk.mp4"}
    project = server.request("POST", f"{variables['REAP_BASE_URL']}/create-clips", clip, headers).json
    assert job_ids(server) == [project["id"]]
