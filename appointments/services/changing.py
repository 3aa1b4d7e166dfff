"""Why a patient may not (any longer) move or cancel online. Staff may always. Pages ask before, services again."""

from datetime import datetime

from appointments.selectors.changes import Changes

from .refusals import CancelTooLate, MovedTooOften, MoveTooLate, NoLongerOnline


def move_refusal(changes: Changes, *, now: datetime) -> NoLongerOnline | None:
    if changes.most_moves is not None and changes.moves >= changes.most_moves:
        return MovedTooOften(changes.most_moves)
    return MoveTooLate(changes.move_before) if now > changes.move_until else None


def cancel_refusal(changes: Changes, *, now: datetime) -> NoLongerOnline | None:
    return CancelTooLate(changes.cancel_before) if now > changes.cancel_until else None
