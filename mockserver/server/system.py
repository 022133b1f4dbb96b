"""What differs between operating systems, in one place: Windows on one side, Linux and macOS on the other.

The project's tests run on Linux. The Windows side is checked by its types (`mypy --platform win32`) and, where it can
be, by tests with an event loop that lacks what the loop of Windows lacks.
"""

import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

if sys.platform == "win32":
    import ctypes

    LISTENING_OPTION: Final = socket.SO_EXCLUSIVEADDRUSE
    """Windows lets a second server take a port that the first one has bound with SO_REUSEADDR."""
    SHARING_OPTION: Final = socket.SO_REUSEADDR
    """Unused: several workers on one port need Linux."""
    RESET_LINGER: Final = struct.pack("hh", 1, 0)
    _QUERY_PROCESS: Final = 0x1000
    _STILL_ACTIVE: Final = 259

    def descriptors_left(probe: socket.socket) -> int:
        """Return how many connections can be opened: Windows has no limit that a process could read."""
        return sys.maxsize

    def block_stop_signals() -> None:
        """Do nothing: Windows cannot block a signal, only ignore it."""

    def unblock_stop_signals() -> None:
        """Do nothing."""

    def user_name() -> str:
        """Return nothing: each user has a temporary folder of their own."""
        return ""

    def is_private(folder: Path) -> bool:
        """Return True for a folder of this user: the temporary folder is the user's own."""
        return folder.is_dir()

    def is_running(process_id: int) -> bool:
        """Return True if a process runs; `os.kill` would end it."""
        kernel = ctypes.windll.kernel32
        process = kernel.OpenProcess(_QUERY_PROCESS, False, process_id)
        if not process:
            return False
        exit_code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(process, ctypes.byref(exit_code))
        kernel.CloseHandle(process)
        return exit_code.value == _STILL_ACTIVE

    def forked_process(run: Callable[..., object], *arguments: object) -> "BaseProcess":
        """Raise `NotImplementedError`: Windows cannot fork."""
        raise NotImplementedError

else:
    import resource

    LISTENING_OPTION: Final = socket.SO_REUSEADDR
    """A port can be bound again while connections of the last server wait for their end."""
    SHARING_OPTION: Final = socket.SO_REUSEPORT
    """Several processes can listen on one port, and the kernel deals the connections out."""
    RESET_LINGER: Final = struct.pack("ii", 1, 0)
    """SO_LINGER with no time: closing sends a reset."""

    def forked_process(run: Callable[..., object], *arguments: object) -> "BaseProcess":
        """Return a process, not started yet, that calls a function with all that is in memory now."""
        # Imported late: most servers are one process.
        import multiprocessing

        return multiprocessing.get_context("fork").Process(target=run, args=arguments)

    def descriptors_left(probe: socket.socket) -> int:
        """Return how many file descriptors are free; the kernel always gives out the lowest."""
        try:
            lowest = os.dup(probe.fileno())
        except OSError:
            return 0
        os.close(lowest)
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - lowest

    def block_stop_signals() -> None:
        """Block SIGINT and SIGTERM in this thread."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)

    def unblock_stop_signals() -> None:
        """Unblock SIGINT and SIGTERM in this thread."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def user_name() -> str:
        """Return a suffix that separates this user's folders from others in the shared temporary folder."""
        return f"-{os.getuid()}"

    def is_private(folder: Path) -> bool:
        """Return True for a folder of this user that no other user can read or write. Raises OSError."""
        status = folder.lstat()
        return status.st_uid == os.getuid() and not status.st_mode & 0o077

    def is_running(process_id: int) -> bool:
        """Return True if a process runs, also one of another user."""
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
