"""A process whose stdout and stderr are a terminal of a size, as a person sees it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.support.paths import ROOT

_CONTROL = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m")


class TerminalProcess:
    """A `mockserver` command on a terminal; what it prints is collected until it ends."""

    def __init__(
        self, *arguments: str, folder: Path, columns: int = 100, environment: Mapping[str, str] | None = None
    ) -> None:
        self._primary, secondary = pty.openpty()
        fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "TERM": "xterm"}
        variables.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mockserver", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=secondary,
            stderr=secondary,
            cwd=folder,
            env={**variables, **(environment or {})},
        )
        os.close(secondary)
        self._printed = b""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._primary, 65_536)
            except OSError:  # the other end is closed
                return
            if not data:
                return
            with self._changed:
                self._printed += data
                self._changed.notify_all()

    @property
    def raw(self) -> str:
        """Everything that was printed, with its control sequences."""
        return self._printed.decode()

    @property
    def screen(self) -> list[str]:
        """The lines that a person sees: without styles, and as rewritten."""
        lines = [""]
        for part in re.split(r"(\r\n|\r|\x1b\[\d*[A-Za-z]|\x1b\[[\d;]*m)", self.raw):
            if part == "\r\n":
                lines.append("")
            elif part == "\x1b[1A":
                lines.pop()
            elif part == "\x1b[2K":
                lines[-1] = ""
            elif not _CONTROL.fullmatch(part) and part != "\r":
                lines[-1] += part
        return [line.rstrip() for line in lines]

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Wait until a text is on the screen."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(text in line for line in self.screen), seconds), self.raw

    def stop(self) -> None:
        """End the command, and read what it prints to the end."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)
        self._reader.join(10)
        os.close(self._primary)
