"""Commands with verbs: `mockserver jobs show ID`; of some the verb may be left out, and they list."""

from typing import Final

import click
from click.shell_completion import CompletionItem

from mockserver.errors import did_you_mean

DEFAULT_VERB: Final = "list"
_REMOVE: Final = ("clear", "delete")
_ADD: Final = ("add", "create", "set")
_SYNONYMS: Final = {
    **dict.fromkeys(("reset", "remove", "rm", "del", "delete", "clear"), _REMOVE),
    **dict.fromkeys(("add", "create", "new", "set"), _ADD),
    **dict.fromkeys(("ls", "all"), (DEFAULT_VERB,)),
    **dict.fromkeys(("get", "describe", "info"), ("show",)),
    **dict.fromkeys(("resend", "retry"), ("redeliver",)),
}
"""Words that other tools have, with the verbs that mean the same here."""


class KnownVerbs(click.Group):
    """Names the verbs to one who wrote another."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb. Raises `click.UsageError` with the nearest one, or all of them, for an unknown one."""
        word = args[0]
        if word not in self.commands:
            verbs = ", ".join(self.commands)
            same = [verb for verb in _SYNONYMS.get(word, ()) if verb in self.commands]
            near = f" (did you mean {same[0]!r}?)" if same else did_you_mean(word, self.commands)
            ctx.fail(f"{word!r} is not a verb of `{ctx.command_path}`{near}: {verbs}.")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which they were defined."""
        return list(self.commands)


class VerbGroup(KnownVerbs):
    """Runs the verb `list` where none is given, so that `mockserver jobs` and `mockserver jobs --json` list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default verb in front of options, except `--help`."""
        # A shell completes the verb itself where none is typed yet.
        needs_verb = not ctx.resilient_parsing
        if args:
            needs_verb = args[0].startswith("-") and args[0] not in ctx.help_option_names
        if needs_verb:
            args = [DEFAULT_VERB, *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the verbs, and the options of the default verb."""
        super().format_options(ctx, formatter)
        records = [parameter.get_help_record(ctx) for parameter in self.commands[DEFAULT_VERB].params]
        with formatter.section("Options without a verb (each verb has its own: `VERB --help`)"):
            formatter.write_dl([record for record in records if record is not None])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the verbs, and the options of the default verb, which may stand in its place."""
        default = self.commands[DEFAULT_VERB]
        options = default.shell_complete(click.Context(default, ctx, DEFAULT_VERB), incomplete)
        return [*super().shell_complete(ctx, incomplete), *options]
