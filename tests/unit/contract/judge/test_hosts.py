"""The host that a request names."""

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
    assert [is_local_host(host) for host in ("127.0.0.1", "0.0.0.0", "fake", "a.example.com")] == [
        True,
        True,
        True,
        False,
    ]
