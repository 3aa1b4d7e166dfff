"""Files sealed in chunks: known answers, every bit, and whatever can be done to a row of chunks."""

import hashlib
import hmac
import os
import tracemalloc
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto import files, keyring
from crypto.enums import Purpose
from crypto.errors import CannotOpen, KeyUnavailable
from crypto.files import CHUNK, HEADER, TAG, FileKey
from crypto.keyring import Access

KEY = bytes(range(32))
OWNER, FILE = UUID(int=7), UUID(int=9)
SMALL = 16  # bytes a chunk in tests that look at each of them
CONTENT = b"Ueberweisung an die Kardiologie, Dr. Kaya"  # 41 bytes: three chunks
KNOWN = (
    "01000000101fe8f614789c1e154f2f15256aa5dbd80a22d16dc4731761ab9acf3a27edf12ef01b063480ebe54e20ec58"
    "601c4b7c1f0ea304dfe088fec0a85fa20e065afbfe9526a573d57243e5f32d0e3ef76ed289110d0cfdb4b3e178aba6a4"
    "a1872bd257a8f7427e76092493ac63025c189b8276ae07e04b2fa313e7e1"
)


def the_key(key: bytes = KEY, *, owner: UUID = OWNER, label: str = "patients.document.file", file: UUID = FILE):
    return FileKey(key, owner=owner, label=label, file=file)


def sealed(content: bytes = CONTENT, *, chunk_size: int = SMALL, key: FileKey | None = None) -> bytes:
    return b"".join((key or the_key()).seal([content], chunk_size=chunk_size))


def opened(ciphertext: bytes, *, key: FileKey | None = None) -> bytes:
    return b"".join((key or the_key()).open([ciphertext]))


def chunks_of(ciphertext: bytes) -> tuple[bytes, list[bytes]]:
    """The header, and the sealed chunks."""
    body, size = ciphertext[HEADER:], SMALL + TAG
    return ciphertext[:HEADER], [body[at : at + size] for at in range(0, len(body), size)]


def test_a_known_key_gives_the_known_file():
    assert sealed().hex() == KNOWN
    assert opened(bytes.fromhex(KNOWN)) == CONTENT


def test_the_known_file_is_what_another_construction_gives():
    def lengths_first(*parts: bytes) -> bytes:
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    use = (b"file", OWNER.bytes, b"patients.document.file", FILE.bytes)
    info = lengths_first(*use, b"\1", b"\0\0\0\x10")
    secret = hmac.digest(bytes(32), KEY, hashlib.sha256)  # RFC 5869 with nothing but HMAC
    first = hmac.digest(secret, info + b"\1", hashlib.sha256)
    commitment = hmac.digest(secret, first + info + b"\2", hashlib.sha256)
    made = b"\1\0\0\0\x10" + commitment
    for number, at in enumerate(range(0, len(CONTENT), 16)):
        nonce = number.to_bytes(11, "big") + (b"\1" if at + 16 >= len(CONTENT) else b"\0")
        encryptor = Cipher(algorithms.AES(first), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(lengths_first(*use, b"\0\0\0\x10"))
        made += encryptor.update(CONTENT[at : at + 16]) + encryptor.finalize() + encryptor.tag

    assert made.hex() == KNOWN


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_a_file_of_any_size_comes_back(size):
    content = os.urandom(size)

    ciphertext = sealed(content, chunk_size=CHUNK)

    assert opened(ciphertext) == content
    assert len(ciphertext) == HEADER + size + TAG * max(1, -(-size // CHUNK))


@pytest.mark.parametrize("step", [1, 7, 16, 17, 1000])
def test_how_the_bytes_arrive_makes_no_difference(step):
    pieces = [CONTENT[at : at + step] for at in range(0, len(CONTENT), step)]
    ciphertext = b"".join(the_key().seal(pieces, chunk_size=SMALL))
    arriving = [ciphertext[at : at + step] for at in range(0, len(ciphertext), step)]

    assert ciphertext.hex() == KNOWN
    assert b"".join(the_key().open(arriving)) == CONTENT


def test_each_flipped_bit_is_refused():
    ciphertext = bytes.fromhex(KNOWN)
    for bit in range(len(ciphertext) * 8):
        flipped = bytearray(ciphertext)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            opened(bytes(flipped))


def test_a_file_cut_anywhere_is_refused():
    for length in range(len(KNOWN) // 2):
        with pytest.raises(CannotOpen):
            opened(bytes.fromhex(KNOWN)[:length])


@pytest.mark.parametrize(
    "order",
    [[0, 1], [0], [], [1, 0, 2], [0, 2, 1], [0, 0, 1, 2], [1, 2], [0, 2], [2], [0, 1, 2, 2]],
    ids=str,
)
def test_chunks_left_out_reordered_or_repeated_are_refused(order):
    head, chunks = chunks_of(bytes.fromhex(KNOWN))

    with pytest.raises(CannotOpen):
        opened(head + b"".join(chunks[number] for number in order))


@pytest.mark.parametrize("content", [CONTENT, CONTENT[:32]], ids=["a short last chunk", "a full last chunk"])
@pytest.mark.parametrize("more", [b"\0", bytes(SMALL + TAG)])
def test_appended_bytes_are_refused(content, more):
    with pytest.raises(CannotOpen):
        opened(sealed(content) + more)


def test_a_chunk_of_another_file_is_refused():
    head, chunks = chunks_of(sealed())
    _head, others = chunks_of(sealed(key=the_key(file=uuid4())))

    with pytest.raises(CannotOpen):
        opened(head + chunks[0] + others[1] + chunks[2])


@pytest.mark.parametrize(
    "other",
    [the_key(bytes(32)), the_key(owner=uuid4()), the_key(label="patients.letter.file"), the_key(file=uuid4())],
    ids=["key", "owner", "label", "file"],
)
def test_another_key_owner_label_or_file_is_refused(other):
    with pytest.raises(CannotOpen):
        opened(sealed(), key=other)


def test_a_file_opens_under_no_second_key_though_its_chunks_would(monkeypatch):
    """AES-GCM alone does not commit to its key; the header does, and is looked at before any chunk."""
    monkeypatch.setattr(files.AESGCM, "decrypt", lambda *_: pytest.fail("a chunk was tried"))

    with pytest.raises(CannotOpen):
        opened(sealed(), key=the_key(bytes(32)))


def test_a_huge_chunk_size_in_the_header_is_refused_before_anything_is_read():
    def endless():
        yield b"\1\xff\xff\xff\xff" + bytes(32)
        pytest.fail("more was read")

    with pytest.raises(CannotOpen):
        list(the_key().open(endless()))


def test_sealing_and_opening_need_the_memory_of_a_few_chunks():
    def zeros():
        for _ in range(256):
            yield bytes(CHUNK)  # 16 MiB

    tracemalloc.start()
    size = sum(map(len, the_key().open(the_key().seal(zeros()))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size == 256 * CHUNK
    assert peak < 12 * CHUNK


# The key of a file ---------------------------------------------------------------------------------------------------


def test_a_wrapped_key_opens_its_own_file_again(clinic):
    place = {"owner": clinic, "label": "patients.document.file", "file": uuid4()}
    with keyring.lend(Access.owner(clinic)):
        key, wrapped = FileKey.create(**place)
        again = FileKey.unwrap(wrapped, **place)

    assert opened(sealed(key=key), key=again) == CONTENT  # outside of the loan: streams outlive scopes


def test_each_file_has_another_key(clinic):
    place = {"owner": clinic, "label": "patients.document.file", "file": uuid4()}
    with keyring.lend(Access.owner(clinic)):
        (one, _), (other, _) = FileKey.create(**place), FileKey.create(**place)

    assert sealed(key=one) != sealed(key=other)


def test_a_key_wrapped_for_another_file_does_not_unwrap(clinic):
    place = {"owner": clinic, "label": "patients.document.file"}
    with keyring.lend(Access.owner(clinic)):
        _key, wrapped = FileKey.create(**place, file=uuid4())
        with pytest.raises(CannotOpen):
            FileKey.unwrap(wrapped, **place, file=uuid4())


def test_a_patient_unwraps_the_keys_of_their_own_files_only(clinic):
    person, place = uuid4(), {"owner": clinic, "label": "patients.document.file", "file": uuid4()}
    with keyring.lend(Access.person(clinic, person)):
        key, wrapped = FileKey.create(**place)
        again = FileKey.unwrap(wrapped, **place, subject=person)
        for other in (uuid4(), None):
            with pytest.raises(KeyUnavailable):
                FileKey.unwrap(wrapped, **place, subject=other)

    assert opened(sealed(key=key), key=again) == CONTENT


@pytest.mark.parametrize("access", [Access.none(), Access.pseudonymous(), Access.sealing(UUID(int=3))])
def test_nothing_is_sealed_or_opened_without_the_key(clinic, access):
    with keyring.lend(access), pytest.raises(KeyUnavailable):
        FileKey.create(owner=clinic, label="patients.document.file", file=uuid4())


def test_a_file_key_opens_no_field_and_a_field_s_key_no_file(clinic):
    file = uuid4()
    with keyring.lend(Access.owner(clinic)):
        _key, wrapped = FileKey.create(owner=clinic, label="patients.document.file", file=file)
        with pytest.raises(CannotOpen):
            keyring.open_sealed(wrapped, owner=clinic, label="patients.document.file", row=file, purpose=Purpose.DATA)
