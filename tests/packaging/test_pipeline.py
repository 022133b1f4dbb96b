"""What surrounds the package: the distributions, the image, the workflows, the action, the hooks, the catalog entry."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import yaml

from mockserver.documentation import SITE
from tests.support.paths import ROOT

BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run_tool(*words: object) -> None:
    """Run a tool of the development environment. Raises `AssertionError` with its output."""
    command = [str(BIN / str(words[0])), *map(str, words[1:])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"


def read_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


# Distributions


def test_the_index_accepts_both_distributions(built):
    run_tool("twine", "check", "--strict", built.sdist, built.wheel)


def test_the_wheel_has_no_litter(built):
    run_tool("check-wheel-contents", built.wheel)


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "mockserver/__init__.py"


def test_the_metadata_and_the_messages_name_one_site():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Documentation"] == SITE


# Image


def test_hadolint_accepts_the_dockerfile():
    run_tool("hadolint", "Dockerfile")


def test_the_compose_file_is_valid():
    run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_the_image_has_all_that_the_build_needs_and_nothing_else():
    """Follow the COPY lines of the first stage: each source exists and is let through by .dockerignore."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    copied = [word for words in copies for word in words]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sorted(copied) == sorted(line[1:] for line in ignored if line.startswith("!"))
    assert [name for name in copied if not (ROOT / name).exists()] == []


# Workflows and the action


def test_the_workflows_and_the_action_are_valid():
    run_tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    run_tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")


def test_zizmor_finds_no_weakness():
    run_tool("zizmor", "--offline", "--quiet", "--min-severity", "medium", ".")


def test_every_foreign_action_is_pinned_to_a_commit():
    used = re.findall(r"uses: (\S+)(.*)", "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS))
    foreign = [(name, comment) for name, comment in used if name != "./"]
    assert foreign
    pinned = re.compile(r".+@[0-9a-f]{40} # v[\d.]+")
    assert [name for name, comment in foreign if not pinned.fullmatch(name + comment)] == []


class StepRun(NamedTuple):
    """What the steps of the action did."""

    code: int
    output: str
    summary: str


class ActionRunner:
    """Runs the steps of action.yml as a runner would, with the command that is installed here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.action = read_yaml("action.yml")
        (folder / "videojob-mockserver").symlink_to(sys.prefix, target_is_directory=True)

    def run(self, **inputs: str) -> StepRun:
        """Run the steps behind the installation with these inputs."""
        _, *steps = self.action["runs"]["steps"]
        values = {name: each.get("default", "") for name, each in self.action["inputs"].items()} | inputs
        code, output = 0, ""
        for step in steps:
            variables = {name: self._expand(text, values) for name, text in step["env"].items()}
            done = self._bash(step["run"], variables)
            code = code or done.returncode
            output += done.stdout
        summary = self.folder / "summary.md"
        return StepRun(code, output, summary.read_text(encoding="utf-8") if summary.exists() else "")

    def _expand(self, text: str, values: dict[str, str]) -> str:
        return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: values[match[1]], text)

    def _bash(self, script: str, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        # As GitHub runs `shell: bash`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        environment = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_WORKFLOW_REF": "someone/app/.github/workflows/ci.yml@refs/heads/main",
            **variables,
        }
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


POLL = 'curl -sS -o /dev/null "$PHASEO_BASE_URL/videos" -H "Authorization: Bearer $PHASEO_API_KEY"'


@pytest.fixture
def action(tmp_path: Path) -> ActionRunner:
    return ActionRunner(tmp_path)


def test_the_action_runs_the_command_against_the_fake(action):
    done = action.run(command=f"{POLL} && env | grep _BASE_URL")
    assert done.code == 0, done.output
    assert "TWELVELABS_BASE_URL=http://127.0.0.1:" in done.output
    assert "Nothing to report" in done.summary


def test_the_action_fails_as_the_command_does(action):
    assert action.run(command="exit 7").code == 7


def test_the_action_says_why_the_server_does_not_start(action):
    done = action.run(command=POLL, options="--vendor nobody")
    assert done.code == 2
    assert re.search(r"^::error title=mockserver serve::.*nobody", done.output, re.MULTILINE), done.output


@pytest.fixture
def ignored_refusal() -> Iterator[str]:
    """Provide a command of a client that asks again at once although the answer was 503 with Retry-After."""
    fault = json.dumps({"on": "list", "do": {"status": 503, "headers": {"Retry-After": "30"}}})
    return f"""curl -sS -o /dev/null "$MOCKSERVER_URL/__mock/faults" -H 'Content-Type: application/json' -d '{fault}'
{POLL}
{POLL}"""


@pytest.mark.parametrize(("conduct", "code", "kind"), [("report", 0, "warning"), ("fail", 1, "error")])
def test_the_action_reports_what_the_client_did_wrong(action, ignored_refusal, conduct, code, kind):
    done = action.run(command=ignored_refusal, conduct=conduct, sarif="found.sarif")
    assert done.code == code, done.output
    assert re.search(rf"^::{kind} title=C3 listVideos::session default%0A", done.output, re.MULTILINE), done.output
    assert f"| {kind} | [C3]({SITE}rules.html#C3) |" in done.summary
    (result,) = json.loads((action.folder / "found.sarif").read_bytes())["runs"][0]["results"]
    assert result["ruleId"] == "C3"
    assert result["level"] == kind
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == ".github/workflows/ci.yml"


def test_the_action_reports_sessions_of_any_name(action):
    session = quote("т|<b>`")
    poll = POLL.replace("$PHASEO_BASE_URL/videos", f"$MOCKSERVER_URL/s/{session}/v1/videos/unknown")
    done = action.run(command=f"{poll}; {poll}")
    assert done.code == 0, done.output
    assert done.summary.endswith(" | т&#124;&#60;b&#62;&#96; |\n")


def test_the_action_says_that_the_server_has_stopped():
    report = [sys.executable, ROOT / ".github" / "action" / "report.py", "http://127.0.0.1:9"]
    done = subprocess.run(report, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("::error title=mockserver::http://127.0.0.1:9 cannot be reached")


def test_the_action_expands_no_array_that_can_be_empty():
    script = (ROOT / ".github" / "action" / "serve_and_run.sh").read_text(encoding="utf-8")
    assert re.findall(r"\$\{(\w+)\[@\]", script) == ["words"]
    assert "words=(serve " in script


def test_the_action_installs_what_it_comes_with():
    install, *_ = read_yaml("action.yml")["runs"]["steps"]
    assert install["run"].rstrip().endswith('pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"')


# Hooks and the catalog entry


@pytest.mark.parametrize(
    ("hook", "path", "matches"),
    [
        ("videojob-lint", "scenarios/mine.yaml", True),
        ("videojob-lint", "tests/scenarios/a/mine.yml", True),
        ("videojob-lint", "mine.videojob.yaml", True),
        ("videojob-lint", "tests/cancel.videojob.yml", True),
        ("videojob-lint", "docker-compose.yaml", False),
        ("videojob-check", "tests/cassettes/a.yaml", True),
        ("videojob-check", "calls.har.gz", True),
        ("videojob-check", "calls.json", False),
    ],
)
def test_a_hook_takes_its_files(hook, path, matches):
    (files,) = (each["files"] for each in read_yaml(".pre-commit-hooks.yaml") if each["id"] == hook)
    assert bool(re.search(files, path)) is matches


def test_a_hook_s_command_exists():
    for hook in read_yaml(".pre-commit-hooks.yaml"):
        program, command = hook["entry"].split()
        assert program == "mockserver"
        run_tool(program, command, "--help")


def test_the_catalog_entry_matches_the_files_and_names_the_schema():
    entry = json.loads((ROOT / ".github" / "schemastore.json").read_bytes())
    assert entry["url"] == f"{SITE}scenario.schema.json"
    assert any(fnmatch("cancel.videojob.yaml", pattern) for pattern in entry["fileMatch"])
