"""Send what waits: claim, begin, write, send, record. No lock and no transaction is open while the network is used.

Exactly once is not to be had: a worker may die between the provider's answer and our commit. The row then says which
part was being handed over, and nobody knows whether it left. What may be repeated (``kinds.Kind.again``) is sent again;
for the rest the provider is asked later, and what it cannot tell ends as a dead letter.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from crypto import keyring
from crypto.errors import CryptoError, KmsUnavailable

from . import channels
from .claims import Claim, Message, begin, claim_due, databases
from .enums import MessageStatus, Outcome, Priority
from .kicking import kick_for_bulk
from .kinds import Rendered, kind_of

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
ASK_AFTER = timedelta(minutes=2)  # when it is unknown whether something left: providers list it by then

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
        if _in_doubt(message):
            _settle(begun, message, parts)
        return _send(begun, message, parts, clock)
    except LeaseLost:
        logger.warning("message %s: another worker took over", claim.message_id)
        return None
    except Exception as error:
        return _failed(begun, error, clock())
    finally:
        if claim.priority == Priority.BULK:
            kick_for_bulk()  # there is room for one more of many


def backoff(attempts: int) -> timedelta | None:
    """How long to wait after this many attempts, without jitter; None: give up."""
    index = (attempts - 1) % ATTEMPTS
    return BACKOFF[index] if index < len(BACKOFF) else None


def _write(claim: Claim) -> tuple[Message, dict[str, Rendered]]:
    """The row and its parts by name (``email``, ``sms``, a second e-mail is ``email-2``).

    The row says from now on which one is being handed over, unless it says so already and nobody knows what came of it.

    Raises LeaseLost and whatever the renderer raises; what that wrote to the database is rolled back then.
    """
    with claim.scope():
        message = claim.row().first()
        if message is None:
            raise LeaseLost
        render = kind_of(message.kind).render
        if claim.organisation_id is None:
            with keyring.platform_keys():
                parts = named(render(message.about, message.payload))
        else:
            parts = named(render(message.about, message.payload))
        if not _in_doubt(message):
            claim.row().update(sending=_next(message.parts_sent.split(), parts))
    return message, parts


def _in_doubt(message: Message) -> bool:
    """Whether a part may have left already and must not leave twice."""
    return bool(message.sending) and not kind_of(message.kind).again


def _settle(claim: Claim, message: Message, parts: dict[str, Rendered]) -> None:
    """Find out whether the part in doubt has left, and let the row say so. Raises Unclear while that is not known."""
    if message.status != MessageStatus.UNKNOWN:
        raise channels.Unclear  # ask later: what has just been sent is not listed yet
    sent, known = message.parts_sent.split(), {}
    if message.sending in parts:
        provider_id = channels.find(parts[message.sending], since=message.created_at)
        if provider_id:
            sent.append(message.sending)
            known = {"provider_id": provider_id, "outcome": Outcome.ACCEPTED}
    message.parts_sent = " ".join(sent)
    _record(claim, status=MessageStatus.WAITING, parts_sent=message.parts_sent, sending=_next(sent, parts), **known)


def named(rendered: list[Rendered]) -> dict[str, Rendered]:
    """The parts of a message by the names under which the row accounts for them."""
    parts: dict[str, Rendered] = {}
    for part in rendered:
        number = 1 + sum(other.channel == part.channel for other in parts.values())
        parts[part.channel if number == 1 else f"{part.channel}-{number}"] = part
    return parts


def _next(sent: list[str], parts: dict[str, Rendered]) -> str:
    return next((name for name in parts if name not in sent), "")


def _send(claim: Claim, message: Message, parts: dict[str, Rendered], clock: Clock) -> MessageStatus:
    """Send the parts that have not left yet; each is recorded at once, so a failing one repeats only itself."""
    sent = message.parts_sent.split()
    if not parts and not sent:
        return _finish(claim, MessageStatus.DROPPED, clock())
    known: dict[str, object] = {}
    while name := _next(sent, parts):
        provider_id = channels.send(parts[name], reference=channels.Reference(claim.owner, message.pk, name))
        if provider_id:
            known = {"provider_id": provider_id, "outcome": Outcome.ACCEPTED}
        sent.append(name)
        if coming := _next(sent, parts):
            _record(claim, parts_sent=" ".join(sent), sending=coming, **known)
    return _finish(claim, MessageStatus.SENT, clock(), parts_sent=" ".join(sent), **known)


def _finish(claim: Claim, status: MessageStatus, now: datetime, **columns: object) -> MessageStatus:
    # The payload has done its work; what is not kept cannot leak.
    columns |= {
        "status": status,
        "finished_at": now,
        "leased_until": None,
        "payload": None,
        "problem": "",
        "sending": "",
    }
    for pause in PATIENCE:
        try:
            _record(claim, **columns)
            return status
        except (OperationalError, InterfaceError):
            time.sleep(pause)  # it has left the house: what is not recorded is unknown
    _record(claim, **columns)
    return status


def _failed(claim: Claim, error: Exception, now: datetime) -> MessageStatus | None:
    """Wait and try again, or give up. Only the error's type is kept: its text may quote an address."""
    cause = error.__cause__ if isinstance(error, channels.ProviderAway) else None
    problem = type(cause or error).__name__[:60]
    try:
        with claim.scope():
            message = claim.row().only("attempts", "kind", "sending").first()
            if message is None:
                raise LeaseLost
            columns = _after_failure(message, error, now)
            claim.row().update(leased_until=None, problem=problem, **columns)
    except (LeaseLost, OperationalError, InterfaceError) as trouble:
        logger.warning("outcome of message %s not recorded: %s", claim.message_id, type(trouble).__name__)
        return None
    status = columns["status"]
    level = logging.ERROR if status == MessageStatus.DEAD else logging.WARNING
    fields = (message.kind, claim.message_id, message.attempts, problem)
    logger.log(level, "message not sent: kind=%s id=%s attempts=%d problem=%s", *fields)
    return status


def _after_failure(message: Message, error: Exception, now: datetime) -> dict[str, Any]:
    """What the row says after an error: dead, waiting for another try, or unknown until the provider is asked."""
    wait = None if isinstance(error, channels.Undeliverable) else backoff(message.attempts)
    if wait is None:
        return {"status": MessageStatus.DEAD, "finished_at": now}
    if _in_doubt(message) and not isinstance(error, channels.ProviderAway):
        return {"status": MessageStatus.UNKNOWN, "due_at": now + max(wait, ASK_AFTER)}
    if isinstance(error, channels.ProviderBusy):
        wait = max(wait, error.retry_after)
    due = now + wait * random.uniform(1 - JITTER, 1 + JITTER)
    return {"status": MessageStatus.WAITING, "sending": "", "due_at": due}


def _record(claim: Claim, **columns: object) -> None:
    """Write an outcome while the lease is ours. Raises LeaseLost."""
    with claim.scope():
        if not claim.row().update(**columns):
            raise LeaseLost
