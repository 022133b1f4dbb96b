"""All mutants, by vendor."""

from typing import Final

from tests.mutants.corpus import phaseo, reap, twelvelabs
from tests.mutants.corpus.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (*phaseo.MUTANTS, *reap.MUTANTS, *twelvelabs.MUTANTS)
BY_ID: Final = {mutant.id: mutant for mutant in MUTANTS}
VENDORS: Final = tuple(dict.fromkeys(mutant.vendor for mutant in MUTANTS))
