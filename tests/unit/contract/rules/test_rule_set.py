"""Rules files: what is read of them, and what is refused with its place."""

import pytest

from mockserver.contract.documents.capture import captured_eras
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.findings import EXCHANGE_RULES
from mockserver.contract.rules.conditions import compile_conditions
from mockserver.contract.rules.kinds import RULE_KINDS
from mockserver.contract.rules.resources import SHOWN, state_indices
from mockserver.contract.rules.rule_set import RuleSet, all_rules, load_common_rules, load_rule_set
from mockserver.documentation import rule_address
from mockserver.errors import MockError
from tests.support.toy_contract import RESOURCES, book, contracts, rule

ALL = [(vendor, era) for vendor in captured_vendors() for era in captured_eras(vendor)]


@pytest.mark.parametrize(("vendor", "era"), ALL)
def test_every_era_of_every_vendor_has_rules_of_its_own_first(vendor, era):
    read = load_rule_set(vendor, era)
    assert read is load_rule_set(vendor, era)
    own = [each for each in read.rules if each.location.startswith(f"contracts/{vendor}/rules.yaml:")]
    assert own == list(read.rules[: len(own)])
    assert read.hosts
    assert read.resources


def test_every_rule_has_an_id_of_its_own_and_says_what_it_must():
    rules = [each for _, each in all_rules()]
    assert len({each.id for each in rules}) == len(rules)
    for each in rules:
        assert each.statement[0].islower(), each.id
        assert not each.statement.endswith("."), each.id
        assert each.source
        assert each.example
        assert each.method
        assert each.citation() == f"{rule_address(each.id)} ({each.source})"


def test_the_line_of_a_rule_is_where_it_begins():
    from mockserver.data import data_folder

    for _, each in all_rules():
        name, _, line = each.location.removeprefix("contracts/").rpartition(":")
        text = (data_folder("contracts") / name).read_text().splitlines()[int(line) - 1]
        assert f"id: {each.id}" in text


def test_the_judge_of_single_answers_has_its_rules_in_the_book():
    common = {each.id: each.statement for vendor, each in all_rules() if not vendor}
    for rule_id in EXCHANGE_RULES:
        assert rule_id in common


def test_the_catalogue_is_whole():
    ids = {each.id for _, each in all_rules()}
    wanted = [f"P{n}" for n in range(1, 25)] + [f"T{n}" for n in range(1, 21)] + [f"R{n}" for n in range(1, 16)]
    wanted += [f"L{n}" for n in range(1, 15)] + [f"S{n}" for n in range(1, 13)] + [f"C{n}" for n in range(1, 6)]
    assert not set(wanted) - ids


def test_a_kind_of_rule_explains_itself():
    assert all(kind.method.endswith(".") for kind in RULE_KINDS.values())


def test_a_book_has_its_rules_by_kind(tmp_path):
    read = book(tmp_path, rule("A1", "constant", "fields: [/id]"), common=rule("L1", "follows", on=""))
    assert [each.id for each in read.of_kinds("constant", "follows")] == ["A1", "L1"]
    assert read.rules[0].location == "contracts/toy/rules.yaml:29"


def test_a_vendor_without_rules_has_the_common_ones(tmp_path):
    root = contracts(tmp_path, common=rule("L1", "follows", on=""))
    (root / "toy" / "rules.yaml").unlink()
    (root / "rules.yaml").rename(root / "toy" / "rules.yaml")
    assert [each.id for each in load_rule_set("toy", root=root).rules] == ["L1"]


def test_rules_that_describe_no_job_say_that_none_is_judged(tmp_path):
    root = contracts(tmp_path, common=rule("L1", "follows", on=""))
    assert load_rule_set("toy", root=root).missing_jobs() is None
    reason = "jobs of toy are not judged: its contract has no rules.yaml that describes `resources`"
    assert RuleSet("toy", "2026-01-01", (), {}, ()).missing_jobs() == reason


def test_the_rules_for_all_vendors_are_known_without_a_vendor(tmp_path):
    root = contracts(tmp_path, common=rule("L1", "follows", on=""))
    assert [each.id for each in load_common_rules(root)] == ["L1"]


def test_a_rule_holds_in_its_eras_only(tmp_path):
    root = contracts(tmp_path, rule("A1", "constant", "fields: []", "eras: [2026-02-02]"))
    (root / "toy" / "captures" / "2026-02-02.yaml").write_text("paths: {}")
    assert not load_rule_set("toy", "2026-01-01", root).rules
    assert [each.id for each in load_rule_set("toy", "2026-02-02", root).rules] == ["A1"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 1\n", "a rule must be a mapping"),
        ("- id: A1\n  level: E\n", "these keys must be texts: kind, says, source, example"),
        (rule("A1", "constant", "fields: []", level="X"), "the level must be E, W or I"),
        (rule("A1", "constent", "fields: []"), "did you mean 'constant'?"),
        (rule("A1", "constant", "fields: []", "eras: [2026-02-02]"), "there is no era '2026-02-02'"),
        (rule("A1", "sum", "parts: []"), "needs total"),
        (rule("A1", "sum", "parts: []", "total: /x", "given: 1"), "a rule of the kind sum has no option given"),
        (rule("A1", "implies", "then: {field: /x}"), "a condition on /x needs one of in, out"),
        (rule("A1", "offset", "later: /a", "earlier: /b", "by: never", "within: 1s"), "by is not a duration: 'never'"),
        (rule("A1", "constant", "fields: []", on="jop"), "there is no such kind of job"),
    ],
)
def test_what_is_no_rule_is_refused(tmp_path, text, says):
    with pytest.raises(MockError) as refused:
        book(tmp_path, text)
    assert says in str(refused.value)
    assert {problem.code for problem in refused.value.problems} == {"CON008"}


def test_all_mistakes_are_reported_at_once(tmp_path):
    with pytest.raises(MockError) as refused:
        book(tmp_path, "- 1\n- 2\n")
    assert [problem.location.pointer for problem in refused.value.problems] == ["/rules/0", "/rules/1"]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("rules.yaml", "[]", "a rules file must be a mapping"),
        ("rules.yaml", "rules: 1", "its `rules` must be a list"),
        ("rules.yaml", "hosts: [a.example]", "a rules file has no key 'hosts'; its keys are rules"),
        ("toy/rules.yaml", "hosts: a.example", "its `hosts` must be a list"),
        ("toy/rules.yaml", "host: [a.example]", "a rules file has no key 'host' (did you mean 'hosts'?)"),
        ("toy/rules.yaml", "resource: {}", "no key 'resource' (did you mean 'resources'?); its keys are vendor, hosts"),
        ("toy/rules.yaml", "vendor: tyo", "its `vendor` is 'tyo', and its folder is 'toy': write 'toy', or omit it"),
    ],
)
def test_a_file_that_is_no_rule_book_is_refused(tmp_path, file, text, says):
    root = contracts(tmp_path)
    (root / file).write_text(text)
    with pytest.raises(MockError) as refused:
        load_rule_set("toy", root=root)
    assert says in str(refused.value)
    assert {problem.code for problem in refused.value.problems} == {"CON008"}


def test_a_capture_whose_name_is_no_date_is_refused(tmp_path):
    root = contracts(tmp_path)
    (root / "toy" / "captures" / "newest.yaml").write_text("paths: {}")
    with pytest.raises(MockError, match="CON008 the name of a capture must be a date, not 'newest'"):
        load_rule_set("toy", root=root)


def test_a_kind_of_job_is_read(tmp_path):
    job = book(tmp_path).resources["job"]
    assert job.states.names == ("waiting", "working", "done", "stopped", "absent", "deleted")
    assert job.states.names_of(job.states.terminal) == ("done", "stopped")
    assert job.states.names_of(job.states.parse("live")) == ("waiting", "working")
    assert job.states.names_of(job.states.absent) == ("absent", "deleted")
    assert job.states.names_of(job.states.parse(["live", "deleted"])) == ("waiting", "working", "deleted")
    assert job.states.parse("any") == job.states.all
    assert [job.states.names_of(moves) for moves in job.moves[:2]] == [("working",), ("done",)]
    assert list(state_indices(0b1010)) == [1, 3]
    stop = job.bindings["stop"]
    assert stop.id_place == "body"
    assert stop.id_name == "/job"
    assert stop.id_path == ("job",)
    assert stop.changes_job
    assert not job.bindings["read"].changes_job
    assert stop.clauses_by_status[200][1].target == SHOWN
    assert job.bindings["make"].states_by_word["busy"] == job.states.parse("working")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("terminal: [done, stopped]", "terminal: [dome]", "no state 'dome' (did you mean 'done'?)"),
        ("id: path id, shows", "id: nowhere id, shows", "read: an id cannot stand in 'nowhere'"),
        ("id: path id, shows", "ids: 1, id: path id, shows", "read has no key 'ids' (did you mean 'id'?)"),
        ("moves: {", "movs: {", "the kind of job 'job': it has no key 'movs' (did you mean 'moves'?); its keys are"),
        ("    created:", "    staus: /state\n    created:", "it has no key 'staus' (did you mean 'status'?)"),
        ("{from: [done, stopped]}", "{form: [done, stopped]}", "a clause has no key 'form' (did you mean 'from'?)"),
        ("    states: [waiting, working, done, stopped]\n", "", "the kind of job 'job': 'states' is missing"),
        (RESOURCES, "resources: 1", "`resources` must be a mapping of kinds of job"),
    ],
)
def test_what_is_no_kind_of_job_is_refused(tmp_path, old, new, says):
    assert old in RESOURCES
    with pytest.raises(MockError) as refused:
        book(tmp_path, resources=RESOURCES.replace(old, new))
    assert says in str(refused.value)


def test_a_clause_holds_in_its_eras_only(tmp_path):
    other = RESOURCES.replace("{from: [done, stopped]}", "{from: [done, stopped], eras: [2026-02-02]}")
    assert 409 not in book(tmp_path, resources=other).resources["job"].bindings["stop"].clauses_by_status


def test_the_conditions_of_the_bundled_rules_are_in_the_language():
    for _, each in all_rules():
        for key in ("when", "then", "unless"):
            assert compile_conditions(each.options.get(key, [])) is not None
