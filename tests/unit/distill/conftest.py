"""No test of this folder adds or changes a contract."""

from tests.support.resting_contracts import resting_contracts

__all__ = ["resting_contracts"]
