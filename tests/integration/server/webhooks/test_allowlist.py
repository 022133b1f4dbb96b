"""Destinations of webhooks: forms of addresses, allowed ones, and ones that are always forbidden."""

import pytest

from mockserver.server.addresses import DestinationRefused, is_forbidden, parse_address
from mockserver.server.webhooks.allowlist import Allowlist, entry_problem

ALLOWED = Allowlist(
    ("hooks.example", "localhost", "App.Internal.", "10.1.0.0/16", "203.0.113.9", "fd12::/16", "2001:db8::1")
)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "http://127.1.2.3/",
        "http://[::1]:9000/hook?a=b",
        "https://[::ffff:127.0.0.1]/",
        "http://localhost:9000",
        "http://LOCALHOST./x",
        "http://a.localhost/",
        "https://hooks.example/in",
        "https://Hooks.Example.:8443/in",
        "http://app.internal/",
        "http://10.1.2.3/",
        "http://203.0.113.9/",
        "http://[fd12:3::4]/",
        "http://[2001:db8::1]/",
    ],
)
def test_a_url_is_allowed(url):
    ALLOWED.check_url(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://other.example/", "--allow-webhooks-to other.example"),
        ("https://hooks.example.evil.example/", "is not this machine"),
        ("https://sub.hooks.example/", "is not this machine"),
        (
            "http://93.184.216.34/",
            "93.184.216.34 is not this machine; `mockserver serve --allow-webhooks-to 93.184.216.34",
        ),
        ("http://10.2.0.1/", "private address"),
        ("http://192.168.1.1/", "private address"),
        ("http://172.16.0.1/", "private address"),
        ("http://100.64.0.1/", "private address"),
        ("http://[fc00::1]/", "private address"),
        ("http://[::ffff:10.2.0.1]/", "private address"),
        ("http://[64:ff9b::a02:1]/", "private address"),
        ("http://[2002:a02:1::]/", "private address"),
        ("http://169.254.169.254/latest/meta-data", "cannot be allowed"),
        ("http://[::ffff:169.254.169.254]/", "cannot be allowed"),
        ("http://[64:ff9b::169.254.169.254]/", "cannot be allowed"),
        ("http://[fe80::1]/", "cannot be allowed"),
        ("http://[fd00:ec2::254]/", "cannot be allowed"),
        ("http://100.100.100.200/", "cannot be allowed"),
        ("http://0.0.0.0/", "cannot be allowed"),
        ("http://[::]/", "cannot be allowed"),
        ("http://224.0.0.1/", "cannot be allowed"),
        ("http://2130706433/", "unusual form"),
        ("http://0x7f000001/", "unusual form"),
        ("http://0x7f.0.0.1/", "unusual form"),
        ("http://0177.0.0.1/", "unusual form"),
        ("http://127.1/", "unusual form"),
        ("http://127.0.0.1.1/", "unusual form"),
        ("http://1.2.3.999/", "unusual form"),
        ("http://[fe80::1%25eth0]/", "is not a host name"),
        ("http://[::1/", "is not a URL"),
        ("http://%31%32%37.0.0.1/", "is not a host name"),
        ("http://①②⑦.0.0.1/", "is not a URL"),
        ("http://bücher.example/", "is not a URL"),
        ("http://a b.example/", "is not a URL"),
        ("http://hooks.example\\@evil.example/", "is not a URL"),
        ("http://hooks.example:99999/", "is not a URL"),
        ("http://hooks.example:0/", "is not a URL"),
        ("http:///x", "is not a URL"),
        ("hooks.example/in", "is not a URL"),
        ("", "is not a URL"),
        ("http://hooks.example/\r\nX: y", "is not a URL"),
        ("http://hooks.example/" + "x" * 3000, "is not a URL"),
        ("ftp://hooks.example/", "neither http nor https"),
        ("file://localhost/etc/passwd", "neither http nor https"),
        ("http://user@hooks.example/", "a user or a password"),
        ("http://:secret@127.0.0.1/", "a user or a password"),
        ("http://-hooks.example/", "is not a host name"),
        ("http://hooks..example/", "is not a host name"),
    ],
)
def test_a_url_is_refused(url, reason):
    with pytest.raises(DestinationRefused, match=r".") as caught:
        ALLOWED.check_url(url)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        ("hooks.example", "93.184.216.34", True),
        ("hooks.example", "2606:4700::1", True),
        ("hooks.example", "127.0.0.1", True),
        ("hooks.example", "10.1.0.9", True),
        ("hooks.example", "10.2.0.9", False),
        ("hooks.example", "169.254.169.254", False),
        ("hooks.example", "fe80::1", False),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("localhost", "93.184.216.34", False),
        ("a.localhost", "192.168.0.1", False),
    ],
)
def test_addresses_that_a_name_may_resolve_to(host, address, allowed):
    parsed = parse_address(address)
    assert parsed is not None
    if allowed:
        ALLOWED.check_address(host, parsed, 80)
        return
    with pytest.raises(DestinationRefused):
        ALLOWED.check_address(host, parsed, 80)


@pytest.mark.parametrize(
    ("address", "port"), [("10.1.0.9", 22), ("10.1.0.9", 80), ("93.184.216.34", 9000), ("93.184.216.34", 80)]
)
def test_an_entry_with_a_port_allows_a_resolved_address_on_that_port_only(address, port):
    parsed = parse_address(address)
    assert parsed is not None
    allowlist = Allowlist(("hooks.example:8443", "10.1.0.9:9000"))
    allowlist.check_address("hooks.example", parsed, 9000 if parsed.is_private else 8443)
    with pytest.raises(DestinationRefused):
        allowlist.check_address("hooks.example", parsed, port)


def test_only_this_machine_is_allowed_by_default():
    with pytest.raises(DestinationRefused):
        Allowlist().check_url("https://hooks.example/in")
    Allowlist().check_url("http://127.0.0.1/in")


def test_an_allowed_network_does_not_include_metadata_addresses():
    with pytest.raises(DestinationRefused, match="cannot be allowed"):
        Allowlist(("0.0.0.0/0", "169.254.169.254")).check_url("http://169.254.169.254/")


@pytest.mark.parametrize(
    "entry",
    [
        "hooks.example",
        "10.0.0.0/8",
        "127.0.0.1",
        "::1",
        "[::1]",
        "a_b",
        "X.Example.",
        "hooks.example:443",
        "0.0.0.0/0",
        "127.0.0.1:9000",
        "[::1]:9000",
        "localhost:1",
    ],
)
def test_a_valid_entry_has_no_problem(entry):
    assert entry_problem(entry) is None


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("https://hooks.example", "is not a host name"),
        ("a b", "is not a host name"),
        ("", "is not a host name"),
        (":80", "is not a host name"),
        ("*.example", "is not a host name"),
        ("10.0.0.0/99", "is not a host name"),
        ("1.2.3", "is not a host name"),
        ("hooks.example:0", "has a port that does not exist"),
        ("hooks.example:65536", "has a port that does not exist"),
        ("169.254.169.254", "is a link-local or metadata address"),
        ("169.254.0.0/16", "is a link-local or metadata address"),
        ("fe80::1", "is a link-local or metadata address"),
        ("fd00:ec2::254", "is a link-local or metadata address"),
        ("224.0.0.0/4", "is a multicast or unspecified address"),
        ("0.0.0.0", "is a multicast or unspecified address"),
    ],
)
def test_an_entry_that_would_allow_nothing_has_a_problem(entry, problem):
    assert str(entry_problem(entry)).startswith(problem)


@pytest.mark.parametrize(
    ("entries", "url"),
    [
        ((), "http://127.0.0.1:4811/"),
        ((), "http://[::ffff:127.0.0.1]:4811/"),
        (("127.0.0.1",), "http://localhost:9000/hook"),
        (("localhost",), "http://127.0.0.1/"),
        (("127.0.0.0/8",), "http://[::1]:9000/"),
        (("localhost:9000",), "http://127.0.0.1:9000/"),
        (("[::1]:9000",), "http://localhost:9000/"),
        (("hooks.example:8443",), "https://hooks.example:8443/"),
        (("hooks.example",), "https://hooks.example/"),
        (("10.1.0.9:80",), "http://10.1.0.9/"),
    ],
)
def test_a_client_s_url_needs_an_entry_or_an_announced_port(entries, url):
    Allowlist(entries, lambda: frozenset({4811})).check_url(url, from_client=True)


@pytest.mark.parametrize(
    ("entries", "url", "entry"),
    [
        ((), "http://127.0.0.1:9000/hook", "127.0.0.1:9000"),
        ((), "http://localhost/", "localhost:80"),
        ((), "https://a.localhost/", "a.localhost:443"),
        ((), "http://[::1]:9000/", "[::1]:9000"),
        ((), "http://[::ffff:127.0.0.1]:9000/", "127.0.0.1:9000"),
        ((), "http://[64:ff9b::7f00:1]:9000/", "127.0.0.1:9000"),
        (("localhost:9000",), "http://127.0.0.1:9001/", "127.0.0.1:9001"),
        (("10.0.0.0/8",), "http://127.0.0.1:9001/", "127.0.0.1:9001"),
    ],
)
def test_a_client_s_url_on_this_machine_is_refused_and_the_refusal_shows_the_entry(entries, url, entry):
    allowlist = Allowlist(entries, lambda: frozenset({4811}))
    allowlist.check_url(url)  # the operator's own endpoint may be anywhere on this machine
    with pytest.raises(DestinationRefused) as caught:
        allowlist.check_url(url, from_client=True)
    assert f"--allow-webhooks-to {entry}` allows it" in caught.value.reason
    assert entry_problem(entry) is None
    Allowlist([entry]).check_url(url, from_client=True)


def test_an_entry_with_a_port_allows_no_other_port():
    allowlist = Allowlist(("hooks.example:8443", "10.1.0.9:8443"))
    for url in ("https://hooks.example/", "http://10.1.0.9/"):
        with pytest.raises(DestinationRefused):
            allowlist.check_url(url)
    with pytest.raises(DestinationRefused):
        allowlist.check_resolved("hooks.example", "93.184.216.34", 80)
    allowlist.check_resolved("hooks.example", "93.184.216.34", 8443)


@pytest.mark.parametrize(
    "text",
    [
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "::ffff:0:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::169.254.169.254",
        "64:ff9b:1:a9fe:a9:fe00::",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:5601:5601",
        "2001:db8::5efe:169.254.169.254",
        "2001:db8::200:5efe:169.254.169.254",
    ],
)
def test_every_embedded_spelling_of_an_address_is_seen_through(text):
    assert str(parse_address(text)) == "169.254.169.254"
    with pytest.raises(DestinationRefused, match="cannot be allowed"):
        Allowlist(("::/0", "0.0.0.0/0")).check_url(f"http://[{text}]/", from_client=True)


def test_a_link_local_address_stays_one_whatever_it_embeds():
    assert str(parse_address("fe80::5efe:10.0.0.1")) == "fe80::5efe:a00:1"


def test_a_hidden_metadata_address_is_forbidden_to_proxies_too():
    address = parse_address("64:ff9b::a9fe:a9fe")
    assert address is not None
    assert is_forbidden(address)
