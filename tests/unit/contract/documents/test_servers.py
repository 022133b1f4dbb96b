"""Servers: one address in all its spellings, and variables."""

import pytest

from mockserver.contract.documents.servers import MAX_SERVERS, Server, documented_servers


@pytest.mark.parametrize(
    ("url", "origin", "base_path"),
    [
        ("https://a.example", "https://a.example", ""),
        ("HTTPS://A.example:443/v1/", "https://a.example", "/v1"),
        ("http://a.example:443/V1", "http://a.example:443", "/V1"),
        ("//a.example/v1", "//a.example", "/v1"),
        ("/v1", "", "/v1"),
        ("./v1", "", "/v1"),
        ("v1", "", "/v1"),
        (".", "", ""),
        ("./v1/", "", "/v1"),
        ("../v1", "", "/v1"),
        ("/a/../v1/.", "", "/v1"),
        ("https://a.example/a/../v1/", "https://a.example", "/v1"),
        ("https://a.example/v1:beta", "https://a.example", "/v1:beta"),
        ("/", "", ""),
        ("", "", ""),
        ("http://[", "http://[", ""),
    ],
)
def test_a_url_is_an_origin_and_a_path(url, origin, base_path):
    assert documented_servers([{"url": url}]) == (Server(origin, base_path),)


def test_a_variable_stands_for_its_values():
    variables = {"region": {"default": "eu", "enum": ["us", "eu"]}, "base": {"default": "v2"}, "other": {}}
    servers = documented_servers([{"url": "https://{region}.a.example/{base}", "variables": variables}])
    assert [server.url for server in servers] == [
        "https://eu.a.example/v2",
        "https://eu.a.example/{}",
        "https://us.a.example/v2",
        "https://us.a.example/{}",
    ]
    assert documented_servers([{"url": "/{none}"}]) == (Server("", "/{}"),)


def test_equal_servers_are_one_and_many_are_cut_off():
    assert len(documented_servers([{"url": "/a"}, {"url": "/a/"}, {}])) == 2
    values = [str(number) for number in range(1000)]
    variables = {"a": {"enum": values}, "b": {"enum": values}}
    assert len(documented_servers([{"url": "/{a}/{b}", "variables": variables}])) == MAX_SERVERS


def test_a_host_may_be_any_text_in_a_variable():
    server = Server("https://{}.a.example:8080", "")
    assert server.is_at("b.a.example")
    assert not server.is_at(".a.example")
    assert not server.is_at("bXa.example")
    assert Server("", "").url == "/"
