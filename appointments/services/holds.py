"""Holds: a time kept for someone who is still filling in the form."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import Organisation
from accounts.throttling import retry_at, take
from appointments.enums import OccupancyStatus
from appointments.models import Appointment, Calendar, Hold, Occupancy
from appointments.selectors.availability import fit_slot
from appointments.selectors.changes import Changes, changes_for
from doctolib import prepared
from doctolib.ids import uuid7
from doctolib.queues import LOCK
from doctolib.tenancy.models import scope_organisation_id
from doctolib.tenancy.scopes import booking_scope, wait_for_disk

from .refusals import HoldExpired, NoMoreExtensions, TooManyHolds
from .taking import claim_resources, find_fit, nearest_free, occupy, refusals_explained

# W3C 2.2.1 asks for ten; who is not signed in gets two, so that a time is not kept for ever by nobody.
EXTENSIONS = {True: 10, False: 2}
# After its end a hold still tells which time it was and what was typed (W3C and NHS say 20 hours); then it is removed.
KEPT = timedelta(hours=20)
OWN = "this.id = $1"
OWN_LOCKED = f"{OWN} FOR UPDATE OF this"
OWN_QUEUED = f"(SELECT {LOCK.format('$2')}) IS NOT NULL AND {OWN_LOCKED}"
ASKS = "EXISTS (SELECT FROM appointments_question AS question WHERE question.reason_id = this.reason_id)"


@dataclass(frozen=True, slots=True)
class HoldView:
    """What pages show of a hold. ``expired`` is true after its end, and then the time may be someone else's."""

    id: UUID
    calendar_id: int
    calendar_name: str
    practitioner: str
    unit_name: str
    unit_slug: str
    site_name: str
    address: str
    reason_id: int
    reason_name: str
    instructions: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    extensions: int
    expired: bool
    changes: Changes  # what could be changed online once it is booked, and until when


def hold_slot(
    *,
    organisation: Organisation,
    reason_id: int,
    calendar_id: int,
    starts_at: datetime,
    now: datetime,
    network: str,
    token: str = "",
    others: Sequence[int] = (),
) -> tuple[Hold, str]:
    """Hold a free time for settings.HOLD_LIFETIME. Returns the hold and its token, which nobody can look up again.

    ``network`` is a keyed hash of where the visitor comes from. ``token`` is the visitor's own, of an earlier hold or
    made before (``new_token``): a visitor has one live hold, so the same time again is the same hold, and another time
    takes its place. Empty, spent or somebody else's: a new one. ``others``: calendars whose free times a refusal may
    name as well. Raises TooManyHolds, SlotTaken, NotOffered, NoAgreement.
    """
    counter = f"hold:{network}"
    if not take(counter, limit=settings.HOLDS_PER_NETWORK, window=settings.HOLD_LIFETIME, now=now):
        raise TooManyHolds(retry_at(counter) or now + settings.HOLD_LIFETIME)
    slot: dict[str, Any] = {"reason_id": reason_id, "calendar_id": calendar_id, "starts_at": starts_at, "now": now}
    with refusals_explained(organisation, **slot, others=others):
        if hold_id_of(token) and not is_spent(token):
            try:
                return _hold(organisation, token, **slot), token
            except _NotTheirs:
                pass
        token = new_token()
        return _hold(organisation, token, is_new=True, **slot), token


class _NotTheirs(Exception):
    """The token's id is somebody else's hold, or an appointment by now."""


def _hold(organisation: Organisation, token: str, *, now: datetime, is_new: bool = False, **slot: Any) -> Hold:
    hold_id = hold_id_of(token)
    assert hold_id is not None
    # A new hold that a crash takes away is an ended hold to who made it; confirming it waits for the disk.
    with booking_scope(organisation, hold_id, actor="visitor", durable=False):
        claim_resources(now=now, **slot)
        hold = None if is_new else _earlier(token, hold_id)
        if hold and hold.expires_at > now and all(getattr(hold, name) == value for name, value in slot.items()):
            return hold  # a second click, whose first answer never arrived
        if hold:  # another time takes the place of this one, in the transaction that makes it
            wait_for_disk()  # or a crash would bring back the old time, and that would be confirmed
            Occupancy.objects.filter(hold=hold).delete()
        fit = find_fit(**slot, now=now, online=True)
        with prepared.together(ends=True):
            hold = _written(hold, token, ends_at=fit.ends_at, expires_at=now + settings.HOLD_LIFETIME, **slot)
            occupy(fit, hold=hold, reason_id=hold.reason_id, status=OccupancyStatus.HELD, expires_at=hold.expires_at)
    return hold


def _written(earlier: Hold | None, token: str, **times: Any) -> Hold:
    """The row of a new hold, or the visitor's earlier one with new times: what they typed stays in it."""
    if earlier is None:
        id, _dot, secret = token.partition(".")
        hold = Hold(id=UUID(id), organisation_id=scope_organisation_id(), token_hash=_hash(secret), **times)
        prepared.insert(hold)
        return hold
    for name, value in {**times, "extensions": 0}.items():
        setattr(earlier, name, value)
    earlier.save(update_fields=[*times, "extensions"])
    return earlier


def _earlier(token: str, hold_id: UUID) -> Hold | None:
    """The hold that this token has already. Raises _NotTheirs."""
    hold = own_hold(token, lock=True)
    if hold is None and (Hold.objects.filter(pk=hold_id).exists() or confirmed_appointment(hold_id)):
        raise _NotTheirs
    return hold


def new_token() -> str:
    """A token whose hold does not exist yet: pages carry one, so that two clicks make one hold."""
    return f"{uuid7()}.{secrets.token_urlsafe(24)}"


def hold_id_of(token: str) -> UUID | None:
    """The id inside a token, without looking whether it is a hold's."""
    try:
        return UUID(token.partition(".")[0])
    except ValueError:
        return None


def spent(token: str) -> str:
    """What remains of a token when its hold became an appointment: the id, which leads its patient to it."""
    return f"{token.partition('.')[0]}."


def is_spent(token: str) -> bool:
    return not token.partition(".")[2]


def own_hold(token: str, *, lock: bool = False, person_id: UUID | None = None) -> Hold | None:
    """The hold of this token, with its reason, and whether that ``asks`` anything. Inside its booking scope.

    ``person_id``: queue as them first.
    """
    hold_id = hold_id_of(token)
    if hold_id is None:
        return None
    condition: str = OWN_LOCKED if lock else OWN
    asked: list[Any] = [hold_id]
    if person_id:
        condition, asked = OWN_QUEUED, [hold_id, str(person_id)]
    hold = prepared.first(Hold, condition, asked, related="reason", told=(("asks", ASKS),))
    if hold is None or not hmac.compare_digest(bytes(hold.token_hash), _hash(token.partition(".")[2])):
        return None
    return hold


def live_hold(*, organisation: Organisation, token: str, now: datetime) -> HoldView | None:
    """What the pages of a booking show; None when there is no such hold (any more)."""
    hold_id = hold_id_of(token)
    if hold_id is None:
        return None
    with booking_scope(organisation, hold_id):
        hold = own_hold(token)
        if hold is None:
            return None
        calendar = Calendar.objects.select_related("unit", "site", "practitioner").get(pk=hold.calendar_id)
        reason = hold.reason
        return HoldView(
            id=hold.id,
            calendar_id=hold.calendar_id,
            calendar_name=calendar.name,
            practitioner=str(calendar.practitioner or calendar.name),
            unit_name=calendar.unit.name if calendar.unit else "",
            unit_slug=calendar.unit.slug if calendar.unit else "",
            site_name=calendar.site.name,
            address=calendar.site.address,
            reason_id=reason.pk,
            reason_name=reason.name,
            instructions=reason.instructions,
            starts_at=hold.starts_at,
            ends_at=hold.ends_at,
            expires_at=hold.expires_at,
            extensions=hold.extensions,
            expired=hold.expires_at <= now,
            changes=changes_for(reason, hold.starts_at),
        )


def extend_hold(*, organisation: Organisation, token: str, now: datetime, signed_in: bool) -> datetime:
    """Ten minutes more from now. Returns the new end. Raises HoldExpired, NoMoreExtensions."""
    hold_id = hold_id_of(token)
    if hold_id is None:
        raise HoldExpired
    with booking_scope(organisation, hold_id):
        hold = own_hold(token, lock=True)
        if hold is None or hold.expires_at <= now:
            raise HoldExpired
        if hold.extensions >= EXTENSIONS[signed_in]:
            raise NoMoreExtensions
        hold.expires_at = now + settings.HOLD_LIFETIME
        hold.extensions += 1
        hold.save(update_fields=["expires_at", "extensions"])
        if not Occupancy.objects.filter(hold=hold).update(expires_at=hold.expires_at):
            raise HoldExpired
        return hold.expires_at


def release_hold(*, organisation: Organisation, token: str) -> None:
    """Give a hold up; its times are free at once. An unknown or a spent token is nothing to do."""
    hold_id = hold_id_of(token)
    if hold_id is None or is_spent(token):
        return
    with booking_scope(organisation, hold_id):
        hold = own_hold(token)
        if hold:
            hold.delete()


def expired_refusal(organisation: Organisation, hold: Hold, *, now: datetime) -> HoldExpired:
    """The refusal for a hold that has ended: is the time still free, and what is near it?"""
    with booking_scope(organisation, hold.id):
        fit = fit_slot(reason_id=hold.reason_id, calendar_id=hold.calendar_id, starts_at=hold.starts_at, now=now)
    if fit:
        return HoldExpired(still_free=True)
    return HoldExpired(
        nearest_free(
            organisation, reason_id=hold.reason_id, calendar_id=hold.calendar_id, around=hold.starts_at, now=now
        )
    )


def remove_expired(organisation: Organisation, *, now: datetime) -> int:
    """Housekeeping: delete holds that ended KEPT ago, with what they occupied. Inside an organisation scope."""
    deleted, _rows = Hold.objects.filter(expires_at__lt=now - KEPT).delete()
    return deleted


def confirmed_appointment(hold_id: UUID) -> Appointment | None:
    """The appointment that this hold became. Inside its booking scope."""
    return Appointment.objects.filter(pk=hold_id).first()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
