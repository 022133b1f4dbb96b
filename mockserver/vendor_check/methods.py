"""The duty of methods: HEAD is answered as GET, and a method that a path lacks with an error."""

from collections.abc import Iterator
from typing import Final

from mockserver.vendor_check.answers import first_difference
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra

_OTHER_METHODS: Final = ("OPTIONS", "TRACE", "PATCH")


def methods_are_answered(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for HEAD of each GET, and for each path with methods that it lacks."""
    world = checked.world()
    ids = {kind.name: world.create(kind).id for kind in checked.era.kinds.values()}
    for operation in checked.era.operations:
        job_id = ids.get(operation.kind, "")
        if operation.method == "GET" and not operation.opens_websocket:
            head = world.send(world.request(operation, job_id, method="HEAD"))
            difference = first_difference(world.ask(operation, job_id).response, head.response)
            found = ""
            if difference:
                found = f"HEAD gets other headers or another body than GET: {difference}"
            yield DutyCase(f"HEAD, operation {operation.name}", found)
        for method in _OTHER_METHODS:
            if method not in world.context.router.allowed(operation.path):
                tried = world.send(world.request(operation, job_id, method=method))
                found = ""
                if tried.crash:
                    found = f"rendering the answer raised {tried.crash}"
                elif not tried.refused or tried.response.header("allow") is None:
                    found = f"the answer is {tried.response.status}, and no error with the header Allow"
                yield DutyCase(f"{method}, operation {operation.name}", found)
