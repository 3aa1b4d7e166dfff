"""Sealed fields against bare AES-GCM and against the ORM fetch of the same rows, in the same run.

Usage: python -m benchmarks.crypto      needs the database's owner (its table is rolled back)
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
    django.setup()

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections, models, transaction

from crypto import keyring, kms
from crypto.cache import WrappedKey, kms_context
from crypto.enums import Purpose
from crypto.fields import SealedJSONField

ROWS = 1000
ROUNDS = 25
ALIAS = "owner"


class Card(models.Model):
    """The columns of patients.Patient: eight personal fields in three sealed values, and what stands beside them."""

    table_class = "tenant"

    id = models.UUIDField(primary_key=True, default=uuid4)
    organisation_id = models.UUIDField()
    person_id = models.UUIDField(default=uuid4)
    name = SealedJSONField(label="benchmark.card.name")
    contact = SealedJSONField(label="benchmark.card.contact")
    insurance = SealedJSONField(label="benchmark.card.insurance")
    language = models.CharField(max_length=2, default="de")
    possible_duplicate_of = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "crypto_benchmark"


def run() -> list[dict]:
    """Milliseconds for 1,000 rows; ``ratio`` is value ÷ floor, the median over paired rounds."""
    with _cards() as organisation:
        access = keyring.Access.owner(organisation)
        bare = _bare_values()

        cards: list[Card] = []

        def fetched() -> float:
            cards.clear()
            return _milliseconds(lambda: cards.extend(Card.objects.using(ALIAS)))

        def decrypted() -> float:
            with keyring.lend(access):
                return _milliseconds(lambda: _read(cards))

        def sealed() -> float:
            fresh = [Card(organisation_id=organisation, **_values(i)) for i in range(ROWS)]
            fields = [Card._meta.get_field(name) for name in ("name", "contact", "insurance")]
            with keyring.lend(access):
                return _milliseconds(lambda: [field.seal(card) for card in fresh for field in fields])

        def closed() -> float:
            box, values = bare
            return _milliseconds(lambda: [box.encrypt(os.urandom(12), value, b"label") for _, value in values])

        opened = lambda: _milliseconds(lambda: _open_bare(bare, parse=False))  # noqa: E731
        parsed = lambda: _milliseconds(lambda: _open_bare(bare, parse=True))  # noqa: E731
        return [
            _compared("decrypt 1,000 rows x 8 fields (3 sealed values) / their ORM fetch", decrypted, fetched),
            _compared("decrypt 1,000 rows x 8 fields / bare AESGCM", decrypted, opened, before=fetched),
            _compared("decrypt 1,000 rows x 8 fields / bare AESGCM and json.loads", decrypted, parsed, before=fetched),
            _compared("seal 1,000 rows x 8 fields / bare AESGCM encryption", sealed, closed),
        ]


def _values(number: int) -> dict[str, dict[str, str]]:
    return {
        "name": {"first_name": "Jörg", "last_name": f"Müller-Lüdenscheidt {number}", "birth_date": "1980-02-03"},
        "contact": {"phone": f"+4917112{number:05}", "email": f"p{number}@example.org", "street": "Hauptstraße 5"},
        "insurance": {"insurer": "Musterkasse", "number": f"A{number:09}"},
    }


@contextmanager
def _cards() -> Iterator[UUID]:
    """A table of 1,000 cards under keys of their own, both gone afterwards."""
    organisation = uuid4()
    wrapped = [
        WrappedKey(purpose, 1, "active", kms.service().generate(kms_context(organisation, purpose, 1)).wrapped)
        for purpose in Purpose
    ]
    rows, keyring.cache._rows = keyring.cache._rows, lambda owner: wrapped
    try:
        with transaction.atomic(using=ALIAS):
            with connections[ALIAS].schema_editor() as editor:
                editor.create_model(Card)
            with keyring.lend(keyring.Access.owner(organisation)):
                cards = [Card(organisation_id=organisation, **_values(i)) for i in range(ROWS)]
                Card.objects.using(ALIAS).bulk_create(cards)
            yield organisation
            transaction.set_rollback(True, using=ALIAS)
    finally:
        keyring.cache._rows = rows
        keyring.forget(organisation)


def _bare_values() -> tuple[AESGCM, list[tuple[bytes, bytes]]]:
    box = AESGCM(os.urandom(32))
    plain = [json.dumps(v, ensure_ascii=False).encode() for i in range(ROWS) for v in _values(i).values()]
    return box, [(nonce, box.encrypt(nonce, value, b"label")) for value in plain for nonce in [os.urandom(12)]]


def _open_bare(bare: tuple[AESGCM, list[tuple[bytes, bytes]]], *, parse: bool) -> None:
    box, values = bare
    for nonce, sealed in values:
        value = box.decrypt(nonce, sealed, b"label")
        if parse:
            json.loads(value)


def _read(cards: list[Card]) -> None:
    for card in cards:
        _ = card.name["last_name"], card.contact["phone"], card.insurance["number"]


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def _compared(
    name: str, measured: Callable[[], float], floor: Callable[[], float], *, before: Callable[[], object] | None = None
) -> dict:
    pairs = []
    for _ in range(ROUNDS):
        if before is not None:
            before()
        below = floor()
        pairs.append((measured(), below))
    return {
        "name": name,
        "value": round(statistics.median(value for value, _ in pairs), 2),
        "unit": "ms",
        "floor": round(statistics.median(below for _, below in pairs), 2),
        "ratio": round(statistics.median(value / below for value, below in pairs), 2),
    }


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
