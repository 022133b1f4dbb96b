"""Messages of the command: what was found, what is allowed, how to fix it."""

import gzip

import pytest

RECEIVER = "http://127.0.0.1:{port}/"
MESSAGES = [
    (["serve", "--port", "abc"], "'abc' is not a whole number from 0 to 65,535."),
    (["serve", "--port", "70000"], "'70000' is not a whole number from 0 to 65,535."),
    (["listen", "--count", "-1"], "'-1' is not a whole number from 0 on."),
    (["serve", "--webhook", "foo"], "--webhook: 'foo' is not a URL that webhooks can be sent to"),
    (
        ["serve", "cancel-then-poll", "cancel-disabled-before-lookup"],
        "CLI002 cancel-then-poll and cancel-disabled-before-lookup are both for phaseo\n    Leave one out",
    ),
    (
        ["show", "cancel-then-poll", "--sources"],
        "CLI003 'cancel-then-poll' is a scenario, and only a vendor has",
    ),
    (["show", "SCN012", "--sources"], "CLI003 there is no vendor 'SCN012', and only a vendor has a list"),
    (["show", "raep", "--sources"], "CLI003 there is no vendor 'raep' (did you mean 'reap'?), and only"),
    (["fuzz", "--base-url", "foo"], "RUN001 'foo' is not a base URL\n    Write it like"),
    (["check", "--base-url", "foo", "--api-key-env", "VIDEO_KEY"], "RUN001 'foo' is not a base URL"),
    (["test", "--base-url", "http://h:99999"], "RUN001 'http://h:99999' is not a base URL"),
    (["check", "none.har", "--budget", "3"], "--budget needs --base-url: recordings are only read."),
    (["check", "none.har", "--patience", "3s"], "--patience needs --base-url"),
    (["check", "none.har", "--allow-writes"], "--allow-writes needs --base-url"),
    (["fuzz", "--vendor", "reap", "--allow-writes"], "--allow-writes needs --base-url"),
    (
        ["serve", "--webhook-secret", "s"],
        "--webhook-secret needs --webhook: a scenario gives its endpoint's own secret.",
    ),
    (
        ["serve", "--vendor", "phaseo@2026-05-06", "--vendor", "phaseo@2026-06-11"],
        "--vendor phaseo@2026-05-06 and --vendor phaseo@2026-06-11 contradict each other.",
    ),
    (["test", "--orders", "3"], "--orders needs --explore."),
    (["test", "--patience", "3s"], "--patience needs --base-url: only a live API makes a play wait."),
    (["listen", "--host", "192.0.2.1"], "SRV005 cannot listen on 192.0.2.1:4811: Cannot assign requested address\n"),
    (["check", "empty.har"], "empty.har: REC002 this is not a recording; it looks like an empty file\n"),
    (["check", "none.har"], "none.har: the recording has no calls; was it saved before the requests were made"),
    (["check", "cut.gz"], "REC008 the gzip file is cut off\n"),
    (["diff", "empty.yaml", "phaseo"], "CLI015 the file empty.yaml is empty\n    Name an era"),
    (["diff", "phaseo", "empty.yaml"], "CLI015 the file empty.yaml is empty\n"),
    (
        ["distill", "folder"],
        "REC001 the file cannot be opened or read: Is a directory\n    It is a folder: give one file.",
    ),
    (
        ["replay", "folder"],
        "REC001 the file cannot be opened or read: Is a directory\n    It is a folder: give one file.",
    ),
    (["diff", "phaseo", "folder"], "CLI015 folder is a folder\n"),
    (["diff", "folder", "phaseo"], "CLI015 folder is a folder\n"),
    (["fuzz", "--max-time", "0s"], "CLI006 --max-time: in '0s' nothing can be done\n    Write it like"),
    (["trial", "--deadline", "0s", "--", "true"], "CLI006 --deadline: in '0s' nothing"),
    (["trial", "--budget", "0ms", "--", "true"], "CLI006 --budget: in '0ms' nothing"),
    (
        ["trial", "--", "echo", "{base_ur}"],
        "TRI004 the command has an unknown placeholder {base_ur} (did you mean",
    ),
    (["trial", "--only", "cancel-then-poll", "--list"], "TRI003 the scenario 'cancel-then-poll' catches no mistake"),
    (
        ["trial", "--receiver", RECEIVER, "--vendor", "anthropic", "--list"],
        "TRI001 no scenario about webhooks",
    ),
    (
        ["trial", "--receiver", "http://127.0.0.1:{prt}/", "--list"],
        "' has another placeholder than {port}",
    ),
    (
        ["trial", "--receiver", RECEIVER, "--", "a", "{reciever}"],
        "Placeholders: {base_url}, {key}, {scenario}, {receiver}, ",
    ),
    (
        ["store", "inof", "x.db"],
        "'inof' is not a verb of `mockserver store` (did you mean 'info'?): info, ",
    ),
    (
        ["store", "info", "redis://h/0"],
        "redis: is no file, and `mockserver store` works on that of sqlite:PATH",
    ),
    (["store", "info", "sqlite:x.db"], "there is no store x.db\n"),
    (["vendor", "chek", "reap"], "'chek' is not a verb of `mockserver vendor` (did you mean 'check'?): check."),
    (["pack", "list"], "'list' is not a verb of `mockserver pack` (did you mean 'lint'?): lint, show, init, schema."),
    (["pack", "lint"], "0 packs in ./vendors, 0 problems"),
    (
        ["pack", "lint", "empty.yaml"],
        "`vendor: NAME`, a pack with `pack: 1`.",
    ),
    (["pack", "lint", "mine.yaml"], "mine.yaml:2:1: SCN022 found a scenario, expected a pack\n"),
    (["lint", "mine-pack.yaml"], "mine-pack.yaml:1:1: SCN022 found a pack, expected a scenario\n    pack: 1\n"),
    (["pack", "show", "fla"], "there is no file or pack 'fla' (did you mean 'fal'?): "),
    (["pack", "show", "none.yaml"], "none.yaml: SCN001 the file cannot be read"),
    (
        ["pack", "init", "https://h/openapi.json"],
        "    Only files are read: download the document first.",
    ),
    (["pack", "init", "jobless.yaml"], "jobless.yaml: PDR001 none of the 0 calls"),
]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Write the files that the arguments name."""
    monkeypatch.setenv("VIDEO_KEY", "sk-test-1234567890")
    (tmp_path / "empty.har").touch()
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "none.har").write_text('{"log": {"version": "1.2", "entries": []}}')
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine.yaml").write_text("# a scenario\nscenario: mine\nvendor: reap\n")
    (tmp_path / "mine-pack.yaml").write_text("pack: 1\nvendor: mine\n")
    (tmp_path / "jobless.yaml").write_text("openapi: 3.1.0\npaths: {}\n")


@pytest.mark.parametrize(("words", "message"), MESSAGES)
def test_a_message_says_what_was_found_and_how_to_fix_it(words, message, mockserver):
    result = mockserver(*words)
    assert result.code in (2, 3)
    assert message in result.err + result.out


def test_the_name_of_a_bundled_pack_shows_it(mockserver):
    assert mockserver("pack", "show", "fal").out.startswith("fal queue: eras 2026-08-21\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "CLI010 body.json is empty\n    It must be a JSON object"),
        ('{"a": 1,\n "b": }', 'body.json:2:7: CLI010 the file is not JSON from here on\n     "b": }\n          ^\n'),
        ("{\n", "body.json:2:1: CLI010 the file is not JSON from here on\n    It must"),
        ("[]", "CLI010 body.json is not a JSON object"),
        ("[" * 100_000, "CLI010 body.json is nested too deeply"),
    ],
)
def test_a_bad_body_of_a_create_is_named_with_its_place(text, message, mockserver, tmp_path):
    (tmp_path / "body.json").write_text(text)
    target = ["--base-url", "http://127.0.0.1:1", "--api-key-env", "VIDEO_KEY", "--vendor", "reap"]
    result = mockserver("check", *target, "--allow-writes", "--create", "body.json")
    assert result.code == 2
    assert message in result.err
