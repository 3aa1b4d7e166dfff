"""How many parts a text has: known answers."""

import pytest

from doctolib.outbox.segments import segments_of


@pytest.mark.parametrize(
    ("text", "gsm7", "units", "count"),
    [
        ("", True, 0, 0),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("Grüße aus Köln, Straße 5", True, 24, 1),
        ("€" * 80, True, 160, 1),
        ("€" * 81, True, 162, 2),
        ("a" * 152 + "€" + "a" * 10, True, 164, 2),  # the escape does not end a part
        ("a" * 152 + "€" + "a" * 152, True, 306, 3),
        ("ł" * 70, False, 70, 1),
        ("ł" * 71, False, 71, 2),
        ("a" * 133 + "ł", False, 134, 2),
        ("a" * 66 + "🙂" + "a" * 10, False, 78, 2),
        ("a" * 66 + "🙂" + "a" * 66, False, 134, 3),  # nor are its halves torn apart
    ],
)
def test_a_text_has_as_many_parts_as_the_standard_says(text, gsm7, units, count):
    found = segments_of(text)

    assert (found.is_gsm7, found.units, found.count) == (gsm7, units, count)


def test_what_costs_the_longer_alphabet_is_named_once():
    assert segments_of("„Termin“ – morgen „früh“").strange == "„“–"
