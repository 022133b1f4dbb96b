"""The command `mockserver`: one file per subcommand in `commands/`, each imported only when it is run."""

import gc
import sys


def main() -> None:
    """Run the command with `sys.argv`, and exit."""
    # Almost all of the values that a command begins with stay: the search for garbage would find none.
    gc.set_threshold(20_000, 20, 200)
    from mockserver.cli.app import run

    sys.exit(run(sys.argv[1:]))
