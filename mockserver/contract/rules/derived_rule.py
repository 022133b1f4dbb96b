"""The rule for the jobs of a vendor that has no contract, whose states come from the vendor's own tables."""

from typing import Final

from mockserver.contract.rules.kinds import StateRuleKind
from mockserver.contract.rules.rule_set import ContractRule

DERIVED_FROM: Final = "the vendor's own tables"
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
