"""What may be shown of a finding: no secret, wherever it is quoted."""

from dataclasses import fields, replace

import pytest

from mockserver.contract.findings import AnswerPlace, Finding
from mockserver.contract.judgement import JudgementCounts
from mockserver.core.wire import Request, SourcePosition
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_report import redact_finding, redact_judgement
from tests.support.recorded_traffic import make_judgement

SECRET = "correct-horse-battery-9"
TOKEN = "https://x.example/a?download_token=abc123abc123&b=1"


def finding(**text: object) -> Finding:
    return replace(Finding("S3", "error", "it is so", "/a", "a page", operation="getVideo"), **text)


def everything(one: Finding) -> str:
    return " ".join(str(getattr(one, field.name)) for field in fields(one))


def test_a_finding_beside_another_has_no_secret_either():
    beside = finding(where="/signing_secret", value=f'"{SECRET}"')
    assert SECRET not in everything(redact_finding(finding(also=(beside,)), Redactor()))


def test_what_is_no_text_stays_as_it_is():
    contradiction = finding(
        where="history", story=("1. a",), story_sendings=(1,), needs_closed_world=True, place=AnswerPlace(1, "status")
    )
    assert redact_finding(contradiction, Redactor()) == contradiction


@pytest.mark.parametrize(
    ("where", "value", "clean"),
    [
        ("/signing_secret", f'"{SECRET}"', '"[redacted:secret-1]"'),
        ("/webhook/secret/0", f'"{SECRET}"', '"[redacted:secret-1]"'),
        ("/signing_secret", f'"{SECRET}{"x" * 200}...', '"[redacted:secret-1]'),
        ("/signing_secret", f'"{SECRET}\\', '"[redacted:secret-1]'),
        ("/a", f'{{"secret": "{SECRET}", "b": 1}}', '{"secret": "[redacted:secret-1]", "b": 1}'),
        ("/a", f'{{"secret": "{SECRET}...', '{"secret": "[redacted:secret-1]'),
        ("/a", f'"{TOKEN}"', '"https://x.example/a?download_token=%5Bredacted:token-1%5D&b=1"'),
        ("header X-Signature", SECRET, "[redacted:secret-1]"),
        ("/signing_secret", "123456789", "[redacted:secret-1]"),
    ],
)
def test_a_secret_is_hidden_in_the_value_and_where_it_is_quoted(where, value, clean):
    quoted = f"{where} is {value}"
    one = finding(where=where, value=value, message=quoted, observed=quoted, story=(quoted, "1. nothing"))
    redactor = Redactor()
    text = redact_finding(one, redactor)
    assert text.value == clean
    for secret in (SECRET[:14], "abc123abc123", "123456789"):
        assert secret not in everything(text)
    assert text.story[1] == "1. nothing"
    assert redact_finding(text, redactor) == text


@pytest.mark.parametrize(
    "quoted", [f"{SECRET!r} is too long", f"found {SECRET[:16]}... there", f'"{SECRET}" and {SECRET}']
)
def test_a_secret_is_known_by_its_start(quoted):
    text = redact_finding(finding(where="/secret", value=f'"{SECRET}"', message=quoted), Redactor())
    assert SECRET[:12] not in text.message


@pytest.mark.parametrize(
    ("where", "value"), [("/secret", "null"), ("/secret", "true"), ("status", "500"), ("/a", '"b"')]
)
def test_what_is_no_secret_stays(where, value):
    one = finding(
        where=where,
        value=value,
        message=f"{where} is {value}",
        spot=SourcePosition(3, 1),
        story_spots=(SourcePosition(1, 1),),
    )
    assert redact_finding(one, Redactor()) == one


def test_a_short_secret_is_hidden_in_its_place_only():
    text = redact_finding(finding(where="/secret", value='"abc"', message='/secret is "abc", abcissa'), Redactor())
    assert text.value == '"[redacted:secret-1]"'
    assert text.message == '/secret is "[redacted:secret-1]", abcissa'


def test_a_key_that_was_seen_is_hidden_everywhere():
    redactor = Redactor()
    redactor.learn_keys(Request("GET", "/", "", {"accept": "x", "authorization": "Bearer a-key-of-mine"}))
    text = redact_finding(finding(message="a-key-of-mine is quoted"), redactor)
    assert text.message == "[redacted:key-1] is quoted"


def test_unknown_calls_and_prefixes_have_no_secrets():
    secret = "sk_live_4242424242abcdef"
    counts = JudgementCounts(unknown_calls={f"GET /{secret}": 1}, path_prefixes={f"/{secret}": 1})
    redacted = redact_judgement(make_judgement(counts=counts), Redactor()).counts
    assert sum(redacted.unknown_calls.values()) == sum(redacted.path_prefixes.values()) == 1
    assert secret not in str(redacted)
