import socket

import pytest

from inkdigit.cli import address
from inkdigit.errors import Busy, UsageError


def test_a_port_that_is_taken_is_said_so() -> None:
    with address.bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Busy, match="in use"):
            address.bind("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"), [("no.such.host.invalid", 0), ("", -1), ("127.0.0.1", 65_536), ("8.8.8.8", 0), ("x" * 300, 0)]
)
def test_an_address_that_is_none_is_wrong_usage(host: str, port: int) -> None:
    with pytest.raises(UsageError, match="cannot listen"):
        address.bind(host, port)


def test_loopback_is_known_from_the_rest() -> None:
    for host, loopback in (("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)):
        with address.bind(host, 0) as listener:
            assert address.is_loopback(listener) == loopback
            assert address.address_of(listener).endswith(f":{listener.getsockname()[1]}")
    if socket.has_ipv6:
        try:
            with address.bind("::1", 0) as listener:
                assert address.is_loopback(listener)
                assert address.address_of(listener).startswith("http://[::1]:")
        except UsageError:
            pass  # this machine has no IPv6
