"""The facade, and the tables of every era."""

import pytest

from mockserver.core.job import StateSpan
from mockserver.core.wire import Request, Response
from mockserver.installed import installed_vendors
from mockserver.vendors import api
from tests.support.toy_vendor import make_era

ERAS = [era for vendor in installed_vendors().served().values() for era in vendor.eras]


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_what_an_operation_is_agrees_with_how_it_is_called(era):
    roles_of_one_job = {api.Role.READ, api.Role.CANCEL, api.Role.DELETE, api.Role.RESULTS}
    for operation in era.operations:
        if operation.about_one_job:
            assert operation.role in roles_of_one_job | {api.Role.OTHER}
        else:
            assert operation.role not in roles_of_one_job
        assert operation.creates is (operation.method == "POST" and not operation.about_one_job)
        if operation.polls:
            assert operation.role is api.Role.READ
        assert operation.reads_only is (operation.method == "GET")


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_every_kind_of_job_can_be_created_and_all_but_an_upload_read(era):
    for name in era.kinds:
        assert era.operation_of(name, api.Role.CREATE) is not None
        assert (era.operation_of(name, api.Role.READ) is None) is (name == "upload")


def test_operations_are_found_by_what_they_are():
    pottery = make_era()
    assert [each.name for each in pottery.operations_of("pot", api.Role.CANCEL, api.Role.DELETE)] == ["break", "cancel"]
    assert pottery.operation_of("pot", api.Role.RESULTS) is None
    assert pottery.operation_of("lid", api.Role.CREATE) is None


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_only_reaps_projects_turn_within_a_state(era):
    """Course by course: an explanation asks at these instants, too."""
    for name, kind in era.kinds.items():
        timeline = tuple(StateSpan(step, 0, None, "time") for step in kind.timeline)
        assert bool(tuple(kind.turning_points(timeline))) is ((era.vendor, name) == ("reap", "project"))


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_every_rule_of_a_bundled_era_has_a_source(era):
    rules = list(era.all_rules())
    assert [rule for rule in rules if rule.source is None] == []
    assert {rule.source.confidence for rule in rules} == {api.DOCUMENTED, api.INFERRED}
    assert all(rule.text and rule.source.page and rule.source.date for rule in rules)
    sentences = [rule.source.sentence for rule in rules]
    assert [sentence for sentence in sentences if not sentence.endswith((".", "`."))] == []


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.pin)
def test_every_row_of_a_cancel_table_is_a_rule(era):
    subjects = {rule.subject for rule in era.all_rules() if rule.topic == "cancel"}
    rows = {f"{kind.name}, {state}" for kind in era.kinds.values() for state in kind.cancel_table}
    assert rows <= subjects
    assert subjects, "an era without a cancel has a rule that says so"


def test_the_facade_exports_what_it_imports_and_the_earlier_names():
    assert [name for name in api.__all__ if not hasattr(api, name)] == []
    earlier = {
        "Append": api.AppendInput,
        "Body": api.BodyPolicy,
        "Change": api.StoreChange,
        "Create": api.CreateJob,
        "Handler": api.OperationHandler,
        "Kind": api.JobKind,
        "Plans": api.JobFactory,
        "Repeat": api.AlreadyCancelled,
        "Spend": api.ConsumeLimit,
        "Trouble": api.RequestError,
        "Verdict": api.CancelDecision,
        "View": api.StoreView,
        "steps": api.build_timeline,
    }
    assert {name: getattr(api, name) for name in earlier} == earlier
    assert set(earlier) <= set(api.__all__)


def test_a_call_renders_the_eras_errors():
    era = make_era(render_request_error=lambda call, error, detail: Response(418, (), f"{error}: {detail}".encode()))
    call = api.Call(Request("GET", "/"), 0, era, api.Script(), None, None, "", "", "")
    assert call.render_request_error(api.RequestError.NO_KEY) == Response(418, (), b"no key: ")


def test_the_environment_points_the_vendors_clients_at_a_server():
    """A base URL has the prefix of the newest era, behind that of a session."""
    variables = (api.SdkVariable("TOY_KEY", "key", "toy 1.0"), api.SdkVariable("TOY_URL", "url", "toy 1.0"))
    vendor = api.Vendor("toy", "Toy", (make_era(prefix="/v9"),), lambda url, key: "", variables)
    assert vendor.environment("http://127.0.0.1:1/s/t", "k") == {"TOY_KEY": "k", "TOY_URL": "http://127.0.0.1:1/s/t/v9"}


@pytest.mark.parametrize(("name", "vendor"), installed_vendors().served().items())
def test_every_bundled_vendor_has_a_variable_for_key_and_url_and_says_who_reads_it(name, vendor):
    assert {variable.holds for variable in vendor.sdk_variables} == {"key", "url"}
    assert all(variable.read_by for variable in vendor.sdk_variables)
    assert all(variable.name.replace("_", "").startswith(name.upper()) for variable in vendor.sdk_variables)


@pytest.mark.parametrize(("vendor", "sends"), [("phaseo", True), ("reap", True), ("anthropic", False)])
def test_an_era_says_whether_it_sends_webhooks(vendor, sends):
    assert installed_vendors()[vendor].eras[-1].sends_webhooks is sends
