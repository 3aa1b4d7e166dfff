"""Send what waits, at least once each: claim, begin, write, send, record.

Exactly once is not to be had: a worker may die between the provider's answer and our commit. No lock and no transaction
is open while the network is used.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from crypto import keyring
from crypto.errors import CryptoError, KmsUnavailable

from . import channels
from .claims import Claim, Message, begin, claim_due, databases
from .enums import MessageStatus
from .kinds import Rendered, renderer

logger = logging.getLogger(__name__)

# Waiting time after each attempt; the last one has none.
BACKOFF = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
ATTEMPTS = len(BACKOFF) + 1  # in a row; a replayed message gets as many again
JITTER = 0.2  # so that what failed together does not come back together
PATIENCE = (0.2, 2.0)  # seconds between tries to record what was sent

Clock = Callable[[], datetime]


class LeaseLost(Exception):
    """Someone else has begun the same message: leave it to them."""


def dispatch(hand_over: Callable[[Claim], None], *, clock: Clock = timezone.now) -> int:
    """Claim whatever is due in every database and hand each claim over; returns how many.

    A database that is away does not stop the others.
    """
    count = 0
    for database in databases():
        try:
            while claims := claim_due(database, now=clock()):
                count += len(claims)
                for claim in claims:
                    hand_over(claim)
        except (OperationalError, InterfaceError) as error:
            logger.error("queue of database %s is away: %s", database, type(error).__name__)
    return count


def deliver(claim: Claim, *, clock: Clock = timezone.now) -> MessageStatus | None:
    """Send one claimed message and record what became of it. None: nothing was begun, or the lease was lost.

    Whatever goes wrong with the message is recorded on its row and not raised.
    """
    owner = claim.organisation_id or keyring.PLATFORM_OWNER
    try:
        keyring.warm(owner)  # the key management is asked outside of transactions
    except KmsUnavailable:
        logger.warning("message %s waits: the key management is away", claim.message_id)
        return None
    except CryptoError:
        pass  # this row's own trouble: writing it will meet the same error
    begun = begin(claim, now=clock())
    if begun is None:
        return None
    try:
        message, parts = _write(begun)
        return _send(begun, message, parts, clock)
    except LeaseLost:
        logger.warning("message %s: another worker took over", claim.message_id)
        return None
    except Exception as error:
        return _failed(begun, error, clock())


def backoff(attempts: int) -> timedelta | None:
    """How long to wait after this many attempts, without jitter; None: give up."""
    index = (attempts - 1) % ATTEMPTS
    return BACKOFF[index] if index < len(BACKOFF) else None


def _write(claim: Claim) -> tuple[Message, dict[str, Rendered]]:
    """The row and its parts by name (``email``, ``sms``, a second e-mail is ``email-2``). Raises LeaseLost and whatever
    the renderer raises; what that wrote to the database is rolled back then."""
    with claim.scope():
        message = claim.row().first()
        if message is None:
            raise LeaseLost
        render = renderer(message.kind)
        if claim.organisation_id is None:
            with keyring.platform_keys():
                rendered = render(message.about, message.payload)
        else:
            rendered = render(message.about, message.payload)
    parts: dict[str, Rendered] = {}
    for part in rendered:
        number = 1 + sum(other.channel == part.channel for other in parts.values())
        parts[part.channel if number == 1 else f"{part.channel}-{number}"] = part
    return message, parts


def _send(claim: Claim, message: Message, parts: dict[str, Rendered], clock: Clock) -> MessageStatus:
    """Send the parts that have not left yet; each is recorded at once, so a failing one repeats only itself."""
    if not parts:
        return _finish(claim, MessageStatus.DROPPED, clock())
    sent = message.parts_sent.split()
    for name, part in parts.items():
        if name not in sent:
            channels.send(part, reference=f"{message.pk}.{name}")
            sent.append(name)
            if len(sent) < len(parts):
                _record(claim, parts_sent=" ".join(sent))
    return _finish(claim, MessageStatus.SENT, clock(), parts_sent=" ".join(sent))


def _finish(claim: Claim, status: MessageStatus, now: datetime, **columns: object) -> MessageStatus:
    # The payload has done its work; what is not kept cannot leak.
    columns |= {"status": status, "finished_at": now, "leased_until": None, "payload": None, "problem": ""}
    for pause in PATIENCE:
        try:
            _record(claim, **columns)
            return status
        except (OperationalError, InterfaceError):
            time.sleep(pause)  # it has left the house: what is not recorded is sent twice
    _record(claim, **columns)
    return status


def _failed(claim: Claim, error: Exception, now: datetime) -> MessageStatus | None:
    """Wait and try again, or give up. Only the error's type is kept: its text may quote an address."""
    problem = type(error).__name__[:60]
    try:
        with claim.scope():
            message = claim.row().only("attempts", "kind").first()
            if message is None:
                raise LeaseLost
            wait = None if isinstance(error, channels.Undeliverable) else backoff(message.attempts)
            if wait is None:
                columns = {"status": MessageStatus.DEAD, "finished_at": now}
            else:
                columns = {"due_at": now + wait * random.uniform(1 - JITTER, 1 + JITTER)}
            claim.row().update(leased_until=None, problem=problem, **columns)
    except (LeaseLost, OperationalError, InterfaceError) as trouble:
        logger.warning("outcome of message %s not recorded: %s", claim.message_id, type(trouble).__name__)
        return None
    level = logging.ERROR if wait is None else logging.WARNING
    fields = (message.kind, claim.message_id, message.attempts, problem)
    logger.log(level, "message not sent: kind=%s id=%s attempts=%d problem=%s", *fields)
    return MessageStatus.DEAD if wait is None else MessageStatus.WAITING


def _record(claim: Claim, **columns: object) -> None:
    """Write an outcome while the lease is ours. Raises LeaseLost."""
    with claim.scope():
        if not claim.row().update(**columns):
            raise LeaseLost
