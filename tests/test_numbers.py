import pytest

from doctolib.numbers import row_number


@pytest.mark.parametrize("text", ["1", "007", "9" * 18])
def test_digits_are_a_number(text):
    assert row_number(text) == int(text)


@pytest.mark.parametrize(
    "text", [None, "", "-1", "1.0", "1 ", "x", "²", "١", "9" * 19, "9" * 5000], ids=lambda text: repr(text)[:12]
)
def test_everything_else_is_nobodys_row(text):
    assert row_number(text) is None
