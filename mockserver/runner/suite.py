"""Play scenarios, each on a target and with a judge of its own."""

from collections.abc import Mapping
from contextlib import closing

from mockserver.runner.judge.judges import PlayJudge
from mockserver.runner.play.player import Player
from mockserver.runner.play.results import PlayResult
from mockserver.runner.targets.factories import TargetFactory
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.http import USUAL_KEY


class Suite:
    """Plays scenarios one after the other."""

    def __init__(self, vendors: Mapping[str, Vendor], make_target: TargetFactory, key: str = USUAL_KEY) -> None:
        self._vendors = vendors
        self._make_target = make_target
        self._api_key = key
        """The API key of every request that names no other."""

    def era(self, scenario: Scenario) -> Era:
        """Return the era that a scenario is played in."""
        era = self._vendors[scenario.vendor].era(scenario.date)
        assert era is not None  # noqa: S101 -- a scenario with an unknown era does not load
        return era

    def play(self, scenario: Scenario) -> PlayResult:
        """Play one scenario. Raises `Unreachable`, or `MockError` (RUN002, RUN005) from a mock server."""
        era = self.era(scenario)
        with closing(self._make_target(scenario, era)) as target:
            # Only the vendor's own work and this play can change the jobs, unless the play moves them itself.
            moves_jobs = any(step.move for step in scenario.play)
            judge = PlayJudge(era, alone=target.is_mock and not moves_jobs)
            return Player(scenario, era, target, judge, self._api_key).play()


def strip_vendor_prefix(base_url: str, vendors: Mapping[str, Vendor]) -> str:
    """Return the URL that vendor paths are appended to: an SDK's base URL ends with a vendor prefix, which is cut."""
    plain = base_url.rstrip("/")
    prefixes = {era.prefix for vendor in vendors.values() for era in vendor.eras if plain.endswith(era.prefix)}
    return plain.removesuffix(max(prefixes, key=len, default=""))
