"""The rule for the jobs of a vendor that has no contract, whose states come from the vendor's own tables."""

from dataclasses import replace
from typing import Final

from mockserver.contract.documents.derived import DERIVED_FROM
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.kinds import StateRuleKind

DERIVED_RULE: Final = ContractRule(
    id="D1",
    level="error",
    kind=StateRuleKind.ABSORBS.value,
    statement="a job that has ended does not move again",
    source=DERIVED_FROM,
    example="a completed job is running again",
    method="Derived from the lifecycle.",
    resource_kind=None,
    eras=(),
    options={},
    location=DERIVED_FROM,
)
"""It holds for each kind of job that has states; its id belongs to no rules file."""


def terminal_rule(kind: str) -> ContractRule:
    """Return the rule for the jobs of a kind."""
    return replace(DERIVED_RULE, statement=f"a {kind} that has ended does not move again", resource_kind=kind)
