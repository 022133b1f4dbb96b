"""The variables of `Vendor.environment` point the vendors' own clients at the server, and at a session of it."""

from collections.abc import Mapping

import httpx
import pytest
from anthropic import Anthropic
from fal_client import client as fal_module
from openai import OpenAI
from phaseo import Phaseo
from replicate.client import Client as ReplicateClient
from runwayml import RunwayML
from twelvelabs import AsyncTwelveLabs, TwelveLabs

from mockserver.installed import installed_vendors
from tests.support.fake_server import FakeServer, fake_server
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


PACK_CALLS = {
    "anthropic": lambda: Anthropic().messages.batches.list(),
    "openai": lambda: OpenAI().batches.list(),
    "replicate": lambda: ReplicateClient().predictions.list(),
    "runway": lambda: RunwayML().organization.retrieve(),
}
"""A call of each pack's client, made with what the environment says alone."""


@pytest.mark.parametrize("vendor", PACK_CALLS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_client_of_a_pack_is_pointed_at_the_server_by_its_environment(monkeypatch, vendor):
    with fake_server(vendor) as packs:
        for name, value in installed_vendors()[vendor].environment(f"{packs.url}/v/{vendor}", "any-key").items():
            monkeypatch.setenv(name, value)
        assert PACK_CALLS[vendor]() is not None


def test_fals_key_is_in_the_form_that_its_client_demands(monkeypatch):
    with fake_server("fal") as packs:
        monkeypatch.setattr(fal_module, "QUEUE_URL_FORMAT", f"{packs.url}/v/fal/")
        monkeypatch.setenv("FAL_KEY", installed_vendors()["fal"].environment(packs.url, "any-key")["FAL_KEY"])
        client = fal_module.SyncClient()
        assert client.submit("fal-ai/flux/dev", {"prompt": "A lighthouse"}).request_id
        client._client.close()


def test_reaps_base_url_is_that_of_its_calls(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = set_environment(monkeypatch, server, "reap")
    headers = {"Authorization": f"Bearer {variables['REAP_API_KEY']}"}
    clip = {"sourceUrl": "https://videos.example.com/talk.mp4"}
    project = server.request("POST", f"{variables['REAP_BASE_URL']}/create-clips", clip, headers).json
    assert job_ids(server) == [project["id"]]
