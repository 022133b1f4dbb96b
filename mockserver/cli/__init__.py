"""The command `mockserver`: one file per subcommand in `commands/`, each imported only when it is run."""

import sys


def main() -> None:
    """Run the command with `sys.argv`, and exit."""
    from mockserver.cli.app import run

    sys.exit(run(sys.argv[1:]))
