"""The items that a batch's spec remembers: each item's part of the create request."""

from collections.abc import Mapping
from typing import Any


def items_of_spec(spec: Mapping[str, Any], count: int) -> list[Any]:
    """Return each item's part of the request; of a batch whose file is not known, the made-up ones."""
    items: list[Any] = list(spec.get("items", ()))
    example = spec.get("item_example")
    if items or example is None:
        return items
    return [
        {**example, **({"custom_id": f"{example['custom_id']}-{number}"} if "custom_id" in example else {})}
        for number in range(1, count + 1)
    ]
