"""No secret is written, whatever its place; everything else keeps its bytes."""

import io
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import MockError
from mockserver.recordings.journal import encode_line
from mockserver.recordings.recording import write_journal
from mockserver.redaction import secret_names, secret_patterns
from mockserver.redaction.redactor import Redactor
from tests.support.har_files import exchanges

KEY = "phaseo_v1_sk_0123_abcdefghij"


PARTS = (
    '--b\r\nContent-Disposition: form-data; name="api_key"\r\nX: y\r\n\r\n{}\r\n'
    '--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n5\r\n--b--'
)
"""A form in two parts."""


def exchange(path="/v1/x", query="", body=b"", *, method="POST", headers=(), answer=b"", answered=(), status=200):
    request = Request(method, path, query, {"host": "a.example", **dict(headers)}, body)
    return Exchange(request, Response(status, tuple(answered), answer), 1, 2, 3, 4)


def cleaned(*args, secrets=(), **parts):
    return Redactor(secrets).redact_exchange(exchange(*args, **parts))


def request_headers(**headers):
    given_ = {name.replace("_", "-"): value for name, value in headers.items()}
    return {name: value for name, value in cleaned(headers=given_).request.headers.items() if name != "host"}


def body(text, content=None):
    raw = (json.dumps(text) if content is None else content).encode("utf-8", "surrogateescape")
    return cleaned(body=raw).request.body.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("authorization", f"Bearer {KEY}", "Bearer [redacted:key-1]"),
        ("authorization", f"Key {KEY}", "Key [redacted:key-1]"),
        ("authorization", "bearer  x", "bearer  [redacted:key-1]"),
        ("authorization", KEY, "[redacted:key-1]"),
        ("proxy-authorization", "Basic dTpwYXNzd29yZA==", "Basic [redacted:key-1]"),
        ("authorization", "Basic ?", "Basic [redacted:key-1]"),
        ("authorization", "Basic dTpw", "Basic [redacted:key-1]"),
        ("authorization", "Bearer ", "[redacted:key-1]"),
        ("authorization", "", ""),
        ("x-api-key", "k", "[redacted:key-1]"),
        ("cookie", "a=1; b=2", "[redacted:cookie-1]"),
        ("x-phaseo-signature", "0a1b", "[redacted:header-1]"),
        ("tl-signature", "t=1,v1=0a1b", "[redacted:header-1]"),
        ("x-nobody-knows-me", "v", "[redacted:header-1]"),
        ("x-secret-version", "v", "[redacted:header-1]"),
        ("sec-websocket-protocol", "bearer, k", "[redacted:header-1]"),
        ("content-type", "application/json", "application/json"),
        ("x-phaseo-delivery-key", "v1:completed", "v1:completed"),
        ("x-ratelimit-remaining", "9", "9"),
        ("x-mock-session", "a@1", "a@1"),
        ("x-amzn-request-id", "r-1", "r-1"),
        ("referer", "https://a.example/?token=abc&x=1", "https://a.example/?token=%5Bredacted:token-1%5D&x=1"),
        ("user-agent", f"me {KEY}", "me [redacted:secret-1]"),
    ],
)
def test_headers_stay_only_where_they_are_known_to_be_harmless(name, value, left):
    assert cleaned(headers={name: value}).request.headers[name] == left


def test_headers_of_answers_too():
    answered = (("Set-Cookie", "a=1"), ("Location", "https://a.example/f?sig=x&n=1"), ("X-New", "1"), ("X-New", "1"))
    found = cleaned(answered=answered).response
    assert found is not None
    assert found.headers == (
        ("Set-Cookie", "[redacted:cookie-1]"),
        ("Location", "https://a.example/f?sig=%5Bredacted:sig-1%5D&n=1"),
        ("X-New", "[redacted:header-1]"),
        ("X-New", "[redacted:header-1]"),
    )


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (
            "download_token=ab&expires_at=17&download_sig=cd",
            "download_token={token-1}&expires_at=17&download_sig={sig-1}",
        ),
        ("key=a&signature=b&X-Amz-Credential=c&x=1", "key={token-1}&signature={sig-1}&X-Amz-Credential={token-2}&x=1"),
        ("api_key=a&apiKey=a", "api_key={token-1}&apiKey={token-1}"),
        ("acc%65ss_token=a", "acc%65ss_token={token-1}"),
        ("token=a%2Fb&token=a/b", "token={token-1}&token={token-1}"),
        ("token=&limit=5&monkey=1&max_tokens=5&status=queued", "token=&limit=5&monkey=1&max_tokens=5&status=queued"),
        ("JSESSIONID=1;sid=2", "JSESSIONID={token-1};sid={token-2}"),
    ],
)
def test_parameters_go_by_their_name(query, left):
    for name in ("token-1", "token-2", "sig-1"):
        left = left.replace(f"{{{name}}}", f"%5Bredacted:{name}%5D")
    assert cleaned(query=query).request.query == left


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"signing_secret": "abc"}, {"signing_secret": "[redacted:secret-1]"}),
        ({"apiKey": "abc", "token": "d"}, {"apiKey": "[redacted:secret-1]", "token": "[redacted:token-1]"}),
        ({"password": 1234}, {"password": "[redacted:secret-1]"}),
        (
            {"secrets": ["a", {"x": "b", "n": 5}]},
            {"secrets": ["[redacted:token-1]", {"x": "[redacted:token-2]", "n": "[redacted:secret-1]"}]},
        ),
        ({"has_secret": True, "secret": None, "password": "", "token": 5}, None),
        ({"max_tokens": "5", "usage": {"output_tokens": 7}, "keyboard": "x", "key": "value"}, None),
        ({"key": "abcdefghij0123456789"}, {"key": "[redacted:token-1]"}),
        ({"name": "x-api-key", "value": "v"}, {"name": "x-api-key", "value": "[redacted:token-1]"}),
        ([{"name": "x", "value": "v"}, {"value": "v"}], None),
        ({"authorization": f"Bearer {KEY}"}, {"authorization": "Bearer [redacted:key-1]"}),
        ({"note": f"Authorization: Bearer {'x' * 9}"}, {"note": "Authorization: Bearer [redacted:secret-1]"}),
        ({"hook": "whsec_abc/+="}, {"hook": "[redacted:secret-1]"}),
        ({"u": "https://me:pass@a.example/x"}, {"u": "https://me:%5Bredacted:secret-1%5D@a.example/x"}),
        ({"u": "https://a.example/x?sig=a&b=1"}, {"u": "https://a.example/x?sig=%5Bredacted:sig-1%5D&b=1"}),
        ({"pem": "-----BEGIN PRIVATE KEY-----\nMII"}, {"pem": "[redacted:secret-1]"}),
        ({"payload": '{"secret":"s","n":1}'}, {"payload": '{"secret":"[redacted:secret-1]","n":1}'}),
        ({"payload": "{not json} secret"}, None),
    ],
)  # fmt: skip
def test_bodies_of_json(before, after):
    assert json.loads(body(before)) == (before if after is None else after)
    if after is None:
        assert body(before) == json.dumps(before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{ "a":1.0,"a":NaN, "token" : "x"', '{ "a":1.0,"a":NaN, "token" : "[redacted:token-1]"'),
        ('{"token":"x', '{"token":"[redacted:token-1]'),
        ('{"token":"x\\', '{"token":"[redacted:token-1]'),
        ('{"\\u0074oken":"\\u0041"}', '{"\\u0074oken":"[redacted:token-1]"}'),
        ('{"token":"\\x"}', '{"token":"[redacted:token-1]"}'),
        ('{"u":"x?sig=a\\u0026b=\\u00e9"}', '{"u":"x?sig=%5Bredacted:sig-1%5D&b=é"}'),
        ('{"secret":"a"}\n{"secret":"a"}', '{"secret":"[redacted:secret-1]"}\n{"secret":"[redacted:secret-1]"}'),
        ('}]{"a":1}, "secret"', '}]{"a":1}, "secret"'),
        ('{"token":["a","b"],"c":"d"}', '{"token":["[redacted:token-1]","[redacted:token-2]"],"c":"d"}'),
        ('{"a":"\udcff","token":"x"}', '{"a":"\udcff","token":"[redacted:token-1]"}'),
        ("a=b&password=x&n=1", "a=b&password=%5Bredacted:token-1%5D&n=1"),
        ("token: x", "token: [redacted:token-1]"),
        ("GET /?key=abc HTTP/1.1", "GET /?key=%5Bredacted:token-1%5D HTTP/1.1"),
        (PARTS.format("abc"), PARTS.format("[redacted:secret-1]")),
        ('{"u":"\\ud83d?sig=x\udcff"}', '{"u":"\\ud83d?sig=%5Bredacted:sig-1%5D"}'),
        ("no secrets here, 100%", "no secrets here, 100%"),
    ],
)
def test_bodies_keep_what_is_wrong_with_them(before, after):
    assert body(None, before) == after


def test_json_in_strings_in_strings_ends_somewhere():
    text = '{"secret":"s"}'
    for _ in range(8):
        text = json.dumps({"inner": text})
    assert "[redacted:secret-1]" in body(None, text)
    assert '\\"s\\"' not in body(None, text)


@pytest.mark.parametrize("shape", [
    "whsec_abcdef", "eyJhbGciOiJI.eyJzdWIi.c2ln", "sk_live_abcdefgh", "sk-proj-abcdefgh", "pk_test_abcdefgh",
    "rk_live_12345678", KEY, "tlk_0123456789AB", "AKIAABCDEFGHIJKLMNOP", "ASIAABCDEFGHIJKLMNOP", "ghp_" + "a" * 20,
    "xoxb-1234567890", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
])  # fmt: skip
def test_some_secrets_betray_themselves(shape):
    assert body(None, f"see {shape} there") == "see [redacted:secret-1] there"


def test_every_shape_and_name_is_hinted_at():
    for hints, _ in secret_patterns.SECRET_PATTERNS:
        assert set(hints) <= secret_patterns.SECRET_HINTS
    for name in (
        *secret_names._SECRET_WORDS,
        *secret_names._TOKEN_WORDS,
        *secret_names._SECRET_PARAMETERS,
        *secret_names._SECRET_PARAMETER_STARTS,
    ):
        assert any(each in name for each in secret_patterns.SECRET_HINTS), name
    assert "key" in secret_patterns.SECRET_HINTS


def test_an_escape_hides_no_pattern():
    assert body(None, '{"a": "sk\\u005flive\\u005f0123456789"}') == '{"a": "[redacted:secret-1]"}'


def test_one_secret_has_one_placeholder_wherever_it_stands():
    redactor = Redactor()
    first = redactor.redact_exchange(exchange(headers={"authorization": f"Bearer {KEY}"}))
    second = redactor.redact_exchange(
        exchange(headers={"x-api-key": KEY}, answer=json.dumps({"api_key": KEY}).encode())
    )
    other = redactor.redact_exchange(exchange(headers={"x-api-key": "another"}))
    assert first.request.headers["authorization"] == "Bearer [redacted:key-1]"
    assert second.request.headers["x-api-key"] == "[redacted:key-1]"
    assert second.response is not None
    assert second.response.body == b'{"api_key": "[redacted:key-1]"}'
    assert other.request.headers["x-api-key"] == "[redacted:key-2]"


def test_what_an_answer_teaches_holds_for_its_address_too():
    made = cleaned("/keys/abc0123456789xyz", answer=b'{"signing_secret":"abc0123456789xyz"}')
    assert made.request.path == "/keys/[redacted:secret-1]"


def test_the_password_of_a_basic_credential_is_known_from_then_on():
    made = cleaned(headers={"authorization": "Basic dTpwYXNzd29yZA=="}, body=b'{"note": "it is password"}')
    assert made.request.body == b'{"note": "it is [redacted:key-2]"}'


def test_job_ids_in_unknown_headers_and_cursors_do_not_vanish_elsewhere():
    made = cleaned(
        "/v1/videos/video-0123456789", "page_token=video-0123456789", headers={"x-video": "video-0123456789"}
    )
    assert made.request.path == "/v1/videos/video-0123456789"


def test_known_secrets_are_found_in_every_place():
    secret = 'pä/ss "w\\ord'
    made = cleaned(
        f"/a/{quote(secret, safe='')}",
        f"q={quote(secret, safe='')}",
        json.dumps({"a": f"x{secret}y", secret: 1}).encode(),
        headers={"user-agent": secret},
        answer=secret.encode() + b"\xff",
        secrets=[secret, "tiny"],
    )
    assert made.request.path == "/a/%5Bredacted:key-1%5D"
    assert made.request.query == "q=%5Bredacted:key-1%5D"
    assert json.loads(made.request.body) == {"a": "x[redacted:key-1]y", "[redacted:key-1]": 1}
    assert made.request.headers["user-agent"] == "[redacted:key-1]"
    assert made.response is not None
    assert made.response.body == b"[redacted:key-1]\xff"


def test_a_known_secret_that_looks_like_json():
    made = cleaned(body=b"[1, {00000000000] 123456", secrets=["{00000000000", "123456"])
    assert made.request.body == b"[1, [redacted:key-1]] [redacted:key-2]"


def test_an_exchange_without_an_answer():
    lost = Exchange(Request("GET", "/", "token=x"), None, 1, None)
    assert Redactor().redact_exchange(lost).response is None


def refusal(redactor, data):
    with pytest.raises(MockError) as caught:
        redactor.check(data)
    return caught.value.problems[0]


@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize("coder", [b64encode, urlsafe_b64encode])
def test_a_secret_in_base64_is_refused(offset, coder):
    secret = "s3cr??~~t-\u00ff-value"
    data = coder(b"." * offset + secret.encode() + b" and more")
    assert refusal(Redactor([secret]), data).code == "REC009"


@pytest.mark.parametrize("guise", ['a"b/secret', 'a\\"b/secret', "a%22b%2Fsecret"])
def test_a_secret_in_any_guise_is_refused_and_not_told(guise):
    problem = refusal(Redactor(['a"b/secret']), b"12345" + guise.encode())
    assert problem.code == "REC009"
    assert "secret (number 1, 10 characters) is still at byte 5" in problem.message
    assert "b/secret" not in str(problem)


def test_a_secret_that_was_seen_is_refused_by_its_placeholder():
    redactor = Redactor()
    redactor.redact_exchange(exchange(headers={"x-api-key": "once-seen"}))
    assert "a secret (key-1" in refusal(redactor, b"once-seen").message.replace("[redacted:key-1]", "key-1")
    redactor.check(b"once-see")


def test_nothing_is_written_of_a_line_that_leaks_nor_after_it():
    secret = "tremendous secret"
    hidden = Exchange(Request("GET", f"/{b64encode(secret.encode()).decode()}"), None, 0, None)
    target = io.BytesIO()
    with pytest.raises(MockError, match="REC009"):
        write_journal([exchange(), hidden, exchange()], target, Redactor([secret]))
    assert target.getvalue().count(b"\n") == 1


def test_a_journal_is_redacted_unless_one_says_otherwise():
    target = io.BytesIO()
    write_journal([exchange(headers={"x-api-key": "a-secret-key"})], target)
    assert b"a-secret-key" not in target.getvalue()
    assert b"[redacted:key-1]" in target.getvalue()


def test_memory_of_secrets_is_bounded():
    redactor = Redactor(["given-to-us"], max_placeholders=3, max_found_secrets=2)
    for number in range(9):
        redactor.redact_exchange(exchange(headers={"x-api-key": f"key-number-{number}"}))
    assert len(redactor._placeholders) == 3
    assert list(redactor._known._found) == ["key-number-7", "key-number-8"]
    redactor.redact_exchange(exchange(headers={"x-api-key": "key-number-7"}))
    redactor.redact_exchange(exchange(headers={"x-api-key": "given-to-us"}))
    assert list(redactor._known._found) == ["key-number-8", "key-number-7"]
    redactor.check(b"key-number-1")
    with pytest.raises(MockError):
        redactor.check(b"key-number-8")


secrets = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=12, max_size=30).filter(
    lambda text: text == text.strip() and not set(text) & set("[]") and "redacted" not in text
)
PLACES = {
    "bearer": lambda s: exchange(headers={"authorization": f"Bearer {s}"}),
    "api key": lambda s: exchange(headers={"x-api-key": s}),
    "cookie": lambda s: exchange(headers={"cookie": f"a={s}"}),
    "any header": lambda s: exchange(headers={"x-any": s}),
    "set-cookie": lambda s: exchange(answered=[("Set-Cookie", s)]),
    "query": lambda s: exchange(query="a=1&api_key=" + quote(s, safe="")),
    "body": lambda s: exchange(body=json.dumps({"a": [{"client_secret": s}]}).encode()),
    "utf-8 body": lambda s: exchange(body=json.dumps({"a": [{"client_secret": s}]}, ensure_ascii=False).encode()),
    "answer": lambda s: exchange(answer=json.dumps({"secrets": {"a": [s]}}).encode()),
    "nested": lambda s: exchange(answer=json.dumps({"a": json.dumps({"password": s})}).encode()),
    "address": lambda s: exchange(answer=json.dumps({"u": "https://x/?a=1&sig=" + quote(s, safe="")}).encode()),
    "password": lambda s: exchange(answer=f"https://me:{quote(s, safe='')}@a.example".encode()),
    "form": lambda s: exchange(body=b"password=" + quote(s, safe="").encode()),
}


@pytest.mark.parametrize("place", PLACES)
@given(secret=secrets)
def test_a_secret_in_its_place_is_never_written(place, secret):
    guises = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], json.dumps(json.dumps(secret)[1:-1])[1:-1]}
    clean = exchange()
    assume(not any(guise.encode() in encode_line(PLACES[place]("[redacted:x-1]")) for guise in guises))
    redactor = Redactor()
    redacted = redactor.redact_exchange(PLACES[place](secret))
    written = encode_line(redacted)
    redactor.check(written)
    assert Redactor().redact_exchange(redacted) == redacted
    assert not any(guise.encode() in written for guise in guises)
    assert redactor.redact_exchange(clean) == clean


@given(exchanges, st.lists(secrets, max_size=3))
def test_a_known_secret_is_redacted_wherever_it_stands_but_in_the_name_of_a_header(given_, known):
    assume(not any(secret in name for secret in known for name in given_.request.headers))
    salted = given_._replace(
        request=Request("GET", given_.request.path + "".join(known), "", given_.request.headers, given_.request.body),
        response=Response(200, (("location", "/".join(known)),), "\n".join(known).encode() + b"\xff"),
    )
    redactor = Redactor(known)
    written = encode_line(redactor.redact_exchange(salted))
    redactor.check(written)
    assert not any(secret.encode() in written for secret in known)


@given(exchanges)
def test_redacting_again_changes_nothing(given_):
    once = Redactor().redact_exchange(given_)
    assert Redactor().redact_exchange(once) == once


texts = st.text(st.sampled_from('{}[]:,"\\ abn1\n'), max_size=30)


@given(texts)
def test_any_text_goes_through(text):
    raw = ("{" + text + '"token"').encode()
    made = cleaned(body=raw)
    assert made.request.body == raw or b"redacted" in made.request.body


# What is quoted


@pytest.mark.parametrize(
    ("name", "quoted", "clean"),
    [
        ("secret", '"correct horse"', '"[redacted:secret-1]"'),
        ("secret", '"correct ho', '"[redacted:secret-1]'),
        ("a", '{"secret": "x1", "b": 2}', '{"secret": "[redacted:secret-1]", "b": 2}'),
        ("a", '["?token=abc"]', '["?token=%5Bredacted:token-1%5D"]'),
        ("secret", "12345", "[redacted:secret-1]"),
        ("X-Signature", "v1,abc", "[redacted:secret-1]"),
        ("a", "?token=abc", "?token=%5Bredacted:token-1%5D"),
        *((name, word, word) for name in ("secret", "a") for word in ("", "null", "true", "false")),
    ],
)
def test_a_value_goes_by_the_name_that_it_stands_under(name, quoted, clean):
    redactor = Redactor()
    assert redactor.redact_json_value(name, quoted) == clean
    assert redactor.redact_json_value(name, clean) == clean


def test_the_keys_of_a_request_are_known_from_then_on():
    redactor = Redactor()
    redactor.learn_keys(Request("GET", "/", "", {"accept": "text/html", "x-api-key": "a-key-of-mine"}))
    assert redactor.redact_text("a-key-of-mine takes text/html") == "[redacted:key-1] takes text/html"


@pytest.mark.parametrize("before", ["Bearer ", "x", "xy", "xyz"])
def test_a_body_that_echoes_the_key_in_base64_can_be_recorded(before):
    key = "mykey-SECRET-Zz9/8+7"
    encoded = b64encode(f"{before}{key}".encode()).decode()
    request = Request("GET", "/", "", {"authorization": f"Bearer {key}"})
    redactor = Redactor()
    redacted = redactor.redact_exchange(Exchange(request, Response(200, (), f'{{"echo":"{encoded}"}}'.encode()), 0, 0))
    assert redacted.response is not None
    assert b"[redacted:key-1]" in redacted.response.body
    redactor.check(redacted.response.body)
    assert redactor.redact_exchange(redacted) == redacted
