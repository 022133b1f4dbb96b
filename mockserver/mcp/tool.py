"""What a tool is: its description for an agent, the arguments that it takes, and the function behind it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.client.admin import DEFAULT_SESSION
from mockserver.errors import MockError, Problem, refuse
from mockserver.mcp.link import ServerLink

Arguments = Mapping[str, Any]
"""The arguments of a call, as its schema allows them."""
Schema = dict[str, Any]
ToolResult = dict[str, Any]
"""JSON: short, and without secrets."""

SESSION_ARGUMENT: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "default": DEFAULT_SESSION,
    "description": "The session: an isolated world with its own clock, jobs and journal.",
}


class AgentTool(NamedTuple):
    """One tool."""

    name: str
    description: str
    properties: Mapping[str, Schema]
    """JSON Schema of each argument."""
    required: tuple[str, ...]
    is_read_only: bool
    run: Callable[[ServerLink, Arguments], ToolResult]
    """Raises `MockError`."""

    def input_schema(self) -> Schema:
        """Return the JSON Schema of the arguments."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }

    def call(self, link: ServerLink, arguments: Arguments) -> ToolResult:
        """Check the arguments and run the tool. Raises `MockError`: MCP003 with every mistake in the arguments."""
        hint = f"Arguments of {self.name}: {', '.join(self.properties)}."
        mistakes = argument_mistakes(self.input_schema(), arguments)
        if mistakes:
            raise MockError(*(Problem("MCP003", f"{self.name}: {mistake}", hint) for mistake in mistakes))
        return self.run(link, arguments)


def argument_mistakes(schema: Schema, arguments: Arguments) -> list[str]:
    """Return what is wrong with arguments, by their schema: `clock: 5 is not of type 'string'`."""
    from jsonschema import Draft202012Validator

    mistakes = []
    for error in Draft202012Validator(schema).iter_errors(arguments):
        path = ".".join(map(str, error.absolute_path))
        mistakes.append(f"{path}: {error.message}" if path else error.message)
    return sorted(mistakes)


def refuse_arguments(tool: str, mistake: str, hint: str) -> MockError:
    """Return the `MockError` MCP003 of arguments that do not go together."""
    return refuse("MCP003", f"{tool}: {mistake}", hint)
