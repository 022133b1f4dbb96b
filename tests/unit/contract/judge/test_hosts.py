"""The host that a request names."""

import pytest

from mockserver.contract.judge.hosts import is_local_host, request_host
from mockserver.core.wire import Exchange, Request


def test_hosts_are_read_without_their_port():
    names = {"host": "A.example.com:80"}, {"Host": "[::1]:80"}, {"host": "[::1]"}, {}
    assert [request_host(Exchange(Request("GET", "/", headers=each), None, 0, None)) for each in names] == [
        "a.example.com",
        "[::1]",
        "[::1]",
        None,
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "[::1]", "0.0.0.0", "fake", "localhost", "api.localhost"])
def test_a_name_of_this_machine_is_a_stand_in(host):
    assert is_local_host(host)


@pytest.mark.parametrize("host", ["a.example.com", "127.example.com", "10.0.0.1", "[2001:db8::1]"])
def test_a_name_of_another_machine_is_none(host):
    assert not is_local_host(host)
