"""The start of a command that runs pytest within a test, as a user of the plugin would.

The plugins of this project's own tests are left out: they take longer to import than such a run takes.
"""

import sys
from typing import Final

WITHOUT_OWN_PLUGINS: Final = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
PYTEST: Final = (sys.executable, "-m", "pytest", *WITHOUT_OWN_PLUGINS)
