"""The rules on single exchanges and on the run as a whole, at work: what is about no one job."""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache

from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Verdict
from mockserver.contract.rules.answers import AnswerRule, View, compile_answer, compile_naming
from mockserver.contract.rules.book import Book, Rule
from mockserver.contract.rules.fields import Problem
from mockserver.contract.rules.traffic import Rate, Unmixed
from mockserver.contract.states import NO_ANSWER
from mockserver.contract.watch import Placed
from mockserver.core.wire import Request

KEY_HEADERS = ("authorization", "x-api-key")


class Run:
    """One run under a book."""

    def __init__(self, book: Book) -> None:
        self._answers: list[AnswerRule] = [compile_answer(rule) for rule in book.of("answer")]
        self._rates = [Rate(rule) for rule in book.of("rate")]
        self._mixes = [Unmixed(rule) for rule in book.of("unmixed")]
        self._probes = book.of("probe")
        self._keyed = False
        """Whether any request has carried a key."""
        self._by_operation: dict[str, tuple[AnswerRule, ...]] = {}
        self._met: dict[tuple[str, str], bool] = {}
        """By rule and operation: whether it was kept every time."""
        self._rules = {rule.id: rule for rule in book.rules}
        self.namings = tuple(compile_naming(rule) for rule in book.of("schema"))
        self.told = frozenset(rule.id for rule in book.of("answer", "rate", "unmixed"))
        """The rules that have their verdicts from here."""

    def take(self, placed: Placed, view: Callable[[], View]) -> Iterator[Finding]:
        """One exchange of an operation that the capture knows."""
        if placed.status == NO_ANSWER:
            return
        self._keyed = self._keyed or bool(key_of(placed.exchange.request))
        for each in self._speaking(placed.operation):
            problems = each.check(view()) if self._keyed or not each.keyed else None
            if problems is not None:
                self._meet(each.rule, placed.operation, not problems)
                yield from (self._found(each.rule, placed, problem) for problem in problems)
        for mix in self._mixes:
            wrong = mix.add(placed.operation, view())
            if wrong:
                yield self._found(mix.rule, placed, Problem("", str(placed.status), wrong))
        yield from self._counted(placed)

    def _counted(self, placed: Placed) -> Iterator[Finding]:
        exchange = placed.exchange
        bucket = (key_of(exchange.request), placed.operation)
        for rate in self._rates:
            excess = rate.add(bucket, placed.status, exchange.sent, exchange.answered or exchange.sent)
            self._meet(rate.rule, placed.operation, excess is None)
            if excess is not None:
                allowed = f"{rate.most} in {rate.rule.options['within']}"
                problem = Problem("", f"let through {excess.let_through} times", allowed)
                yield self._found(rate.rule, placed, problem).at(excess.level)

    def _speaking(self, operation: str) -> tuple[AnswerRule, ...]:
        found = self._by_operation.get(operation)
        if found is None:
            found = tuple(each for each in self._answers if not each.operations or operation in each.operations)
            self._by_operation[operation] = found
        return found

    def _meet(self, rule: Rule, operation: str, kept: bool) -> None:
        key = (rule.id, operation)
        self._met[key] = kept and self._met.get(key, True)

    def _found(self, rule: Rule, placed: Placed, problem: Problem) -> Finding:
        request = placed.exchange.request
        place = "status" if problem.where in ("", "status") else problem.where
        return Finding(
            rule.id,
            rule.level,
            f"{rule.says} ({place} is {problem.value})",
            place,
            rule.quoted(),
            f"{request.method} {request.path} -> {placed.status}",
            placed.operation,
            problem.allowed,
            value=problem.value,
            spot=placed.exchange.spot,
        )

    def verdicts(self) -> Iterator[Verdict]:
        """What has come of the rules that met something; the ones that need another source of data wait for it."""
        for (rule_id, operation), kept in self._met.items():
            yield Verdict(rule_id, self._rules[rule_id].level, operation, "ok" if kept else "violated")
        for mix in self._mixes:
            if mix.met:
                yield Verdict(mix.rule.id, mix.rule.level, "", "violated" if mix.told else "ok")
        for rule in self._probes:
            yield Verdict(rule.id, rule.level, "", "inconclusive", f"it needs {rule.options['probe']}")


def key_of(request: Request) -> str:
    """A name for the API key of a request, not the key itself; empty without one."""
    key = next((request.headers[name] for name in KEY_HEADERS if name in request.headers), "")
    return _hashed(key) if key else ""


@lru_cache(maxsize=1024)
def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
