"""The port that a receiver on trial is given."""

import socket

from mockserver.trial.receiver_address import parse_receiver_address, url_port

ADDRESS = parse_receiver_address("http://127.0.0.1:{port}/hook")
FIRST_EPHEMERAL = 32_768
"""Linux gives any program such a port, other systems one of 49152 and more."""


def test_no_other_program_is_given_the_port_before_the_receiver_listens():
    ports = [url_port(ADDRESS.take()) for _ in range(20)]
    assert max(ports) < FIRST_EPHEMERAL
    assert len(set(ports)) == len(ports)


def test_a_port_in_use_is_left_out():
    next_one = url_port(ADDRESS.take()) + 1
    with socket.create_server(("127.0.0.1", next_one)):
        assert url_port(ADDRESS.take()) != next_one
