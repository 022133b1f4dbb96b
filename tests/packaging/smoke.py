"""Try the installed command on any system and Python, with the standard library alone.

    python tests/packaging/smoke.py

A folder with a space in its name, a scenario with line ends of Windows, the encoding of the caller, a server.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

SCENARIO = """scenario: smoke
title: "A project completes: naïve, 完成 \u2713"
vendor: reap
jobs:
  - id: 65f1a2b3c4d5e6f7a8b9c0d2
timeline:
  - queued: 2s
  - prepped: 2s
  - processing: 2s
  - completed
play:
  - at: 1s
    get: {status: 200, body: {status: queued}}
  - at: 6s
    get: {status: 200, body: {status: completed}}
"""


def run(folder: Path, *words: str) -> str:
    """Run the command in a folder, and return what it prints. Raises `AssertionError` with its output."""
    command = [sys.executable, "-m", "mockserver", *words]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout.decode(errors='replace')}"
    return done.stdout.decode(os.environ.get("PYTHONIOENCODING", "utf-8"), errors="replace")


def run_scripts(folder: Path) -> None:
    """Run the console scripts that stand beside this Python, under both names. Raises `AssertionError`."""
    scripts = Path(sysconfig.get_path("scripts"))
    for name in ("mockserver", "videojob-mockserver"):
        found = shutil.which(name, path=str(scripts))
        assert found is not None, f"{scripts} has no {name}"
        command = [found, "--version"]
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.stdout.startswith(b"videojob-mockserver, version "), f"{command}\n{done.stdout!r}"


def poll(url: str) -> int:
    """Return the status of a list of videos."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", "/v1/videos", headers={"Authorization": "Bearer any-key"})
    answer = connection.getresponse()
    json.loads(answer.read())
    connection.close()
    return answer.status


def serve(folder: Path) -> None:
    """Start a server, poll it and stop it. Raises `AssertionError`."""
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        url = server.stdout.readline().decode().split()[-1]
        try:
            assert [poll(url) for _ in range(3)] == [200] * 3
        finally:
            server.terminate()
            server.stdout.read()


def main() -> None:
    """Try everything in a new folder."""
    with tempfile.TemporaryDirectory(prefix="with a space ") as name:
        folder = Path(name)
        scenario = folder / "my own" / "smoke.videojob.yaml"
        scenario.parent.mkdir()
        scenario.write_bytes(SCENARIO.replace("\n", "\r\n").encode())
        run(folder, "lint", "my own")
        assert "1 ok" in run(folder, "test", str(scenario), "--junit", "report of mine.xml")
        assert (folder / "report of mine.xml").is_file()
        run(folder, "test", "--http", "cancel-after-completed")
        run(folder, "list")
        run(folder, "show", "phaseo")
        run_scripts(folder)
        serve(folder)
    print(f"videojob-mockserver works on {sys.platform} with Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
