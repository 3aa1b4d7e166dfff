"""Counters, and the network a request comes from."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from accounts.models import Throttle
from accounts.throttling import Limit, Throttled, forget, give_back, network_of, take, take_all

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
class TestTake:
    def test_up_to_the_limit(self, now):
        assert [take("k", limit=2, window=MINUTE, now=now) for _ in range(4)] == [True, True, False, False]
        assert Throttle.objects.get().count == 2

    def test_keys_are_apart(self, now):
        assert [take(key, limit=1, window=MINUTE, now=now) for key in "ab"] == [True, True]

    def test_a_window_ends_exactly(self, now):
        take("k", limit=1, window=MINUTE, now=now)
        before = take("k", limit=1, window=MINUTE, now=now + MINUTE - timedelta(microseconds=1))
        after = take("k", limit=1, window=MINUTE, now=now + MINUTE)

        assert (before, after) == (False, True)
        assert Throttle.objects.get().ends_at == now + 2 * MINUTE

    def test_a_limit_of_nothing_lets_nothing_through(self, now):
        assert not take("k", limit=0, window=MINUTE, now=now)

    def test_given_back_it_may_be_taken_again(self, now):
        limit = Limit("k", 1, MINUTE)
        take_all([limit], now=now)
        give_back([limit])
        give_back([limit])

        assert Throttle.objects.get().count == 0
        assert take("k", limit=1, window=MINUTE, now=now)

    def test_forgotten_it_begins_anew(self, now):
        take("k", limit=1, window=MINUTE, now=now)
        forget("k")

        assert take("k", limit=1, window=MINUTE, now=now + timedelta(seconds=30))

    def test_a_refusal_names_the_end_and_counts_nothing(self, now):
        take("narrow", limit=1, window=MINUTE, now=now)

        with pytest.raises(Throttled) as refusal:
            take_all([Limit("wide", 9, MINUTE), Limit("narrow", 1, MINUTE)], now=now + timedelta(seconds=20))

        assert refusal.value.retry_at == now + MINUTE
        assert Throttle.objects.get(key="wide").count == 0


def request_from(address: str, forwarded: str = ""):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=address, **headers)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:200::1", "2001:db8:1:2ff::9", True),
        ("2001:db8:1:200::1", "2001:db8:1:300::1", False),
        ("::ffff:203.0.113.7", "203.0.113.9", True),
        ("", "not an address", True),
    ],
)
def test_a_network_is_one_household_or_clinic(keys, one, other, same):
    assert (network_of(request_from(one)) == network_of(request_from(other))) is same


def test_a_network_is_not_readable(keys):
    assert "203" not in network_of(request_from("203.0.113.7")).partition(":")[0]
    assert len(network_of(request_from("203.0.113.7")).partition(":")[2]) == 32


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "198.51.100.1", "203.0.113.7"),  # nobody in front of us: the header is the client's own invention
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        (2, "192.0.2.66, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.7"),  # came round the proxies
    ],
)
def test_a_forwarded_address_counts_behind_our_own_proxies_only(keys, settings, proxies, forwarded, client):
    settings.TRUSTED_PROXIES = proxies

    assert network_of(request_from("203.0.113.7", forwarded)) == network_of(request_from(client, client))
