"""Run the vendors' own clients through `mockserver trial`, and write docs/sdk-trial.md from the results."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.support.node_packages import node_modules
from tests.support.paths import ROOT

FOLDER: Final = Path(__file__).parent
PAGE: Final = ROOT / "docs" / "sdk-trial.md"
DEADLINE: Final = "15s"
_ID: Final = re.compile(r"\b(?:[0-9a-f]{24}|G-[0-9A-Z]{26})\b")
WAITERS: Final = ("waiter-*",)
LOOP: Final = (
    "cancel-answered-502-yet-cancelled",
    "cancel-falls-silent",
    "created-yet-404-for-a-second",
    "download-cut-in-the-middle",
    "download-with-a-wrong-length",
    "drip-fed-download",
    "html-from-a-proxy-in-the-middle",
    "json-called-html",
    "malformed-json-once",
    "progress-of-250",
    "status-nobody-documented",
)
"""Scenarios in which the client's single calls decide what happens."""

HEAD: Final = """\
# The vendors' clients on trial

Written by `make sdk-trial`; do not edit it. Each client is the one from its package registry, unmodified, in front of
[scenarios](trial.md) that a waiter meets: those of `tests/sdk_trial/scenarios`, and bundled ones. The tables state what
was seen, and nothing else. The programs catch no exception: *crashed* says that the client raised it while the job ran
on, or had completed.

TwelveLabs' waiters belong to the indexing tasks and call only `retrieve`; here they wait for analysis tasks, whose
`retrieve` takes the same arguments. Their interval is set to 10 ms.
"""


class SdkClient(NamedTuple):
    """One client of a vendor, and the program that uses it."""

    title: str
    waiter: str
    command: tuple[str, ...]
    """With the interpreter's usual name first."""
    patterns: tuple[str, ...]


def sdk_clients(node_version: str) -> list[SdkClient]:
    """Return the clients with their versions."""
    twelvelabs, phaseo = version("twelvelabs"), version("phaseo")
    return [
        SdkClient(
            f"twelvelabs {twelvelabs} (Python, synchronous)",
            "`tasks.wait_for_done`",
            ("python", "twelvelabs_sync.py"),
            WAITERS,
        ),
        SdkClient(
            f"twelvelabs {twelvelabs} (Python, asynchronous)",
            "`tasks.wait_for_done`",
            ("python", "twelvelabs_async.py"),
            WAITERS,
        ),
        SdkClient(
            f"twelvelabs-js {node_version} (Node)", "`tasks.waitForDone`", ("node", "twelvelabs_node.cjs"), WAITERS
        ),
        SdkClient(
            f"phaseo {phaseo} (Python)", "none: a loop around `videos.retrieve`", ("python", "phaseo_loop.py"), LOOP
        ),
    ]


def try_client(client: SdkClient, modules: Path) -> Sequence[Mapping[str, Any]]:
    """Return the results of one client on trial."""
    interpreter, program = client.command
    command = [sys.executable if interpreter == "python" else interpreter, program]
    only = [word for pattern in client.patterns for word in ("--only", pattern)]
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "trial", "--json", "--deadline", DEADLINE, *only, "--", *command],
        cwd=FOLDER,
        env={**os.environ, "NODE_PATH": str(modules)},
        stdout=subprocess.PIPE,
        check=False,
    )
    found: Sequence[Mapping[str, Any]] = json.loads(done.stdout)["results"]
    return found


def page_lines(tried: Sequence[tuple[SdkClient, Sequence[Mapping[str, Any]]]]) -> Iterator[str]:
    """Yield the lines of the page."""
    yield from HEAD.splitlines()
    for client, results in tried:
        yield from _client_lines(client, results)


def _client_lines(client: SdkClient, results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield f"## {client.title}"
    yield ""
    yield f"Waiter: {client.waiter}. In `tests/sdk_trial`, each row by"
    yield f"`mockserver trial --deadline {DEADLINE} --only SCENARIO -- {' '.join(client.command)}`"
    if client.command[0] == "node":
        yield "with the packages of `tests/node` in `NODE_PATH`."
    yield ""
    yield "| scenario | what happens | verdict | what the client does |"
    yield "|---|---|---|---|"
    for result in results:
        yield f"| `{result['name']}` | {result['title']} | {result['outcome']} | {_what_it_does(result)} |"


def _what_it_does(result: Mapping[str, Any]) -> str:
    """Return the reasons of a verdict for a table, without what differs from run to run."""
    if result["outcome"] == "survived":
        code = result["client_exit_code"]
        return f"gives up with exit code {code}" if code else "goes on to the end"
    firsts = (reason.splitlines()[0].partition(", sent ")[0] for reason in result["reasons"])
    text = "; ".join(first.partition(" headers: {")[0].rstrip(":") for first in firsts)
    return _ID.sub("ID", text).replace("|", "\\|")


def main() -> None:
    """Run every client and write the page."""
    modules = node_modules()
    package = json.loads((modules / "twelvelabs-js" / "package.json").read_text(encoding="utf-8"))
    tried = [(client, try_client(client, modules)) for client in sdk_clients(package["version"])]
    PAGE.write_text("\n".join(page_lines(tried)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
