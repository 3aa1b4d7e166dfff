"""Phone numbers as people read them."""

import phonenumbers


def phone_text(number: str) -> str:
    """A stored number (E.164) as people write it, German ones without the country's code. What is none stays so."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    german = parsed.country_code == 49
    form = phonenumbers.PhoneNumberFormat.NATIONAL if german else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
