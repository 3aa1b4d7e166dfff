"""Which passwords are refused, and why."""

import time

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.passwords import LONGEST, refuse_weak

KNOWN = [
    "ada.moellenkamp-lue@stadtklinik.example",
    "+4915228817386",
    "Ada",
    "Möllenkamp-Lüdenscheidt",
    "Klinikum Hohenfels",
]


def verdict(password: str, known: list[str] = KNOWN) -> str:
    """Why a password is refused; "" when it is not."""
    try:
        refuse_weak(password, known=known)
    except ValidationError as refusal:
        return refusal.error_list[0].code
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "vier Wörter sind genug",
        "ein ganz neues Passwort",
        "correct horse battery staple",
        "blaue Elefanten tanzen",
        "kT9#vQ2mxw",
        "wbhxqztr",  # no composition rules
        "83926174",
        "ÄÖÜäöüßéèñ",
        "日本語の長い秘密",
        "Meine Oma fährt im Hühnerstall Motorrad",
        " x7 am Rand q9 ",
    ],
)
def test_allowed(password):
    assert verdict(password) == ""


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Passwort",
        "Passwort1",
        "P@ssw0rt2026!",
        "Pa$$w0rd!!",
        "Sommer2026",
        "Sommer2026!!",
        "winter-2025-winter",
        "Frühling2024",
        "Krankenhaus123",
        "klinikum!2026",
        "Doctolib2026",
        "DoctolibPro#1",
        "qwertzuiop",
        "qwertzuiopasdfghjkl",
        "poiuztrewq987654321",
        "1qay2wsx3edc4rfv",
        "1q2w3e4r5t6z7u8i9o0p",
        "asdfghjkl1234567890",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlkjihg",
        "123456789012345678",
        "24.12.1980",
        "19841984",
        "01.01.2000 01.01.2000",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "111111222222333333",
        "passwordpassword",
        "hallohallohallohallo",
        "ichliebedich123",
        "Schatz & Liebling",
        "iloveyou1234567",
        "adminadmin1234",
        "Willkommen2026!?!",
        '!"§$%&/()',
        "telechargement",  # an entry of Django's
    ],
)
def test_what_everybody_has(password):
    assert verdict(password) == "password_too_common"


@pytest.mark.parametrize(
    "password",
    [
        "Moellenkamp1980",
        "möllenkamp!2026",
        "ada.moellenkamp-lue@stadtklinik.example",
        "LUEDENSCHEIDT",
        "Lüdenscheidt77!",
        "AdaAdaAda1",
        "015228817386",
        "+4915228817386",
        "0152 28817386",
        "Hohenfels2026",
        "hohenfels-klinikum",
        "Mo\u0308llenkampxkqvw",  # half of it
        "m0ell3nkamp2026",
    ],
)
def test_what_others_know_of_its_owner(password):
    assert verdict(password) == "password_known"


def test_a_name_inside_a_long_password_is_no_harm():
    assert verdict("die kleine ada mag blaue Elefanten") == ""


@pytest.mark.parametrize("length", range(8, 65))
def test_common_passwords_of_every_length_are_refused(length):
    """For each length that is allowed: a sequence, a walk, a word filled up, one sign, and repeats."""
    made = ["1234567890" * 7, "qwertzuiop" * 7, "abcdefghijklmnopqrstuvwxyz" * 3, "x" * 64, "passwort" + "1" * 60]
    made += ["sommer" * 11, "hallo2026" * 8]

    assert {verdict(password[:length]) for password in made[:5]} == {"password_too_common"}
    whole = [unit * (length // len(unit)) for unit in ("sommer", "hallo", "2026") if length // len(unit) > 1]
    assert {verdict(password) for password in whole if len(password) >= 8} == {"password_too_common"}


def test_every_entry_of_djangos_list_is_refused():
    entries = [entry for entry in CommonPasswordValidator().passwords if len(entry) >= 8]

    assert len(entries) > 5000
    assert [entry for entry in entries if verdict(entry) != "password_too_common"] == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x7Kq#2v", "password_too_short"),
        ("", "password_too_short"),
        ("vier Wörter sind genug " * 200, "password_too_long"),
    ],
)
def test_length(password, code):
    assert verdict(password) == code


def test_nothing_is_cut_off():
    """bcrypt alone stops at 72 bytes, and refuses more: the hash is over a digest of the whole password."""
    long = "ü" * 99 + "x7"

    assert check_password(long, make_password(long))
    assert not check_password(long[:-1], make_password(long))
    assert not check_password(long[:72], make_password(long))


def test_the_hash_is_bcrypt_at_cost_12(monkeypatch):
    monkeypatch.undo()  # the other tests hash quickly

    assert make_password("vier Wörter sind genug").startswith("bcrypt_sha256$$2b$12$")


def test_the_longest_password_is_judged_in_no_time():
    """One that is built to keep the cutting busy: words, walks and numbers without end."""
    password = "".join(f"sommerqwertz{at}abc" for at in range(250))[:LONGEST]
    began = time.process_time()
    verdict(password)

    assert time.process_time() - began < 2  # 0.1 s; the bound only catches what grows with the square
