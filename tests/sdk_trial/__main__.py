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
NOT_REACHED: Final = "not reached"
PAGE: Final = ROOT / "docs" / "sdk-trial.md"
DEADLINE: Final = "30s"
_ID: Final = re.compile(
    r"\b(?:[0-9a-f]{24}|G-[0-9A-Z]{26}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-z]{26}|(?:batch|msgbatch|file)[_-]\w{20,})\b"
)
_BODY: Final = re.compile(r" headers: \{| - \{")
"""Where the text of an error goes on with the headers or the body of an answer."""
WAITERS: Final = ("--only", "waiter-*")
_PHASEO: Final = (
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
LOOP: Final = tuple(word for name in _PHASEO for word in ("--only", name))

HEAD: Final = """\
# The vendors' clients on trial

Written by `make sdk-trial`; do not edit it. Each client is the one from its package registry, unmodified, in front of
[scenarios](trial.md): those of `tests/sdk_trial/scenarios`, and bundled ones. The tables state what was seen, and
nothing else. The programs catch no exception but a refused cancel or delete, which is an answer: *crashed* says that
the client raised it while the job ran on, or had completed. A scenario that is not reached says nothing about it.

TwelveLabs' waiters belong to the indexing tasks and call only `retrieve`; here they wait for analysis tasks, whose
`retrieve` takes the same arguments. Their interval is set to 10 ms. The clients of fal, Replicate, Runway, OpenAI and
Anthropic pause as they do in production: each `time.sleep` moves the clock of the session instead of taking time
(`tests/sdk_trial/virtual_time.py`), so their pace is judged as well. The interval of fal's and Replicate's waiters is
set to 2 s. fal's client always calls https, so its address is replaced.
"""


class SdkClient(NamedTuple):
    """One client of a vendor, and the program that uses it."""

    title: str
    waiter: str
    command: tuple[str, ...]
    """With the interpreter's usual name first."""
    options: tuple[str, ...]
    """Which scenarios, and their clock."""


def bundled(vendor: str) -> tuple[str, ...]:
    """Return the options for all scenarios of a vendor, in real time."""
    return ("--vendor", vendor, "--clock", "real")


def sdk_clients(node_version: str) -> list[SdkClient]:
    """Return the clients with their versions."""
    twelvelabs, waiter = version("twelvelabs"), "`tasks.wait_for_done`"
    rows = (
        (f"twelvelabs {twelvelabs} (Python, synchronous)", waiter, "twelvelabs_sync.py", WAITERS),
        (f"twelvelabs {twelvelabs} (Python, asynchronous)", waiter, "twelvelabs_async.py", WAITERS),
        (f"twelvelabs-js {node_version} (Node)", "`tasks.waitForDone`", "twelvelabs_node.cjs", WAITERS),
        (f"phaseo {version('phaseo')} (Python)", "none: a loop around `videos.retrieve`", "phaseo_loop.py", LOOP),
        (f"fal-client {version('fal_client')} (Python)", "`handle.get`", "fal_queue.py", bundled("fal")),
        (f"replicate {version('replicate')} (Python)", "`prediction.wait`", "replicate_wait.py", bundled("replicate")),
        (
            f"runwayml {version('runwayml')} (Python)",
            "`task.wait_for_task_output`",
            "runway_wait.py",
            bundled("runway"),
        ),
        (
            f"openai {version('openai')} (Python)",
            "none: a loop around `batches.retrieve`",
            "openai_loop.py",
            bundled("openai"),
        ),
        (
            f"anthropic {version('anthropic')} (Python)",
            "none: a loop around `messages.batches.retrieve`",
            "anthropic_loop.py",
            bundled("anthropic"),
        ),
    )
    return [
        SdkClient(title, waiter, ("node" if program.endswith(".cjs") else "python", program), options)
        for title, waiter, program, options in rows
    ]


def try_client(client: SdkClient, modules: Path) -> Sequence[Mapping[str, Any]]:
    """Return the results of one client on trial."""
    interpreter, program = client.command
    command = [sys.executable if interpreter == "python" else interpreter, program]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mockserver",
            "trial",
            "--json",
            "--deadline",
            DEADLINE,
            *client.options,
            "--",
            *command,
        ],
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
    clock = " --clock real" if "--clock" in client.options else ""
    yield f"`mockserver trial --deadline {DEADLINE}{clock} --only SCENARIO -- {' '.join(client.command)}`"
    if client.command[0] == "node":
        yield "with the packages of `tests/node` in `NODE_PATH`."
    yield ""
    yield "| scenario | what happens | verdict | what the client does |"
    yield "|---|---|---|---|"
    for result in results:
        if result["outcome"] != NOT_REACHED:
            yield f"| `{result['name']}` | {result['title']} | {result['outcome']} | {_what_it_does(result)} |"
    missed = [f"`{result['name']}`" for result in results if result["outcome"] == NOT_REACHED]
    if missed:
        yield ""
        yield f"Not reached by this program: {', '.join(missed)}."


def _what_it_does(result: Mapping[str, Any]) -> str:
    """Return the reasons of a verdict for a table, without what differs from run to run."""
    if result["outcome"] == "survived":
        code = result["client_exit_code"]
        return f"gives up with exit code {code}" if code else "goes on to the end"
    firsts = (reason.splitlines()[0].partition(", sent ")[0] for reason in result["reasons"])
    text = "; ".join(_BODY.split(first)[0].rstrip(":") for first in firsts)
    return _ID.sub("ID", text).replace("|", "\\|")


def main() -> None:
    """Run every client and write the page."""
    modules = node_modules()
    package = json.loads((modules / "twelvelabs-js" / "package.json").read_text(encoding="utf-8"))
    tried = [(client, try_client(client, modules)) for client in sdk_clients(package["version"])]
    PAGE.write_text("\n".join(page_lines(tried)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
