"""Error codes of the tools for coding agents."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "MCP001": "The SDK of the Model Context Protocol is not installed.",
    "MCP002": "No mock server answers the tools of a coding agent at the URL that they were given.",
    "MCP003": "A coding agent called a tool with arguments that it does not take.",
    "MCP004": "A coding agent named a session that the server does not have.",
}
