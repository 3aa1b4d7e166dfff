"""What these tests begin with."""

import pytest

from appointments.models import Appointment
from doctolib.outbox.models import OutboxMessage
from tests import pro

from .tools import at, book, chosen


@pytest.fixture
def clinic():
    return pro.clinic(closed_on_holidays=False)


@pytest.fixture
def first(clinic):
    return clinic.book(at("09:00"))


@pytest.fixture
def series(clinic, first):
    book(clinic.client, first, chosen(1, 2, 3))
    with clinic.scope():
        OutboxMessage.objects.all().delete()
        return list(Appointment.objects.order_by("starts_at"))
