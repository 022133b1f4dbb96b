"""The completion of bash, which splits a word at `@` and `:`; click's own completes nothing behind those.

Theory of operation. The script sends the line up to the cursor, and the text that bash will replace: the last word, or
what stands in it after the last word break. Words are completed as wholes; what stands before that text is taken off.
"""

import os
from typing import Any, Final

from click.shell_completion import BashComplete, CompletionItem, split_arg_string

_SCRIPT: Final = """\
%(complete_func)s() {
    local type value

    while IFS=',' read -r type value; do
        if [[ $type == 'dir' ]]; then
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
        fi
    done <<< "$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_TEXT="$2" %(complete_var)s=bash_complete "$1")"

    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class BashLineComplete(BashComplete):
    """Completes the last word of `COMP_LINE`; the answer replaces `COMP_TEXT`, the end of that word."""

    source_template = _SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words after the command's name, and the word to complete."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]

    def format_completion(self, item: "CompletionItem[Any]") -> str:  # click 8.1 has no generic one
        """Return a line for the script: the type, and what replaces the text."""
        _, word = self.get_completion_args()
        if word.startswith("--"):
            # Click completes the value of `--vendor=phaseo` alone; an option itself has no word break.
            word = word.partition("=")[2] or word
        before = word.removesuffix(os.environ["COMP_TEXT"])
        return f"{item.type},{item.value.removeprefix(before)}"
