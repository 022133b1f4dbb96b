"""What a tool is: its description for an agent, the arguments that it takes, and the function behind it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.client.admin import DEFAULT_SESSION
from mockserver.errors import MockError, Problem, refuse, refuse_unknown
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
        problems = argument_problems(self, arguments)
        if problems:
            raise MockError(*problems)
        return self.run(link, arguments)


def argument_problems(tool: AgentTool, arguments: Arguments) -> list[Problem]:
    """Return what is wrong with the arguments of a tool, each with what the argument is for."""
    from jsonschema import Draft202012Validator

    known = {name: value for name, value in arguments.items() if name in tool.properties}
    problems: list[Problem] = []
    for name in arguments.keys() - known.keys():
        problems += refuse_unknown("MCP003", f"argument of {tool.name}", name, tool.properties).problems
    for error in Draft202012Validator(tool.input_schema()).iter_errors(known):
        names = [tool.name, *map(str, error.absolute_path)]
        hint = f"Arguments of {tool.name}: {', '.join(tool.properties)}."
        if error.absolute_path:
            hint = f"{names[1]}: {tool.properties[names[1]]['description']}"
        problems.append(Problem("MCP003", f"{': '.join(names)}: {error.message}", hint))
    return sorted(problems, key=str)


def refuse_arguments(tool: str, mistake: str, hint: str) -> MockError:
    """Return the `MockError` MCP003 of arguments that do not go together."""
    return refuse("MCP003", f"{tool}: {mistake}", hint)
