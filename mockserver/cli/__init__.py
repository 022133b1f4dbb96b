"""The command `mockserver`: one file a subcommand, each loaded when it is asked for.

Exit codes mean the same everywhere: 0 fine, 1 findings, 2 usage or an unusable file, 3 inconclusive or target
unreachable, 4 internal error, 130 interrupted.
"""

import sys
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command's exit code says."""

    OK = 0
    """With evidence: where nothing was checked, it is `INCONCLUSIVE`."""
    FINDINGS = 1
    """A play failed, or an answer broke the contract."""
    USAGE = 2
    """An option, an argument, a file or a port that cannot be used."""
    INCONCLUSIVE = 3
    """Nothing was proved, or nobody could be reached."""
    INTERNAL_ERROR = 4
    """A mistake of ours."""
    INTERRUPTED = 130
    """By Ctrl-C."""


def main() -> None:
    """Run the command with `sys.argv`, and exit."""
    from mockserver.cli.app import run

    sys.exit(run(sys.argv[1:]))
