"""A request at the bare address goes to the vendor that has the call; `/v/NAME` names any vendor.

The pottery shares `POST /v1/videos` with Phaseo, and has a call of its own below the same first segment. The kiln takes
any two segments. Both are strangers: none of them has a contract.
"""

import pytest

from mockserver.errors import refuse
from mockserver.installed import InstalledVendors, installed_vendors
from mockserver.installed.sources import VendorSource
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import BodyPolicy, Operation, Role, Vendor
from tests.support import toy_vendor
from tests.support.fake_server import Refusal, fake_server
from tests.support.phaseo_requests import VIDEO

KEYS = {"Authorization": "Bearer key", "x-key": "key"}
SHARED = Operation("create", "pot", "POST", "/v1/videos", toy_vendor.create, role=Role.CREATE, body=BodyPolicy.JSON)
OWN = SHARED._replace(name="glaze", path="/v1/glazes")
POT = toy_vendor.ERA.operation("get")._replace(path="/pots/{pot_id}")
ANYTHING = SHARED._replace(path="/{owner}/{model}")


def make_vendor(name, *operations):
    era = toy_vendor.make_era(vendor=name, operations=operations)
    return Vendor(name, name.title(), (era,), lambda url, key: "", api="1")


POTTERY = make_vendor("pottery", SHARED, OWN, POT)
KILN = make_vendor("kiln", ANYTHING, POT)


def serve(*strangers, **settings):
    """Serve the project's vendors and some strangers at the bare address."""
    vendors = {**installed_vendors().served(), **{vendor.name: vendor for vendor in strangers}}
    eras = {name: vendor.eras[-1] for name, vendor in vendors.items()}
    return fake_server(judged=False, vendors=vendors, **{"eras": eras, **settings})


def vendor_of(answer):
    """Return the vendor that has created a job; None for a refusal."""
    if "id" not in answer.json:
        return None
    return "phaseo" if answer.json["id"].startswith("G-") else "stranger"


def create(server, path="/v1/videos", **headers):
    return server.request("POST", path, VIDEO, {**KEYS, **headers})


def test_a_call_of_two_vendors_is_answered_with_both_addresses():
    with serve(POTTERY) as server:
        tied = create(server, "/v1/videos?trace=1")
        assert tied.refusal == Refusal(300, "SRV026")
        assert tied.json["detail"] == "POST /v1/videos is a call of phaseo and pottery"
        assert tied.json["addresses"] == [
            {"vendor": "phaseo", "url": f"{server.url}/v/phaseo/v1/videos?trace=1"},
            {"vendor": "pottery", "url": f"{server.url}/v/pottery/v1/videos?trace=1"},
        ]
        assert [vendor_of(create(server, each["url"])) for each in tied.json["addresses"]] == ["phaseo", "stranger"]


def test_the_addresses_keep_the_session_of_a_prefix():
    with serve(POTTERY) as server:
        tied = create(server, "/s/t1/v1/videos")
        assert tied.json["addresses"][0]["url"] == f"{server.url}/s/t1/v/phaseo/v1/videos"


def test_urls_that_are_handed_out_keep_the_prefix_of_the_vendor():
    with serve(POTTERY) as server:
        for prefix in ("/v/pottery", "/s/t1/v/pottery"):
            made = create(server, f"{prefix}/v1/videos")
            assert made.json["url"] == f"{server.url}{prefix}/pots/{made.json['id']}"
            assert server.request("GET", made.json["url"], headers=KEYS).json["id"] == made.json["id"]
        assert create(server, "/v1/glazes").json["url"].startswith(f"{server.url}/pots/")


@pytest.mark.parametrize("named", ["phaseo", "pottery"])
def test_the_command_line_decides(named):
    with serve(POTTERY, named=frozenset({named})) as server:
        assert vendor_of(create(server)) == ("phaseo" if named == "phaseo" else "stranger")


def test_the_session_s_creation_decides_before_the_command_line():
    with serve(POTTERY, named=frozenset({"phaseo"})) as server:
        server.admin("sessions", {"name": "t1", "vendors": {"pottery": "2026-01-01"}})
        assert vendor_of(create(server, X_Mock_Session="t1")) == "phaseo", "an underscore is no header of a session"
        assert vendor_of(create(server, **{"X-Mock-Session": "t1"})) == "stranger"


def test_the_session_s_scenario_decides():
    known = [Scenario("fired", "pottery"), Scenario("filmed", "phaseo")]
    with serve(POTTERY, known=known, named=frozenset({"phaseo"})) as server:
        server.admin("sessions", {"name": "t1", "scenario": "fired"})
        assert vendor_of(create(server, "/s/t1/v1/videos")) == "stranger"
        assert vendor_of(create(server, **{"x-key": "scenario:fired", "Authorization": ""})) == "stranger"
        assert vendor_of(create(server, Authorization="Bearer scenario:filmed#t2")) == "phaseo"
        assert vendor_of(create(server, Authorization="Bearer scenario:unknown", **{"x-key": ""})) is None


def test_the_server_s_scenario_decides_before_there_is_a_session():
    with serve(POTTERY, scenarios=(Scenario("fired", "pottery"),)) as server:
        assert vendor_of(create(server)) == "stranger"
        assert vendor_of(create(server)) == "stranger"


def test_the_method_decides_as_well_as_the_path():
    with serve(POTTERY) as server:
        listed = server.request("GET", "/v1/videos", headers=KEYS)
        assert "data" in listed.json
        assert vendor_of(create(server, "/v1/glazes")) == "stranger"


def test_a_call_that_no_vendor_has_gets_the_refusal_of_the_nearest():
    with serve() as server:
        alone = [server.request(method, path, headers=KEYS) for method, path in UNKNOWN]
    with serve(POTTERY, KILN) as server:
        shared = [server.request(method, path, headers=KEYS) for method, path in UNKNOWN]
    for before, after in zip(alone, shared, strict=True):
        assert after.status == before.status
        assert after.body == before.body


UNKNOWN = [("GET", "/v1/videoz"), ("DELETE", "/v1/videos"), ("OPTIONS", "/v1/videos/G-1"), ("GET", "/v1/videos/a/b/c")]


def test_a_literal_path_wins_over_a_template_of_another_vendor():
    with serve(KILN) as server:
        assert vendor_of(create(server)) == "phaseo"
        assert vendor_of(create(server, "/acme/clay")) == "stranger"
        assert server.request("GET", "/v1/videos", headers=KEYS).status == 200
        assert server.request("GET", "/acme", headers=KEYS).refusal == Refusal(404, "SRV002")


# A vendor that waits until it is named


class Waiting:
    """The project's vendors, the pottery as a bundled pack, and a vendor that cannot be loaded."""

    def __init__(self):
        self.loads = 0
        ours = installed_vendors().served().values()
        sources = [VendorSource(each.name, "here", lambda each=each: each) for each in ours]
        waiting = VendorSource("pottery", "vendors/pottery.yaml", self.load, is_default=False)
        broken = VendorSource("broken", "vendors/broken.yaml", self.fail, is_default=False)
        self.vendors = InstalledVendors([*sources, waiting, broken])

    def load(self):
        self.loads += 1
        return POTTERY

    def fail(self):
        raise refuse("PAK001", "no such key")

    def serve(self, **settings):
        eras = {name: vendor.eras[-1] for name, vendor in self.vendors.served().items()}
        return fake_server(judged=False, **{"vendors": self.vendors, "eras": eras, **settings})


@pytest.fixture
def waiting():
    return Waiting()


def test_a_pack_is_loaded_when_its_prefix_is_used_first(waiting):
    with waiting.serve() as server:
        assert vendor_of(create(server)) == "phaseo"
        assert set(server.admin("version")["vendors"]) == {"phaseo", "reap", "twelvelabs"}
        assert waiting.loads == 0
        assert vendor_of(create(server, "/v/pottery/v1/videos")) == "stranger"
        assert vendor_of(create(server, "/v/pottery/v1/videos")) == "stranger"
        assert waiting.loads == 1
        assert server.admin("sessions")["sessions"][0]["vendors"]["pottery"] == "2026-01-01"
        assert vendor_of(create(server)) == "phaseo", "using it does not put it at the bare address"


def test_a_scenario_of_a_pack_puts_it_at_the_bare_address_of_its_session(waiting):
    known = [Scenario("fired", "pottery")]
    with waiting.serve(known=known) as server:
        assert vendor_of(create(server, **{"x-key": "scenario:fired", "Authorization": ""})) is None, "Phaseo's key"
        keyed = {"x-key": "scenario:fired#t1", "Authorization": "Bearer scenario:fired#t1"}
        assert vendor_of(create(server, **keyed)) == "stranger"
        assert vendor_of(create(server, "/v1/glazes", **keyed)) == "stranger"
        server.admin("sessions", {"name": "t2", "scenario": "fired"})
        assert vendor_of(create(server, "/s/t2/v1/videos")) == "stranger"
        assert vendor_of(create(server)) == "phaseo"


def test_a_vendor_that_cannot_be_loaded_is_an_error_of_its_own_address(waiting):
    with waiting.serve() as server:
        broken = create(server, "/v/broken/v1/videos")
        assert broken.refusal == Refusal(500, "VEN004")
        assert (
            broken.json["detail"] == "the vendor 'broken' cannot be loaded from vendors/broken.yaml: it has 1 problem"
        )
        assert broken.json["problems"][1]["message"] == "no such key"
        assert vendor_of(create(server)) == "phaseo"
        refused = server.request("POST", "/__mock/jobs", {"vendor": "broken"})
        assert refused.refusal == Refusal(500, "VEN004")


def test_a_refusal_names_the_pack_that_has_the_call(waiting):
    hint = "runway (a bundled pack) has this call: use /v/runway{0} or serve --vendor runway"
    settings = {"packs_with_call": lambda method, path: ["runway", "reap"] if path.endswith("/mine") else []}
    with waiting.serve(**settings) as server:
        for method in ("GET", "POST"):
            ours = server.request(method, "/mine", headers=KEYS)
            assert ours.refusal == Refusal(404, "SRV002")
            assert ours.json["hint"].endswith("; " + hint.format("/mine"))
            phaseo = server.request(method, "/v1/mine", headers=KEYS)
            assert phaseo.status == 404
            assert hint.format("/v1/mine") in phaseo.headers.get_all("X-Mock-Hint")
        assert "bundled pack" not in str(server.request("GET", "/other", headers=KEYS).json)
