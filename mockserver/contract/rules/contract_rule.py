"""One rule of a contract, from a rules file or derived from a vendor's tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.contract.findings import Level
from mockserver.documentation import rule_address


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ContractRule:
    """One rule of a rules file."""

    id: str
    level: Level
    kind: str
    """A key of `RULE_KINDS`."""
    statement: str
    """What must hold, in a sentence without capital and full stop."""
    source: str
    """The vendor's page, or our inference, in our words."""
    example: str
    """A short violation."""
    method: str
    """The way in which it is judged."""
    resource_kind: str | None
    """The kind of job it is about; None for a rule about single exchanges or the run, or about every kind of job."""
    eras: tuple[str, ...]
    """The eras it holds in; empty for all."""
    options: Mapping[str, Any]
    """The options of its kind."""
    location: str
    """`contracts/twelvelabs/rules.yaml:41`."""
    is_documented: bool = True
    """True for a bundled rule, which the documentation of this project has."""

    @property
    def address(self) -> str:
        """The place to read the rule at: its address in the documentation, or the place of a rule of one's own."""
        return rule_address(self.id) if self.is_documented else self.location

    def citation(self) -> str:
        """Return the `source` of a finding: where the rule is documented, and the page that says so."""
        return f"{self.address} ({self.source})"


def option_texts(written: Any) -> Iterator[str]:
    """Yield every text in a rule's options, among the keys too."""
    if isinstance(written, str):
        yield written
    elif isinstance(written, Iterable):
        for inner in written.items() if isinstance(written, Mapping) else written:
            yield from option_texts(inner)
