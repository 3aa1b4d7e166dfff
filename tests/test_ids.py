"""Ids that sort by when they were made, as RFC 9562 lays them out."""

import time
from uuid import RFC_4122

from doctolib.ids import uuid7


def test_an_id_has_version_variant_and_the_time():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_later_ids_sort_behind_earlier_ones(monkeypatch):
    made = []
    for milliseconds in (1, 2, 2**47):
        monkeypatch.setattr("doctolib.ids.time.time_ns", lambda milliseconds=milliseconds: milliseconds * 1_000_000)
        made.append(uuid7())

    assert sorted(made) == made


def test_all_74_random_bits_are_used(monkeypatch):
    monkeypatch.setattr("doctolib.ids.time.time_ns", lambda: 0)

    ones = zeros = 0
    for _ in range(500):
        ones |= uuid7().int
        zeros |= ~uuid7().int

    random = (1 << 76) - (1 << 64) | (1 << 62) - 1
    assert ones & zeros & ((1 << 128) - 1) == random


def test_ids_of_the_same_moment_differ(monkeypatch):
    monkeypatch.setattr("doctolib.ids.time.time_ns", lambda: 0)

    assert len({uuid7() for _ in range(10_000)}) == 10_000
