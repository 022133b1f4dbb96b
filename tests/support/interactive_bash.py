"""An interactive bash behind a pseudo-terminal, in which a test presses TAB."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

PROMPT = "ready> "
_RC = f"""
PS1='{PROMPT}'
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind 'set completion-query-items 0'
bind 'set page-completions off'
eval "$(mockserver completion bash)"
"""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x07")


class InteractiveBash:
    """Types into a bash and reads its terminal."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal

    def complete(self, line: str) -> str:
        """Type a line and TAB, and return the line as bash has then completed it."""
        # The line becomes an argument of `echo`, which prints it and runs no command.
        os.write(self._terminal, f"{line}\t\x01echo '<\x05>'\r".encode())
        shown = self.read_until(f">\n{PROMPT}")
        return shown.removesuffix(f">\n{PROMPT}").rpartition("\n<")[2]

    def read_until(self, end: str) -> str:
        """Read what the terminal shows, up to and with this text."""
        shown = ""
        while not shown.endswith(end):
            shown += _CONTROL.sub("", os.read(self._terminal, 4096).decode())
        return shown


@contextmanager
def interactive_bash(folder: Path) -> Iterator[InteractiveBash]:
    """Start a bash in a folder, with the completion of this project's command installed."""
    program = folder / "bin" / "mockserver"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mockserver "$@"\n')
    program.chmod(0o755)
    startup = folder / "bin" / "rc"
    startup.write_text(_RC)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TERM": "dumb",
        "COLUMNS": "500",
    }
    terminal, end_of_shell = pty.openpty()
    command = ["bash", "--noprofile", "--rcfile", str(startup), "-i"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=end_of_shell, stdout=end_of_shell, stderr=end_of_shell,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(end_of_shell)
        bash = InteractiveBash(terminal)
        try:
            bash.read_until(PROMPT)
            yield bash
        finally:
            process.kill()
            os.close(terminal)
