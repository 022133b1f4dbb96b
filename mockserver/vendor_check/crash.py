"""Catches what a vendor's code raises, because a check of it must report that and go on."""

import traceback
from pathlib import Path
from types import TracebackType
from typing import Final

_PACKAGE: Final = Path(__file__).parent


class CrashCatcher:
    """A context that ends with the first exception inside of it, and says what it was; no interrupt of the user."""

    def __init__(self) -> None:
        self.crash = ""
        """`KeyError: 'x' at toy/vendor.py:12`; empty: nothing was raised."""

    def __enter__(self) -> "CrashCatcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        frames = traceback.extract_tb(trace)
        # The innermost line that is not of this package: what a helper raises is shown where the helper is called.
        own = [frame for frame in frames if not Path(frame.filename).is_relative_to(_PACKAGE)]
        last = (own or frames)[-1]
        place = "/".join(Path(last.filename).parts[-2:])
        self.crash = f"{type(error).__name__}: {error} at {place}:{last.lineno}"
        return True
