"""Numbers that come as text, from addresses and forms."""

DIGITS = 18  # fit into the database's bigint


def row_number(text: str | None) -> int | None:
    """The id of a row, or another whole number, that a text stands for; None when it is none that can be there."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
        return None
    return int(text)
