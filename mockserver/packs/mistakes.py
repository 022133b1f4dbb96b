"""The words of a pack for mistakes in requests: each mistake as the facts of `$mistake`, and all of them as a list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from mockserver.packs.facts import Facts, Render
from mockserver.packs.grammar_requests import MISTAKES
from mockserver.packs.node_access import entries_of
from mockserver.packs.scope import Place, Scope
from mockserver.packs.values import compile_value, text_of
from mockserver.scenario.nodes import Node
from mockserver.vendors.checks import Mistake, MistakeKind

_DEFAULT_WORDS: Final[Mapping[str, str]] = {
    "missing": "is required",
    "wrong type": "has the wrong type",
    "not an option": "is not one of the options",
    "unknown fields": "has unknown fields",
}
_NOT_VALID: Final = "is not valid"
_KIND_NAMES: Final[Mapping[MistakeKind, str]] = dict(zip(MistakeKind, MISTAKES, strict=True))


class MistakeWords:
    """The section `mistakes`, compiled."""

    def __init__(self, section: Node | None, scope: Scope) -> None:
        scope = scope.with_places(Place.MISTAKE)
        self._entry: Render = lambda facts: facts.extra["mistake"]["message"]
        self._line: Render = lambda facts: "{field}: {message}. ".format_map(facts.extra["mistake"])
        self._codes: dict[str, Render] = {}
        self._messages: dict[str, Render] = {}
        for key, words in entries_of(section):
            if key.text == "entry":
                self._entry = compile_value(words, scope)
            elif key.text == "line":
                self._line = compile_value(words, scope)
            else:
                for name, renders in (("code", self._codes), ("message", self._messages)):
                    value = words.get(name)
                    if value is not None:
                        renders[key.text] = compile_value(value, scope)

    def facts_of(self, mistakes: Sequence[Mistake], facts: Facts) -> dict[str, Any]:
        """Return what the names `$mistake` and `$mistakes` stand for."""
        each = [self._describe(mistake, facts) for mistake in mistakes]
        with_each = [replace(facts, extra={**facts.extra, "mistake": described}) for described in each]
        return {
            "mistake": each[0],
            "mistakes": [self._entry(one) for one in with_each],
            "mistakes_text": "".join(text_of(self._line(one)) for one in with_each),
        }

    def _describe(self, mistake: Mistake, facts: Facts) -> dict[str, Any]:
        location, *path = mistake.path
        kind = _KIND_NAMES[mistake.kind]
        described: dict[str, Any] = {
            **mistake.params,
            "path": path,
            "field": _dotted(path) or location,
            "name": path[-1] if path else location,
            "parent": _dotted(path[:-1]) or location,
        }
        described["options"] = list(mistake.params.get("options", ()))
        with_mistake = replace(facts, extra={**facts.extra, "mistake": described})
        described["code"] = self._words(self._codes, kind, kind, with_mistake)
        own_words = mistake.params.get("message", _DEFAULT_WORDS.get(kind, _NOT_VALID))
        described["message"] = self._words(self._messages, kind, own_words, with_mistake)
        return described

    def _words(self, renders: Mapping[str, Render], kind: str, default: str, facts: Facts) -> Any:
        # The message of a mistake in a rule of the pack's own is already in the vendor's words.
        if kind == "custom" and kind not in renders:
            return default
        render = renders.get(kind, renders.get("else"))
        return default if render is None else render(facts)


def _dotted(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path))
