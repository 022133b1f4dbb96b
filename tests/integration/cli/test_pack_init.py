"""`mockserver pack init`: from an OpenAPI document to a served fake that a client drives."""

import json

import pytest

from mockserver.yamlio import yaml_scalar
from tests.support.http_client import send_request
from tests.support.paths import ROOT

DOCUMENT = ROOT / "tests" / "integration" / "cli" / "kiln.openapi.yaml"
KEY = {"X-Kiln-Key": "key"}


@pytest.fixture
def document(tmp_path):
    """Copy the document of an invented API: three states, one cancel rule, one webhook."""
    path = tmp_path / "kiln.openapi.yaml"
    path.write_bytes(DOCUMENT.read_bytes())
    return path


@pytest.fixture
def drafted(document, mockserver, tmp_path):
    """Draft the pack of the document into `./vendors`."""
    result = mockserver("pack", "init", document, "-o", "vendors/kiln.yaml", "--date", "2026-11-02")
    assert result.code == 0
    return result


class KilnClient:
    """A small client of the invented API."""

    def __init__(self, url):
        self.url = url

    def create(self, **body):
        return send_request(f"{self.url}/v1/firings", "POST", body, KEY)

    def get(self, firing):
        return send_request(f"{self.url}/v1/firings/{firing}", headers=KEY)

    def list(self):
        return send_request(f"{self.url}/v1/firings?limit=5", headers=KEY)

    def cancel(self, firing):
        return send_request(f"{self.url}/v1/firings/{firing}/cancel", "POST", headers=KEY)


@pytest.fixture
def kiln(drafted, serve, inbox):
    """Serve the drafted pack with a clock that stands still; the inbox may get its webhooks."""
    receiver = inbox.url.split("/")[2]
    options = ("--port", "0", "--clock", "manual", "--allow-webhooks-to", receiver)
    return KilnClient(serve("--vendor", "kiln", *options).url)


def test_a_draft_is_a_pack_without_problems(drafted, mockserver):
    assert mockserver("pack", "lint", "vendors/kiln.yaml").code == 0
    assert "kind firing: waiting -> firing; ends: fired, cancelled" in drafted.err
    assert "open questions: search for OPEN" in drafted.err
    assert "waiting --> firing" in mockserver("pack", "show", "vendors/kiln.yaml").out


def test_a_drafted_pack_creates_polls_and_lists_jobs(kiln, mockserver):
    created = kiln.create(pieces=3, glaze="celadon")
    assert created.status == 201
    firing = created.json["id"]
    assert created.json["status"] == "waiting"
    mockserver("clock", "advance", "10s", "--url", kiln.url)
    assert kiln.get(firing).json["status"] == "firing"
    mockserver("clock", "advance", "60s", "--url", kiln.url)
    done = kiln.get(firing).json
    assert done["status"] == "fired"
    assert done["progress"] == 1
    assert [each["id"] for each in kiln.list().json["firings"]] == [firing]


def test_a_drafted_pack_refuses_what_the_document_refuses(kiln):
    refused = kiln.create(pieces=41, glaze="celadon")
    assert refused.status == 422
    assert "pieces" in refused.json["error"]["message"]
    assert kiln.get("fir_000000000000").status == 404


def test_a_drafted_pack_cancels_a_live_job_only(kiln):
    firing = kiln.create(pieces=1, glaze="tenmoku").json["id"]
    assert kiln.cancel(firing).json["status"] == "cancelled"
    assert kiln.cancel(firing).status == 409


def test_a_drafted_pack_sends_its_webhooks(kiln, mockserver, inbox):
    firing = kiln.create(pieces=1, glaze="tenmoku", callback_url=inbox.url).json["id"]
    mockserver("clock", "advance", "60s", "--url", kiln.url)
    (delivery,) = inbox.wait(1)
    event = json.loads(delivery.body)
    assert event["type"] == "firing.fired"
    assert event["data"]["id"] == firing


def test_without_an_output_the_pack_is_printed(document, mockserver, tmp_path):
    result = mockserver("pack", "init", document)
    assert result.code == 0
    assert "\nvendor: kiln\n" in result.out
    assert not (tmp_path / "vendors").exists()


def test_a_pack_is_overwritten_only_with_force(drafted, document, mockserver, tmp_path):
    pack = tmp_path / "vendors" / "kiln.yaml"
    pack.write_text("mine")
    refused = mockserver("pack", "init", document, "-o", pack)
    assert refused.code == 2
    assert "CLI016" in refused.err
    assert pack.read_text() == "mine"
    assert mockserver("pack", "init", document, "-o", pack, "--force").code == 0
    assert pack.read_text() != "mine"


def test_the_document_is_never_overwritten(document, mockserver):
    before = document.read_bytes()
    result = mockserver("pack", "init", document, "-o", document, "--force")
    assert "CLI012" in result.err
    assert document.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("swagger: '2.0'\npaths: {}\n", "CON009"),
        ("openapi: 3.1.0\npaths: {}\n", "PDR001"),
        ("", "CON003"),
        ("{", "CON002"),
        ("openapi: 3.1.0\npaths: {/a: {$ref: 'https://example.com/a.yaml'}}\n", "CON004"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused(text, code, mockserver, tmp_path):
    (tmp_path / "bad.yaml").write_text(text)
    result = mockserver("pack", "init", "bad.yaml")
    assert result.code == 2
    assert code in result.err
    assert not result.out


def test_a_draft_with_a_problem_is_written_and_the_problem_reported(document, mockserver):
    result = mockserver("pack", "init", document, "--date", "tomorrow")
    assert result.code == 3
    assert "vendor: kiln" in result.out
    assert "SCN" in result.err


@pytest.mark.parametrize(("file", "name"), [("2-Kiln API.v2.yaml", "kiln-api"), ("---.yaml", "api")])
def test_a_vendor_is_named_by_the_document(file, name, document, mockserver, tmp_path):
    (tmp_path / file).write_bytes(document.read_bytes())
    assert f"\nvendor: {yaml_scalar(name)}\n" in mockserver("pack", "init", tmp_path / file).out
