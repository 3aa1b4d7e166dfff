import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from crypto.errors import CryptoError
from doctolib.audit.platform import PLATFORM, trails
from doctolib.audit.sealing import seal_due
from doctolib.audit.verifying import Head, verify
from doctolib.tenancy.tenants import UnknownTenant, tenant

SHOWN = 20  # broken places printed for each organisation


class Command(BaseCommand):
    help = "Seal the audit trails, or prove them: exit code 1 and the first broken row when one does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        sealing = actions.add_parser("seal", help="Chain what has not been chained yet, however old.")
        verifying = actions.add_parser("verify", help="Recompute every chain.")
        for action in (sealing, verifying):
            action.add_argument("--organisation", default="", help="Only this one (slug); platform is our own.")
        verifying.add_argument(
            "--heads",
            type=Path,
            help="A file kept outside the database: chains must still contain the heads noted there; it is renewed"
            " when all hold.",
        )

    def handle(self, *, action: str, organisation: str, **options: Any) -> None:
        try:
            chosen = _chosen(organisation)
        except UnknownTenant as error:
            raise CommandError(str(error)) from None
        if action == "seal":
            for one in chosen:
                sealed = self._each(one, lambda: seal_due(one, now=timezone.now(), thorough=True))  # noqa: B023
                self.stdout.write(f"organisation={one.slug} sealed={sealed}")
            return
        heads = self._verify_all(chosen, options["heads"])
        if options["heads"]:
            options["heads"].write_text(json.dumps(heads, indent=1) + "\n")

    def _verify_all(self, organisations: list[Any], file: Path | None) -> dict[str, dict[str, Any]]:
        """The heads of all organisations. Raises CommandError when a chain does not hold."""
        heads = json.loads(file.read_text()) if file and file.exists() else {}
        broken = []
        for one in organisations:
            known = heads.get(str(one.id))
            report = self._each(one, lambda: verify(one, now=timezone.now(), known_head=known and Head(**known)))  # noqa: B023
            counts = f"links={report.seals} late={report.late} breaks={len(report.breaks)}"
            self.stdout.write(f"organisation={one.slug} {counts}")
            for fault in report.breaks[:SHOWN]:
                place = (
                    f"sequence={fault.sequence if fault.sequence is not None else '-'} event={fault.event_id or '-'}"
                )
                broken.append(f"organisation={one.slug} fault={fault.fault} {place}")
                self.stdout.write(broken[-1])
            if report.head:
                heads[str(one.id)] = asdict(report.head)
        if broken:
            raise CommandError(f"The audit trail does not hold. First broken: {broken[0]}")
        return heads

    def _each(self, organisation: Any, work: Any) -> Any:
        try:
            return work()
        except (OperationalError, InterfaceError, CryptoError) as error:
            problem = type(error).__name__
            raise CommandError(f"organisation={organisation.slug} cannot be read: {problem}") from None


def _chosen(slug: str) -> list[Any]:
    """Raises UnknownTenant."""
    if not slug:
        return trails()
    return [PLATFORM if slug == PLATFORM.slug else tenant(slug=slug)]
