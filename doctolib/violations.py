"""Turn what the database refuses into an error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, transaction

NO_AGREEMENT = "DP001"  # sec.require_agreement (retention)
EXCLUSION, UNIQUE = "23P01", "23505"


def sqlstate(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", "") or ""


@contextmanager
def violation_raises(refusal: type[Exception], *, constraint: str = "", state: str = "", using: str) -> Iterator[None]:
    """Run a block in a savepoint; a violation of this constraint (or this SQLSTATE) becomes ``refusal``.

    The outer transaction stays usable. Other errors pass.
    """
    try:
        with transaction.atomic(using=using):
            yield
    except DatabaseError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        named = bool(constraint) and getattr(diagnosis, "constraint_name", None) == constraint
        if named or (state and sqlstate(error) == state):
            raise refusal() from error
        raise
