"""`mockserver mcp`: the tools for coding agents, and the page that teaches an agent to use the fake."""

from pathlib import Path
from typing import Final

import click

from mockserver import mcp
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import print_result, stdout_for_protocol
from mockserver.cli.server_options import ServerOptions, process_options
from mockserver.errors import refuse
from mockserver.mcp.link import ServerLink
from mockserver.redaction.redactor import Redactor

SKILL_FILE: Final = Path(mcp.__file__).parent / "SKILL.md"
"""The page, in the format that agents load skills from."""


@click.command("mcp")
@click.option("--skill", is_flag=True, help="Print the page that teaches an agent to use the fake, and exit.")
@process_options
def mcp_command(server: ServerOptions, skill: bool) -> int:
    """Offer a running server to a coding agent: five tools of the Model Context Protocol on standard input and output.

    An agent starts this command itself; the tools are sessions, scenario, advance, explain and findings. The server
    need not run yet.

    \f
    Raises `MockError` MCP001 if the SDK is not installed, RUN001 for what is no base URL.
    """
    if skill:
        print_result(SKILL_FILE.read_text(encoding="utf-8"), newline=False)
        return ExitCode.OK
    try:
        from mockserver.mcp.protocol import serve_stdio
    except ImportError:
        hint = "Install it: pip install 'mcp>=2.0,<3'"
        raise refuse("MCP001", "the package mcp 2 is not installed", hint) from None
    link = ServerLink(server.url, server.admin_token)
    with stdout_for_protocol():
        serve_stdio(link, Redactor([server.admin_token]).redact_output)
    return ExitCode.OK
