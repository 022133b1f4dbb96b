"""A command with verbs: `mockserver jobs show ID`; without a verb it lists."""

from typing import Final

import click

from mockserver.errors import did_you_mean

DEFAULT_VERB: Final = "list"


class VerbGroup(click.Group):
    """Runs the verb `list` where none is given, so that `mockserver jobs` and `mockserver jobs --json` list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default verb in front of options, except `--help`."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [DEFAULT_VERB, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb. Raises `click.UsageError` with the nearest one, or all of them, for an unknown one."""
        word = args[0]
        if word not in self.commands:
            verbs = ", ".join(self.commands)
            ctx.fail(f"{word!r} is not a verb of `{ctx.command_path}`{did_you_mean(word, self.commands)}: {verbs}.")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which they were defined."""
        return list(self.commands)
