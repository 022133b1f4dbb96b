"""The locks pin what the project's metadata allows, and the metadata's lower bounds are true."""

import re
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.bounds import STAGES, declared_requirements, oldest_release, run_command, try_wheel
from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Read a lock: canonical name to version."""
    found = PIN.finditer((ROOT / "requirements" / lock).read_text())
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found}


@pytest.mark.parametrize("lock", ["serve.txt", "dev.txt"])
def test_a_lock_pins_each_requirement_within_its_bounds(lock: str) -> None:
    pinned = pins(lock)
    for requirement in declared_requirements():
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_both_locks_pin_the_same_versions() -> None:
    serve = pins("serve.txt")
    assert {name: version for name, version in pins("dev.txt").items() if name in serve} == serve


def test_the_development_lock_is_resolved_from_its_source() -> None:
    lines = (ROOT / "requirements" / "dev.in").read_text().splitlines()
    tools = [Requirement(line) for line in lines if line and not line.startswith("#")]
    pinned = pins("dev.txt")
    for tool in tools:
        assert pinned[canonicalize_name(tool.name)] in tool.specifier, tool


@pytest.mark.parametrize("lock", ["serve.txt", "dev.txt"])
def test_every_pin_has_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    entries = re.split(r"\n(?=[A-Za-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("extra", "source"),
    [
        ("pytest", "cli/commands/init.py"),
        ("mcp", "cli/commands/mcp.py"),
        ("fuzz", "runner/active/fuzz_cases.py"),
        ("tls", "server/tls.py"),
        ("redis", "stores/redis_link.py"),
    ],
)
def test_a_message_names_what_the_extra_requires(extra: str, source: str) -> None:
    """A requirement of another project can be installed whether or not this one is on the package index."""
    (requirement,) = PROJECT["optional-dependencies"][extra]
    assert re.search(f"pip install ['\"]{re.escape(requirement)}['\"]", (ROOT / "mockserver" / source).read_text())


def test_the_page_of_the_installation_lists_every_extra() -> None:
    table = (ROOT / "docs" / "install.md").read_text().partition("## Extras\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("python", PYTHONS)
def test_the_oldest_releases_have_wheels_for_every_python(python, tmp_path) -> None:
    """A release without one would have to be compiled, with Rust, on the machine of whoever installs the package."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--only-binary", ":all:")
    oldest = map(oldest_release, declared_requirements())
    run_command(tmp_path, *pip, "--target", tmp_path / "site", "--python-version", python, *oldest)


@pytest.mark.parametrize("extra", STAGES)
def test_the_wheel_works_with_the_oldest_releases(extra, built, tmp_path) -> None:
    try_wheel(built.site, extra, "oldest", tmp_path)
