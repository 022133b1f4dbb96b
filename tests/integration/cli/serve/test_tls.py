"""`serve --tls`: https for clients that trust the server's own authority, with certificates that go with it."""

import json
import os
import shutil
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from mockserver.server.tls import issued_certificates
from tests.support.certificates import make_authority, server_tls_context
from tests.support.paths import ROOT
from tests.support.raw_server import one_response_server

CURL_PEER_UNKNOWN = 60
CREATE = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'


def variables(greeting: list[str]) -> dict[str, str]:
    """Return the variables that a greeting exports."""
    exports = [line.strip().removeprefix("export ") for line in greeting if line.startswith("    export ")]
    return dict(export.split("=", 1) for export in exports)


def get_json(url: str, trusted: str | Path, body: bytes | None = None) -> Mapping[str, object]:
    """Send a request to an https server and decode its answer."""
    request = Request(url, body, {"Authorization": "Bearer key", "Content-Type": "application/json"})
    with urlopen(request, context=ssl.create_default_context(cafile=str(trusted)), timeout=10) as answer:
        found: Mapping[str, object] = json.load(answer)
        return found


def test_every_name_of_this_machine_is_served_and_the_files_go_at_the_end(serve):
    running = serve("--port", "0", "--tls", "--vendor", "phaseo@2026-06-11")
    trust = variables(running.greeting)
    assert set(trust) == {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}
    assert running.url.startswith("https://127.0.0.1:")
    port = running.url.rpartition(":")[2]
    for name in ("127.0.0.1", "localhost"):
        for file in trust.values():
            assert get_json(f"https://{name}:{port}/__mock/health", file)["status"] == "ok"
    assert running.stop(signal.SIGTERM).err == ""
    assert not Path(trust["SSL_CERT_FILE"]).parent.exists()


def test_polls_and_urls_that_are_handed_out_are_https(serve):
    running = serve("--port", "0", "--tls", "--vendor", "phaseo@2026-06-11", "--clock", "manual")
    trusted = variables(running.greeting)["SSL_CERT_FILE"]
    job = get_json(f"{running.url}/v1/videos", trusted, CREATE)
    get_json(f"{running.url}/__mock/clock", trusted, b'{"advance": "1h"}')
    for _ in range(2):
        done = get_json(f"{running.url}/v1/videos/{job['id']}", trusted)
    assert done["status"] == "completed"
    assert running.url in json.dumps(done)
    assert "http://" not in json.dumps(done)
    journal = get_json(f"{running.url}/__mock/journal", trusted)
    assert journal["total"] == 3


def test_a_client_that_speaks_no_tls_or_trusts_nothing_ends_nothing(serve):
    running = serve("--port", "0", "--tls")
    with pytest.raises(ConnectionError):
        urlopen(running.url.replace("https", "http"), timeout=10)
    with pytest.raises(OSError, match="certificate verify failed"):
        urlopen(running.url, timeout=10)
    assert get_json(running.url, variables(running.greeting)["SSL_CERT_FILE"])["server"] == "videojob-mockserver"
    assert running.stop(signal.SIGTERM).err == ""


def test_a_folder_keeps_the_authority(serve, tmp_path):
    folder = tmp_path / "tls folder"
    first = serve("--port", "0", "--tls-dir", str(folder))
    trusted = (folder / "ca.pem").read_bytes()
    assert stat.S_IMODE((folder / "ca-key.pem").stat().st_mode) == 0o600
    first.stop(signal.SIGTERM)
    second = serve("--port", "0", "--tls-dir", str(folder))
    assert (folder / "ca.pem").read_bytes() == trusted
    assert get_json(f"{second.url}/__mock/health", folder / "ca.pem")["status"] == "ok"
    assert f"SSL_CERT_FILE='{folder}/bundle.pem'" in "\n".join(second.greeting)


def test_the_bundle_has_what_the_machine_trusts_too(monkeypatch, tmp_path):
    known = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    with issued_certificates(tmp_path / "tls") as tls:
        assert tls.bundle.read_bytes() == tls.ca.read_bytes() + Path(known).read_bytes()


def test_a_certificate_is_for_other_names_too(tmp_path):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with issued_certificates(tmp_path, ["fake.test"]) as tls:
        server = tls.context.wrap_bio(outgoing, incoming, server_side=True)
        trusting = ssl.create_default_context(cafile=str(tls.ca))
        client = trusting.wrap_bio(incoming, outgoing, server_hostname="fake.test")
        for side in (client, server) * 3:
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    names = [name for _, name in client.getpeercert()["subjectAltName"]]
    assert names == ["localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "fake.test"]


def test_curl_trusts_the_server_by_the_variables_where_another_bundle_was_set(serve, tmp_path):
    other = tmp_path / "other.pem"
    shutil.copy(make_authority(tmp_path), other)
    running = serve("--port", "0", "--tls")
    environment = {**os.environ, "NO_PROXY": "*", "CURL_CA_BUNDLE": str(other), "SSL_CERT_FILE": str(other)}
    command = ["curl", "--silent", "--show-error", f"{running.url}/__mock/health"]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == CURL_PEER_UNKNOWN
    trusting = {**environment, **variables(running.greeting)}
    answer = subprocess.run(command, env=trusting, capture_output=True, check=True).stdout
    assert json.loads(answer)["status"] == "ok"


def test_a_certificate_of_ones_own_is_served(serve, tmp_path):
    ca = make_authority(tmp_path)
    server_tls_context(ca)
    running = serve("--port", "0", "--tls-cert", str(tmp_path / "leaf.pem"), "--tls-key", str(tmp_path / "leaf.key"))
    assert variables(running.greeting) == {}
    assert get_json(f"{running.url.replace('127.0.0.1', 'localhost')}/__mock/health", ca)["status"] == "ok"


def test_a_program_gets_the_variables_in_its_line():
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--tls", "--ready-json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        health = get_json(f"{ready['url']}/__mock/health", ready["environment"]["NODE_EXTRA_CA_CERTS"])
        process.terminate()
    assert health["status"] == "ok"
    assert ready["vendors"][0]["base_url"].startswith("https://")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tls-cert", "a.pem"], "--tls-cert and --tls-key go together."),
        (["--tls", "--tls-cert", "a.pem", "--tls-key", "a.key"], "--tls-cert has one already"),
        (["--tls-dir", "d", "--tls-cert", "a.pem", "--tls-key", "a.key"], "--tls-cert has one already"),
        (["--tls-cert", "no.pem", "--tls-key", "no.key"], "SRV025 no.pem or no.key cannot be read: No such file"),
        (["--tls-cert", "bad.pem", "--tls-key", "bad.pem"], "SRV025 bad.pem and bad.pem cannot be used: "),
        (["--tls-dir", "bad.pem/x"], "SRV025 bad.pem/x cannot be used for certificates: "),
        (["--ca", "bad.pem"], "SRV011 bad.pem holds no certificate"),
    ],
)
def test_what_cannot_be_used_is_2(words, message, mockserver, tmp_path):
    (tmp_path / "bad.pem").write_text("nonsense", encoding="utf-8")
    result = mockserver("serve", "--port", "0", *words)
    assert result.code == 2
    assert message in result.err


def test_without_the_package_the_message_says_how_to_install_it(mockserver, monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    result = mockserver("serve", "--port", "0", "--tls")
    assert result.code == 2
    assert "pip install 'trustme>=1.1'" in result.err


@pytest.mark.parametrize(("trusted", "result"), [(True, "delivered"), (False, "failed")])
def test_a_webhook_goes_to_an_https_receiver_that_is_trusted(trusted, result, serve, tmp_path):
    ca = make_authority(tmp_path)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with one_response_server(answer, tls=server_tls_context(ca)) as (url, _):
        receiver = url.replace("http://127.0.0.1", "https://localhost")
        words = ["--webhook", receiver, *(["--ca", str(ca)] if trusted else [])]
        running = serve("--port", "0", "--clock", "manual", *words)
        body = b'{"sourceUrl": "https://videos.example.com/x.mp4"}'
        headers = {"Authorization": "Bearer key", "Content-Type": "application/json"}
        urlopen(Request(f"{running.url}/api/v1/automation/create-clips", body, headers), timeout=10).close()
        urlopen(Request(f"{running.url}/__mock/clock", b'{"advance": "10m"}', headers), timeout=20).close()
        with urlopen(f"{running.url}/__mock/deliveries", timeout=10) as listed:
            delivery = json.load(listed)["deliveries"][0]
    assert delivery["state"] == result
    if not trusted:
        assert "`mockserver serve --ca FILE` trusts the authority of the receiver's certificate" in delivery["error"]
