"""How far ahead a reason may be booked online."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from appointments.enums import HorizonUnit
from appointments.models import VisitReason


def last_day(reason: VisitReason, local: datetime) -> date:
    """The last local day that may be booked at a local moment; what the statement of availability says in SQL.

    Before ``opens_at`` a day counts as the one before it.
    """
    day = local.date()
    if reason.opens_at is not None and local.time() < reason.opens_at:
        day -= timedelta(days=1)
    if reason.horizon_unit == HorizonUnit.MONTHS:
        years, month = divmod(day.month - 1 + reason.horizon, 12)
        return date(day.year + years, month + 1, monthrange(day.year + years, month + 1)[1])
    return day + timedelta(days=reason.horizon * (7 if reason.horizon_unit == HorizonUnit.WEEKS else 1))
