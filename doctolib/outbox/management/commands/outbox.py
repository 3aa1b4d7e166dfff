from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from doctolib.outbox import dead_letters, dispatching
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.tasks import send_now


class Command(BaseCommand):
    help = "Messages on their way out, by kind and id. Replaying only counts, unless --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="Show the messages that were given up.")
        listing.add_argument("--status", choices=MessageStatus.values, default=MessageStatus.DEAD.value)
        listing.add_argument("--organisation", default="", help='A slug, or "platform".')
        replaying = actions.add_parser("replay", help="Send again what was given up. Only counts, unless --apply.")
        replaying.add_argument("ids", nargs="*", type=UUID)
        replaying.add_argument("--kind", default="", help="All of this kind.")
        replaying.add_argument("--all", action="store_true", help="All that were given up.")
        replaying.add_argument("--organisation", default="", help='A slug, or "platform".')
        replaying.add_argument("--apply", action="store_true")
        actions.add_parser("send", help="Send what is due in this process, without Redis and workers.")

    def handle(self, *, action: str, **options: Any) -> None:
        if action == "send":
            self.stdout.write(f"handled={dispatching.dispatch(send_now)}")
            return
        queues = dead_letters.queues(options["organisation"])
        if not queues:
            raise CommandError(f"There is no organisation {options['organisation']}.")
        if action == "replay" and not (options["ids"] or options["kind"] or options["all"]):
            raise CommandError("Name ids, or --kind, or --all.")
        run = self._list if action == "list" else self._replay
        away = 0
        for queue in queues:
            try:
                run(queue, options)
            except (OperationalError, InterfaceError):
                away += 1
                self.stderr.write(f"queue={queue.name} database away")
        if away:
            raise CommandError(f"{away} queues could not be read.")

    def _list(self, queue: dead_letters.Queue, options: dict[str, Any]) -> None:
        for letter in dead_letters.letters(queue, status=options["status"]):
            self.stdout.write(
                f"queue={queue.name} kind={letter.kind} id={letter.id} attempts={letter.attempts}"
                f" problem={letter.problem or '-'} since={letter.created_at:%Y-%m-%dT%H:%M:%SZ}"
            )

    def _replay(self, queue: dead_letters.Queue, options: dict[str, Any]) -> None:
        letters = dead_letters.letters(queue)
        ids = [
            letter.id
            for letter in letters
            if options["all"] or letter.id in options["ids"] or letter.kind == options["kind"]
        ]
        replayed = dead_letters.replay(queue, ids, now=timezone.now()) if options["apply"] and ids else 0
        if ids:
            self.stdout.write(f"queue={queue.name} dead={len(ids)} replayed={replayed}")
