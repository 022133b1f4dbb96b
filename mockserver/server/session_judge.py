"""What a server needs of a judge of its answers; `runner.judge.judges` has one."""

from typing import TYPE_CHECKING, Protocol

from mockserver.core.wire import Exchange

if TYPE_CHECKING:
    from mockserver.contract.judgement import VendorFindings


class SessionJudge(Protocol):
    """Judges every answer of a server; an `engine.setup.AnswerChecker` that can be asked for its findings."""

    def __call__(self, epoch_name: str, pin: str, exchange: Exchange) -> tuple[str, ...]:
        """Return the ids of the rules that this answer of a session, `NAME@EPOCH`, breaks, the worst first."""
        ...

    def findings_of(self, epoch_name: str) -> "list[VendorFindings]":
        """Return what was found in a session so far, by vendor; a finding's `spot.line` is an entry of its journal."""
        ...
