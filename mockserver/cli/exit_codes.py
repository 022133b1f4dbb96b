"""The exit codes, which mean the same in every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of a command."""

    OK = 0
    """Success with evidence for it; a run that checked nothing is `INCONCLUSIVE`."""
    FINDINGS = 1
    """A play failed, or an answer broke the contract."""
    USAGE = 2
    """An option, an argument, a file or a port cannot be used."""
    INCONCLUSIVE = 3
    """Nothing was proved, or the target could not be reached."""
    INTERNAL_ERROR = 4
    """A bug of this program."""
    INTERRUPTED = 130
    """Interrupted with Ctrl-C."""
