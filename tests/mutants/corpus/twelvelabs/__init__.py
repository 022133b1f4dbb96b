"""TwelveLabs: the bugs that an API of batches and tasks could have."""

from typing import Final

from tests.mutants.corpus.twelvelabs.across_answers import COURSES
from tests.mutants.corpus.twelvelabs.single_answer import ANSWERS, BODIES

KINDS: Final = (*BODIES, *ANSWERS, *COURSES)
