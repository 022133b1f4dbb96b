"""Comparisons in expected values: `{$above: 3}`, `{$like: "vid_*"}`."""

from functools import partial

from mockserver.core.subset import MATCHERS
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node, node_to_json, truncate_value
from mockserver.scenario.placeholders import names_in


def check_matchers(root: Node, diagnostics: Diagnostics) -> None:
    """Report keys with a dollar sign that are no matchers, have other keys beside them, or a wrong operand."""
    report = partial(diagnostics.add, "SCN082")
    # The order of the walk does not matter: problems are sorted by their place.
    for node in root.walk():
        fields = [key.text for key, _ in node.entries if not key.text.startswith("$")]
        for key, operand in node.entries:
            name, matcher = key.text, MATCHERS.get(key.text)
            if not name.startswith("$"):
                continue
            if matcher is None:
                message = f"there is no comparison {truncate_value(name)!r}{did_you_mean(name, MATCHERS)}"
                report(message, operand, f"Comparisons: {', '.join(MATCHERS)}.", on_key=True)
            elif fields:
                shown = truncate_value(fields[0])
                message = f"`{name}` compares the whole value, but the key `{shown}` beside it is a part of it"
                report(message, operand, "Compare each part separately.", on_key=True)
            # A placeholder gets its value only when the play runs.
            elif not matcher.accepts(value := node_to_json(operand)) and not any(names_in(value)):
                report(f"found {describe_node(operand)}, expected {matcher.operand} for `{name}`", operand)
