"""Who works in a unit, and who of them leads it. In the organisation's scope."""

from accounts.models import Unit, UnitMember, User
from doctolib import audit


def add_member(*, unit: Unit, user: User) -> bool:
    """Someone has what the unit was given, from now on. Adding them again changes nothing; returns whether it did."""
    _member, added = UnitMember.objects.get_or_create(unit=unit, user_id=user.pk)
    if added:
        audit.record("unit.member_added", unit, about=user)
    return added


def remove_member(*, unit: Unit, user: User) -> None:
    removed, _each = UnitMember.objects.filter(unit=unit, user_id=user.pk).delete()
    if removed:
        audit.record("unit.member_removed", unit, about=user)


def set_leader(*, unit: Unit, user: User, value: bool) -> None:
    """Whether this member may give the unit's members rights on its calendars."""
    if UnitMember.objects.filter(unit=unit, user_id=user.pk).exclude(is_unit_admin=value).update(is_unit_admin=value):
        audit.record("unit.leader_added" if value else "unit.leader_removed", unit, about=user)
