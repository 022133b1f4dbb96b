"""The ports on which `mockserver listen` runs on this machine: a server may send a client's webhooks there.

Each running `listen` has a file, named by its port and with its process id inside, in a folder that only this user can
write to. A receiver and a server find each other so, whichever is started first.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mockserver.server.system import is_private, is_running, user_name


@contextmanager
def announce_port(port: int) -> Iterator[None]:
    """Announce a receiver of this process within the block; on a machine without a usable folder, do nothing."""
    folder = announcements_folder()
    path = folder / str(port)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(folder):
            path.write_text(str(os.getpid()), encoding="ascii")
    except OSError:
        yield  # webhooks to it need an option of the server, as those to any other program
        return
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def announced_ports() -> frozenset[int]:
    """Return the ports of the receivers that run now."""
    folder = announcements_folder()
    try:
        # A folder that another user could write to announces nothing.
        files = tuple(folder.iterdir()) if is_private(folder) else ()
    except OSError:
        return frozenset()
    ports: set[int] = set()
    for path in files:
        with suppress(OSError, ValueError):  # it may be gone by now, or be no announcement
            if is_running(int(path.read_text("ascii"))):
                ports.add(int(path.name))
    return frozenset(ports)


def announcements_folder() -> Path:
    """Return the folder of the announcements of this user."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Path(runtime) / "videojob-mockserver"
    import tempfile  # only here, as in `tls`

    return Path(tempfile.gettempdir()) / f"videojob-mockserver{user_name()}"
