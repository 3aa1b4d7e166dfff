"""Whose address is believed, and which networks hold it."""

import pytest
from django.test import RequestFactory

from accounts.networks import HostBitsSet, NotANetwork, client_address, holds, neighbourhood, read_address, read_network


def request_from(address: str, forwarded: str | None = None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=address, **headers)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (0, None, "10.0.0.1"),
        (0, "198.51.100.7", "10.0.0.1"),  # nobody of ours wrote it
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the client wrote the first one
        (1, "203.0.113.9, , 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "10.0.0.1"),  # too few: someone came in beside the outer proxy
        (2, None, "10.0.0.1"),
        (1, "198.51.100.7:44321", "198.51.100.7"),
        (1, "[2001:db8::7]:44321", "2001:db8::7"),
        (1, "2001:db8::7%eth0", "2001:db8::7"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "[::ffff:198.51.100.7]", "198.51.100.7"),
        (1, "198.51.100.7, not an address", "None"),  # never another one instead
        (1, "198.51.100.7, unknown", "None"),
        (1, "", "None"),
        (1, "198.51.100.7 ", "198.51.100.7"),
        (1, "010.1.2.3", "None"),  # octal or decimal? not ours to guess
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(settings, proxies, forwarded, believed):
    settings.TRUSTED_PROXIES = proxies

    assert str(client_address(request_from("10.0.0.1", forwarded))) == believed


def test_a_socket_without_an_address_has_none(settings):
    settings.TRUSTED_PROXIES = 0

    assert client_address(request_from("")) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        (" 203.0.113.0/24 ", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("2001:DB8::7", "2001:db8::7/128"),
        ("2001:db8::/48", "2001:db8::/48"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
    ],
)
def test_a_network_has_one_spelling(typed, kept):
    assert str(read_network(typed)) == kept


@pytest.mark.parametrize("typed", ["", "clinic", "203.0.113", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/24/8"])
def test_what_is_no_network_is_refused(typed):
    with pytest.raises(NotANetwork):
        read_network(typed)


def test_an_address_inside_a_network_names_the_network_that_was_meant():
    with pytest.raises(HostBitsSet) as refusal:
        read_network("203.0.113.7/24")

    assert str(refusal.value.meant) == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("203.0.113.0", True),
        ("203.0.113.255", True),
        ("203.0.114.0", False),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::7", True),
        ("2001:db8::8", False),
        ("not an address", False),
    ],
)
def test_addresses_in_networks_of_both_kinds(address, held):
    assert holds(["203.0.113.0/24", "2001:db8::7/128"], read_address(address)) is held


def test_neighbours_share_a_household():
    assert neighbourhood(read_address("203.0.113.7")) == "203.0.113.0/24"
    assert neighbourhood(read_address("2001:db8:1:2ff::9")) == "2001:db8:1:200::/56"
    assert neighbourhood(None) == "unknown"
