"""The command `mockserver`: one file per subcommand in `commands/`, each imported only when it is run."""

import gc
import sys


def main() -> None:
    """Run the command with `sys.argv`, and exit."""
    # The values that a command begins with stay, and a start makes about half as many: no search for garbage.
    gc.set_threshold(100_000, 20, 200)
    from mockserver.cli.app import run

    sys.exit(run(sys.argv[1:]))
