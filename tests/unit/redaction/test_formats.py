"""Secrets in every format of a body, and time that grows with the text only."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.wire import Exchange, Request
from mockserver.redaction.placeholders import encode_brackets
from mockserver.redaction.redactor import Redactor

LETTERS = "abcdefghij0123456789"
"""The random part of a key that no table knows."""


def redacted(text, *secrets):
    return Redactor(secrets).redact_document(text)


def shown(text):
    """Write `{token-1}` as the placeholder, `{%token-1}` as it stands in an address."""
    for kind in ("token", "secret", "key", "sig"):
        for number in range(1, 5):
            placeholder = f"[redacted:{kind}-{number}]"
            text = text.replace(f"<{kind}-{number}>", placeholder)
            text = text.replace(f"<%{kind}-{number}>", encode_brackets(placeholder))
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<a><token>S</token><n>1</n></a>", "<a><token><token-1></token><n>1</n></a>"),
        (
            "<a><ns:AccessToken x='1'> S </ns:AccessToken></a>",
            "<a><ns:AccessToken x='1'> <token-1> </ns:AccessToken></a>",
        ),
        ("<a><token>S", "<a><token><token-1>"),
        ("<a><token><![CDATA[S<b>]]></token></a>", "<a><token><![CDATA[<token-1>]]></token></a>"),
        ("<a><token></token><![CDATA[]]></a>", "<a><token></token><![CDATA[]]></a>"),
        ("<a><secrets><b>S</b><c>T</c></secrets></a>", "<a><secrets><b><secret-1></b><c><secret-2></c></secrets></a>"),
        ("<a token='S' b=\"?sig=x&amp;c=1\"/>", "<a token='<token-1>' b=\"?sig=<%sig-1>&amp;c=1\"/>"),
        ("<a><output_tokens>12</output_tokens></a>", "<a><output_tokens>12</output_tokens></a>"),
        ("<a><pin:password>12</pin:password></a>", "<a><pin:password><secret-1></pin:password></a>"),
        ('<input name="csrf_token" value="S"><b>x</b>', '<input name="csrf_token" value="<secret-1>"><b>x</b>'),
        ("<meta name='csrf-token' content='S'>", "<meta name='csrf-token' content='<secret-1>'>"),
        ("<input name=csrf_token value=S><b class=x>y</b>", "<input name=csrf_token value=<secret-1>><b class=x>y</b>"),
        ("<d><key>token</key><string>S</string></d>", "<d><key>token</key><string><token-1></string></d>"),
        ("<d><key>name</key><string>S</string></d>", "<d><key>name</key><string>S</string></d>"),
        ("<a></b></a><token>S</a></token>", "<a></b></a><token><token-1></a></token>"),
        ("<a><b><token>S</a>x", "<a><b><token><token-1></a>x"),
        ("<a ?><!-- token: 'S' --></a>", "<a ?><!-- token: '<token-1>' --></a>"),
        ("<script>var a = {token: 'S'}</script>", "<script>var a = {token: '<token-1>'}</script>"),
        ('<a x="<token>S', '<a x="<token><token-1>'),
        ("<a &amp; b", "<a &amp; b"),
    ],
)
def test_markup(before, after):
    assert redacted(before) == shown(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("id,token\r\n1,S\r\n2,T\r\n", "id,token\r\n1,<token-1>\r\n2,<token-2>\r\n"),
        ('id;"api key"\n1;"S;T"\n', 'id;"api key"\n1;"<secret-1>"\n'),
        ("token\tid\nS\t1", "token\tid\n<token-1>\t1"),
        ("token|id\n|1\nnull|2\n", "token|id\n|1\nnull|2\n"),
        ("token\nS\nT\n", "token\n<token-1>\n<token-2>\n"),
        ('a,token\n1,"S\n2,T', 'a,token\n1,"<token-1>"'),
        ('a,token\n1,"S"x,3\n', 'a,token\n1,"<token-1>",3\n'),
        ("id,name\n1,S\n", "id,name\n1,S\n"),
        ("token 1, b\nS,T\n", "token 1, b\nS,T\n"),
    ],
)
def test_tables(before, after):
    assert redacted(before) == shown(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('cb({"token": "S", "n": 1});', 'cb({"token": "<token-1>", "n": 1});'),
        ('/**/ cb ({"secrets": {"a": "S"}})', '/**/ cb ({"secrets": {"a": "<token-1>"}})'),
        (')]}\',\n{"token": "S"}', ')]}\',\n{"token": "<token-1>"}'),
        ('for(;;);{"token": "S"}', 'for(;;);{"token": "<token-1>"}'),
        ('window.state = {"token": "S"};', 'window.state = {"token": "<token-1>"};'),
        ("{token: 'S', n: 1}", "{token: '<token-1>', n: 1}"),
        (
            'data: {"token": "S"}\n\ndata: {"token": "T"}\n',
            'data: {"token": "<token-1>"}\n\ndata: {"token": "<token-2>"}\n',
        ),
        ('{"log": "a\\ntoken: S"}', '{"log": "a\\ntoken: <token-1>"}'),
        ('{"xml": "<token>S</token>"}', '{"xml": "<token><token-1></token>"}'),
        ('msg="{\\"token\\": \\"S\\"}"', 'msg="{\\"token\\": \\"<token-1>\\"}"'),
    ],
)
def test_json_in_something_else(before, after):
    assert redacted(before) == shown(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\ntoken: S\nb: 2\n", "a: 1\ntoken: <token-1>\nb: 2\n"),
        ("Authorization: Bearer S\r\nAccept: */*\r\n", "Authorization: Bearer <key-1>\r\nAccept: */*\r\n"),
        ("password: correct horse battery\n", "password: <secret-1>\n"),
        ("  'token' : 'S',\n", "  'token' : '<token-1>',\n"),
        ('token: "S" # old', 'token: "<token-1>" # old'),
        ("[main]\ntoken = S\n", "[main]\ntoken = <token-1>\n"),
        ("[main]\npassword = correct horse\n", "[main]\npassword = <secret-1>\n"),
        ("token=S user=me token2=x", "token=<%token-1> user=me token2=x"),
        ("export API_KEY=S", "export API_KEY=<%token-1>"),
        ("secrets:\n  - S\n  - T\n\nnext: x\n", "secrets:\n  <secret-1>\n  <secret-2>\n\nnext: x\n"),
        ("a:\n  token: |\n    S\n    T\n  b: c", "a:\n  token: |\n    <secret-1>\n    <secret-2>\n  b: c"),
        ("token: null\nmax_tokens: 5\ntokens: 5\n", "token: null\nmax_tokens: 5\ntokens: 5\n"),
        ("curl --api-key S1 -H 'X-Api-Key: abcdefgh1'", "curl --api-key <secret-2> -H 'X-Api-Key: <secret-1>'"),
        ("tool --token=S --n=1", "tool --token=<%token-1> --n=1"),
        ("saw token: abcdefgh1, and token: nothing", "saw token: <token-1>, and token: nothing"),
        ("private_key: -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nx", "private_key: <secret-1>\nx"),
        ("A title: {this} is no JSON", "A title: {this} is no JSON"),
        ("name: [redacted:token-1]", "name: [redacted:token-1]"),
    ],
)
def test_lines(before, after):
    assert redacted(before) == shown(after)


def test_a_part_of_a_form_is_a_document():
    form = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n{"token": "S"}\r\n--b--\r\n'
    assert redacted(form) == form.replace('"S"', '"[redacted:token-1]"')
    assert redacted("--b\nno head") == "--b\nno head"


@pytest.mark.parametrize("key", [
    "github_pat_" + LETTERS, "glpat-" + LETTERS, "hf_" + LETTERS, "npm_" + LETTERS, "gsk_" + LETTERS, "AIza" + LETTERS,
    f"SG.{LETTERS}.{LETTERS}", "xapp-1-" + LETTERS, "acme_token_" + LETTERS, "acme-v2-api-key-" + LETTERS,
    "acme_pat_" + LETTERS, "sk-" + LETTERS, "eyJhbGciOiJI.eyJzdWIi", f"eyJhbGciOiJI.{LETTERS}.{LETTERS}.a.b",
])  # fmt: skip
def test_keys_with_a_vendors_prefix(key):
    assert redacted(f"see {key} there") == "see [redacted:secret-1] there"


@pytest.mark.parametrize("text", [
    "G-01K33PQM80XY6Z8Q8T4YVFJB5D", "res_01M8KJBETJ3GRS5DSHTW1WJB4F", "video-0123456789", "batch_" + LETTERS,
    "key-expires-while-it-runs-401", "eyJpZCI6MTIzNDU2Nzg5MH0",
    "token-based-authentication-flow", "key-value", "2026-08-05T10:00:00.000Z",
])  # fmt: skip
def test_ids_cursors_and_words_are_no_keys(text):
    assert redacted(f"a {text} b") == f"a {text} b"


# Time


HOSTILE = {
    "inputs of a page": '<form>' + '<input name="a" value="b">\n' * 8_000,
    "inputs without quotes": '<form>' + '<input name=a value=b> ' * 8_000,
    "inputs in one line": '<form>' + '<input name="a" value="b"> ' * 8_000,
    "names of a form": 'name="token"\r\n' * 15_000,
    "names in one line": 'name="a" ' * 22_000,
    "segments of keys": "key-" + "a-" * 100_000,
    "long segments of keys": ("key-" + "a" * 39 + "-") * 4_500,
    "starts of tokens": "eyJaaaaaaaa-" * 17_000,
    "starts of keys": "hf_" * 67_000,
    "kinds of keys": "key_" * 50_000,
    "starts of private keys": "-----BEGIN " * 18_000,
    "addresses": "://a:b" * 33_000,
    "open tags": "<a>" * 67_000,
    "closing tags": "<a>" * 33_000 + "</b></a>" * 12_000,
    "open quotes in tags": "<a x=\"'" * 29_000,
    "open comments": "<!--" * 50_000,
    "open quotes": "token:\"" * 29_000,
    "escaped quotes": 'token:\\"' * 25_000,
    "one name": "a" * 200_000 + "=",
    "brackets": "[{" * 100_000,
    "open strings": '{"' + 'a" "' * 50_000,
    "quotes of a table": "a,token\n" + '"' * 200_000,
    "empty cells": "a,token\n" + "," * 200_000,
    "spaces": "token:" + " " * 200_000,
    "blank lines": "\n" * 200_000 + "token: S",
    "options": "--token " * 25_000,
    "parts": "--b\r\n" * 40_000,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_is_linear_in_the_text(text):
    redactor = Redactor()
    started = time.process_time()
    redactor.redact_document(text + ' password="x"')
    # The quadratic patterns that were here took twelve seconds and more.
    assert time.process_time() - started < 5


PARTS_OF_DOCUMENTS = st.sampled_from([
    "<a>", "<token>", "</token>", "</a>", "<a token='", "<![CDATA[", "]]>", "<!--", "S", "T1234567", "token", "secret",
    ":", "=", ": ", ",", ";", "\n", "\r\n", "  ", '"', "'", "\\", "{", "}", "[", "]", "null", "12", "--b", "&", "?",
    'name="token"', "Bearer ", "eyJabcdefgh", ".", "whsec_", "-----BEGIN PRIVATE KEY-----", "cb(", "[redacted:token-1]",
    "|", "- ", "[main]", "--token ", "export ", "://", "@", "é", "\udcff",
])  # fmt: skip


@given(st.lists(PARTS_OF_DOCUMENTS, max_size=25).map("".join))
def test_any_document_goes_through_and_known_secrets_do_not(text):
    redactor = Redactor(["T1234567"])
    clean = redactor.redact_document(text)
    assert "T1234567" not in clean
    redactor.check(clean.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    "text", ["key S3CRET/x& there", "%53", '{"a": "S3CRET/x&"}', "S3CRET/x&amp;", "S3CRET%2fx%26", "UzNDUkVUL3gm"]
)
def test_output_has_no_known_secret_in_any_form(text):
    redactor = Redactor(["S3CRET/x&", "S3CRET/x&"])
    shown_text = redactor.redact_output(text)
    redactor.check(shown_text.encode())
    assert (shown_text == text) == (text == "%53")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"token": "r1-012345"}', '{"token": "r1-012345"}'),
        ("token: sk_live_0123456789", "token: <secret-1>"),
        ("GET /a?token=x&n=1", "GET /a?token=<%token-1>&n=1"),
        ("mockserver check --api-key-env VIDEO_KEY", "mockserver check --api-key-env VIDEO_KEY"),
        ("-----BEGIN PRIVATE KEY-----\nMII", "<secret-1>"),
    ],
)
def test_the_names_in_a_report_are_its_own(before, after):
    assert Redactor().redact_output(before) == shown(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("body: /a/token is 'S'; expected 'T'", "body: /a/token is '<token-1>'; expected 'T'"),
        ('body: /a/token is "S"; expected "T"', 'body: /a/token is "<token-1>"; expected "T"'),
        ("/a/token is 'abc...; expected 5", "/a/token is 'abc...; expected 5"),
        ("header X-Token is 'abc...", "header X-Token is '<token-1>"),
        ("--api-key-env VIDEO_KEY token_type: abcdefgh1", "--api-key-env VIDEO_KEY token_type: abcdefgh1"),
        ("/a/status is 'S'; the token is good", "/a/status is 'S'; the token is good"),
    ],
)
def test_sentences_about_a_value(before, after):
    assert Redactor().redact_text(before) == shown(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a key-of-this-r... b", "a <key-1>... b"),
        ("key-of-this-", "<key-1>"),
        ("key-of key-of-this-run-9 key-of-this-r", "key-of <key-1> <key-1>"),
        ("key-of-this-race", "key-of-this-race"),
        ("key-of-this", "key-of-this"),
    ],
)
def test_a_known_secret_that_was_cut_off(before, after):
    assert Redactor(["key-of-this-run-9"]).redact_text(before) == shown(after)


def test_a_key_in_an_address_is_known_from_then_on():
    redactor = Redactor()
    request = Request("GET", "/", "api_key=k-123456%2F&sig=abcdef&key=short")
    one = Exchange(request, None, 0, None)
    assert list(redactor.learn_from([one])) == [one]
    assert redactor.redact_text("k-123456/ abcdef short") == shown("<key-1> abcdef short")
