"""The command `mockserver`: one file a subcommand, each loaded when it is asked for.

Exit codes mean the same everywhere: 0 fine, 1 findings, 2 usage or an unusable file, 3 inconclusive or target
unreachable, 4 internal error, 130 interrupted.
"""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command with `sys.argv`, and exit."""
    from mockserver.cli.app import run

    sys.exit(run(sys.argv[1:]))
