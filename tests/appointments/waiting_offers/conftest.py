"""What these tests begin with."""

import pytest

from tests.appointments.bookings import clinic
from tests.appointments.waiters import someone


@pytest.fixture
def place():
    return clinic()


@pytest.fixture
def ada():
    return someone(1)


@pytest.fixture
def grace():
    return someone(2)
