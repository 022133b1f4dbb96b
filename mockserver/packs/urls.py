"""The addresses of operations about a job: `$url.OPERATION`."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from mockserver.packs.facts import Facts, Render

_PARAMETER: Final = re.compile(r"\{([^}]*)\}")


class JobIdPlace(NamedTuple):
    """Where a call names its job."""

    where: str
    """`path`, `query` or `body`."""
    name: str


NO_PLACE: Final = JobIdPlace("none", "")
"""Of a call that is about no job."""


def path_parameters(path: str) -> list[str]:
    """Return the names of a path template's parameters, in order."""
    return _PARAMETER.findall(path)


def compile_url(path: str, place: JobIdPlace, examples: Mapping[str, str]) -> Render:
    """Compile the address of an operation.

    Parameters besides the job's id have the values that the create of the job had, else those of the `examples`.
    """
    prefix, *rest = _PARAMETER.split(path)
    if place.where == "path" and rest and rest[0] == place.name and len(rest) == 2:
        suffix = rest[1]
        return lambda facts: f"{facts.base_url}{prefix}{facts.now.job.id}{suffix}"
    names = rest[::2]
    literals = rest[1::2]

    def url(facts: Facts) -> str:
        """Return the address of the operation about the job of the facts."""
        known = facts.now.job.spec.get("path", {})
        text = facts.base_url + prefix
        for name, literal in zip(names, literals, strict=True):
            is_id = place == ("path", name)
            value = facts.now.job.id if is_id else known.get(name, examples.get(name, name))
            text += quote(value, safe="") + literal
        if place.where == "query":
            text += f"?{place.name}={facts.now.job.id}"
        return text

    return url
