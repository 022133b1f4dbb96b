"""The Node project that docs/javascript.md shows, run with npm's packages: `node --test`, then vitest."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.doc_pages import blocks
from tests.support.node_packages import node_modules
from tests.support.paths import ROOT

PROJECT = Path(__file__).parent
PAGE = ROOT / "docs" / "javascript.md"
PARTS = ("*.mjs", "*.json", "node-test", "vitest")
NODE_MISSING = "Node 20 or newer, with npm, is needed for these tests: install it from nodejs.org or with your system"


MOCKSERVER = str(Path(sys.executable).with_name("mockserver"))


def run(words: Sequence[str], folder: Path, server: str = MOCKSERVER) -> str:
    """Run a command of Node in a folder, with the command that starts the server, and return its output."""
    command = shutil.which(words[0])
    assert command is not None, NODE_MISSING
    done = subprocess.run(
        [command, *words[1:]],
        cwd=folder,
        env={**os.environ, "MOCKSERVER_COMMAND": server, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Return a copy of the project with its packages: they are installed once for each lock file."""
    folder = tmp_path_factory.mktemp("node")
    for path in (path for part in PARTS for path in PROJECT.glob(part)):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)
    (folder / "node_modules").symlink_to(node_modules(), target_is_directory=True)
    return folder


def test_every_file_on_the_page_is_the_one_that_is_run():
    shown = {block.file: block.text for block in blocks(PAGE.read_text(encoding="utf-8")) if block.file}
    assert len(shown) == 9
    assert shown == {name: (PROJECT / name).read_text(encoding="utf-8") for name in shown}


def test_node_test_passes(project):
    output = run(("node", "--test", "node-test/"), project)
    assert re.search(r"^\S+ pass 8$", output, re.MULTILINE), output
    assert re.search(r"^\S+ fail 0$", output, re.MULTILINE), output


def test_a_command_that_is_missing_is_rejected_with_the_way_to_install_it(tmp_path):
    reason = why_rejected(tmp_path, server="no-such-mockserver")
    assert reason.startswith(
        "no-such-mockserver cannot be started (ENOENT): install videojob-mockserver (docs/install.md)"
    )
    assert "MOCKSERVER_COMMAND" in reason


def test_an_option_that_is_refused_is_rejected_with_the_reason(tmp_path):
    reason = why_rejected(tmp_path, "--vendor", "nope")
    assert " --vendor nope ended with exit code 2\n" in reason
    assert "no vendor 'nope'" in reason


def why_rejected(folder: Path, *options: str, server: str = MOCKSERVER) -> str:
    """Return the message with which `startMockServer` rejects."""
    for name in ("mock-server.mjs", "failed-start.mjs"):
        shutil.copy(PROJECT / name, folder)
    return run(("node", "failed-start.mjs", *options), folder, server).partition("rejected: ")[2]


def test_vitest_passes(project):
    output = run(("npx", "--no-install", "vitest", "run"), project)
    assert re.search(r"Tests\s+5 passed", output), output


def test_the_types_fit(project):
    assert run(("npx", "--no-install", "tsc"), project) == ""
