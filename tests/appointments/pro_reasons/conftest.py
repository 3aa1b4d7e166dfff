"""What these tests begin with."""

import pytest

from tests import pro


@pytest.fixture
def clinic():
    return pro.clinic()
