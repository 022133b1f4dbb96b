"""The fields that rules read, and which of them a body has changed."""

import pytest

from mockserver.contract.rules.field_changes import EVERYTHING, UNKNOWN, FieldChanges
from tests.support.contract_rules import toy_rule
