"""All kinds, by vendor."""

from typing import Final

from tests.mutants.corpus import phaseo, reap, twelvelabs
from tests.mutants.corpus.mutant import Kind

KINDS: Final[tuple[Kind, ...]] = (*phaseo.KINDS, *reap.KINDS, *twelvelabs.KINDS)
BY_ID: Final = {kind.id: kind for kind in KINDS}
VENDORS: Final = tuple(dict.fromkeys(kind.vendor for kind in KINDS))
