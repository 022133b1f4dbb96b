"""Every bundled scenario plays as it says, in process and over HTTP alike, and could have failed."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from mockserver.core.wire import Response
from mockserver.runner.play import Played, Verdict, decoded
from mockserver.runner.suite import START, over_http
from mockserver.core.clock import Clock
from mockserver.scenario.model import Expect, PlayStep, Scenario
from mockserver.scenario.shapes import Mapping as _  # noqa: F401
from tests.scenarios.bundled import FILES, SHARED, played, scenario, suite, trouble
from tests.serving import Fake, fake
