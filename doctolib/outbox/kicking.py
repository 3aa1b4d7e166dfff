"""Tell a worker that something waits. Celery only makes it quick: beat finds every row a few seconds later."""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE = 0.25  # seconds between two dispatches that this process asks for
BULK_PAUSE = 1.0  # the same for reminders that have left: a dispatch costs as much as sending one
AWAY = 30.0  # seconds without another try when the broker did not answer: asking may have cost seconds


class Kicker:
    """Asks for a dispatch at once; when many rows come, for one at the end of each pause, which finds all of them."""

    def __init__(self, *, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._next = 0.0  # when the next dispatch may start
        self._covered_until = 0.0  # rows committed before this are found by a dispatch that was asked for already

    def __call__(self) -> None:
        with self._lock:
            now = self._clock()
            if now < self._covered_until:
                return
            wait = max(0.0, self._next - now)
            self._next = now + wait + self._pause
            self._covered_until = now + wait
        try:
            _ask(wait)
        except Exception as error:  # any transport error; the row is committed and waits
            self._covered_until = now + AWAY
            logger.warning("dispatch not kicked: %s", type(error).__name__)


def _ask(wait: float) -> None:
    from .tasks import dispatch

    dispatch.apply_async(countdown=wait or None, expires=30, retry=False)


kick = Kicker()
kick_for_bulk = Kicker(pause=BULK_PAUSE)
