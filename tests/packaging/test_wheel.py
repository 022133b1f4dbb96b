"""The wheel has what it needs and nothing else, and works in an empty folder."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement

from mockserver import __version__
from tests.packaging.bounds import declared_requirements
from tests.support.nested_pytest import PYTEST
from tests.support.paths import ROOT

DATA = [path for kind in ("contracts", "scenarios") for path in sorted((ROOT / kind).rglob("*")) if path.is_file()]


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_has_all_code_and_data(built):
    found = names(built.wheel)
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "mockserver").rglob("*.py")}
    data = {f"mockserver/_data/{path.relative_to(ROOT)}" for path in DATA}
    templates = {f"mockserver/cli/templates/{path.name}" for path in (ROOT / "mockserver/cli/templates").iterdir()}
    assert modules | data | templates | {"mockserver/py.typed", "mockserver/mcp/SKILL.md"} <= found


def test_the_wheel_has_nothing_else(built):
    info = f"videojob_mockserver-{__version__}.dist-info"
    assert {name.partition("/")[0] for name in names(built.wheel)} == {"mockserver", info}
    assert not [name for name in names(built.wheel) if "test_" in name]
    assert not [name for name in names(built.wheel) if "__pycache__" in name or name.endswith((".pyc", ".so"))]


def test_the_wheel_says_what_it_is(built):
    info = f"videojob_mockserver-{__version__}.dist-info"
    found = contents(built.wheel)
    metadata = found[f"{info}/METADATA"].decode()
    assert f"Name: videojob-mockserver\nVersion: {__version__}\n" in metadata
    assert "Requires-Python: >=3.11" in metadata
    required = {Requirement(line) for line in re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)}
    assert {*declared_requirements()} <= required
    assert f"{info}/licenses/LICENSE" in found
    entry_points = found[f"{info}/entry_points.txt"].decode()
    assert "\nmockserver = mockserver.cli:main\n" in entry_points
    assert "\nvideojob-mockserver = mockserver.cli:main\n" in entry_points
    assert all(f"{vendor} = mockserver.vendors.{vendor}:VENDOR" in entry_points for vendor in ("phaseo", "reap"))


def test_the_wheel_is_the_same_from_the_sdist(built):
    assert contents(built.wheel) == contents(built.straight)


def test_the_sdist_has_the_tests_and_the_docs_and_no_litter(built):
    with tarfile.open(built.sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "Makefile", "tests/run.py", "docs/commands.md", "contracts/README.md"} <= found
    litter = {".venv", "dist", ".git", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    assert {name.partition("/")[0] for name in found} & litter == set()


# Installed, in an empty folder


def test_it_is_the_installed_one_that_runs(built, environment, tmp_path):
    probe = "import mockserver, mockserver.data as data; print(mockserver.__file__, data.data_folder('scenarios'))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, cwd=tmp_path, env=environment, check=True
    )
    package = built.site / "mockserver"
    assert done.stdout.split() == [str(package / "__init__.py"), str(package / "_data" / "scenarios")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--version"], f"videojob-mockserver, version {__version__}"),
        (["list"], "cancel-after-completed "),
        (["mcp", "--skill"], "name: videojob-mockserver"),
        (["show", "phaseo"], "stateDiagram-v2"),
        (["show", "cancel-after-completed"], "vendor: reap"),
        (["lint"], "0 files of this project and "),
        (["test", "cancel-after-completed"], "1 ok in "),
        (["test", "--http", "cancel-after-completed"], "1 ok in "),
    ],
)
def test_a_command(words, expected, installed):
    done = installed(*words)
    assert done.returncode == 0
    assert done.stderr == ""
    assert expected in done.stdout


def test_a_runner_of_packages_finds_a_command_of_the_distributions_name(installed):
    """`uvx NAME` and `pipx run NAME` start the console script NAME."""
    done = installed("test", "cancel-after-completed", script="videojob-mockserver")
    assert done.returncode == 0
    assert "1 ok in " in done.stdout


def test_it_lists_what_the_checkout_lists(installed):
    found = {row["name"] for row in json.loads(installed("list", "--json").stdout)["scenarios"]}
    assert found == {path.stem for path in (ROOT / "scenarios").rglob("*.yaml")}


def test_the_first_tests_of_a_project_pass(installed, environment, tmp_path):
    assert installed("init").returncode == 0
    command = [*PYTEST, "-q"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert "3 passed" in done.stdout


def test_it_serves(built, environment, tmp_path):
    command = [sys.executable, str(built.site / "bin" / "mockserver"), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("GET", "/v1/videos", headers={"Authorization": "Bearer any"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        server.terminate()
        server.stdout.read()
    assert answer.status == 200
    assert body["data"] == []
    assert server.returncode == 0
