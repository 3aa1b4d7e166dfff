"""Reading sealed fields of many rows without making model instances (``keyring.open_many``)."""

from django.db.models import BinaryField, Func


class RowId(Func):
    """A row's id as its 16 bytes: thousands of UUIDs take longer to make than their names to open."""

    function = "uuid_send"
    output_field = BinaryField()
