"""Sites, units and practitioners, set up by administrators. In the organisation's scope."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from django.db import connections, models
from django.db.models import Max, ProtectedError
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Practitioner, Site, TravelTime, Unit
from accounts.selectors import ways_from
from doctolib import audit
from doctolib.tenancy.scopes import require_scope
from doctolib.violations import violation_raises

FOREIGN_KEY = "23503"
Row = TypeVar("Row", bound=models.Model)


class SetUpRefused(Exception):
    """``message`` says why."""

    message: Promise | str = ""


class AlreadyThere(SetUpRefused):
    """There is one with this name: asked twice, or sent twice."""

    message = _("There is already one with this name.")


class InUse(SetUpRefused):
    message = _("This is still in use and cannot be removed.")


def one_at_a_time() -> None:
    """Changes to the set-up of one clinic wait for each other, so that a look before a write is worth something."""
    scope = require_scope()
    with connections[scope.database].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(31, hashtext(%s))", [str(scope.organisation_id)])


def save_site(*, site: Site, ways: Mapping[int, int | None] = MappingProxyType({})) -> Site:
    """``ways``: ids of other sites, with the minutes to each; None: no time is kept free. Raises AlreadyThere."""
    one_at_a_time()
    _refuse_twin(Site.objects.filter(name__iexact=site.name), site)
    _save(site)
    _save_ways(site, ways)
    return site


def save_unit(*, unit: Unit) -> Unit:
    """A new unit gets its part of the address from its name, and stands at the end. Raises AlreadyThere."""
    one_at_a_time()
    _refuse_twin(Unit.objects.filter(name_de__iexact=unit.name_de), unit)
    if not unit.pk:
        unit.slug = _free_slug(unit.name_de)
        unit.position = next_position(Unit.objects.all())
    return _save(unit)


def save_practitioner(*, practitioner: Practitioner, is_another: bool = False) -> Practitioner:
    """``is_another``: it is known that someone else has the same name. Raises AlreadyThere."""
    one_at_a_time()
    if not is_another:
        names = {"first_name__iexact": practitioner.first_name, "last_name__iexact": practitioner.last_name}
        _refuse_twin(Practitioner.objects.filter(**names), practitioner)
    return _save(practitioner)


def remove(row: Site | Unit | Practitioner) -> None:
    """Delete what nothing needs. Raises InUse."""
    using = require_scope().database
    name, number = row._meta.model_name, row.pk
    try:
        with violation_raises(InUse, state=FOREIGN_KEY, using=using):  # some tables only the database knows to ask
            row.delete()
    except ProtectedError:
        raise InUse from None
    row.pk = number
    audit.record(f"{name}.removed", row)


def move(row: models.Model, among: models.QuerySet, *, up: bool) -> None:
    """Exchange places with the neighbour in ``among``, whose rows are numbered anew in their order."""
    one_at_a_time()
    rows = list(among)
    at = next(place for place, each in enumerate(rows) if each.pk == row.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for place, each in enumerate(rows):
        if each.position != place:
            each.position = place
            each.save(update_fields=["position"])
    audit.record(f"{row._meta.model_name}.moved", row)


def next_position(rows: models.QuerySet) -> int:
    last = rows.order_by().aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _refuse_twin(same: models.QuerySet, row: models.Model) -> None:
    if same.exclude(pk=row.pk).exists():
        raise AlreadyThere


def _save_ways(site: Site, ways: Mapping[int, int | None]) -> None:
    """A pair has one row, the lower id first. A site that was removed meanwhile has no way any more."""
    there = set(Site.objects.select_for_update(no_key=True).filter(pk__in=ways).values_list("pk", flat=True))
    before = ways_from(site)
    changed = {other: minutes for other, minutes in ways.items() if other in there and minutes != before.get(other)}
    for other, minutes in changed.items():
        first, second = sorted([site.pk, other])
        if minutes is None:
            TravelTime.objects.filter(site=first, other=second).delete()
        else:
            TravelTime.objects.update_or_create(site_id=first, other_id=second, defaults={"minutes": minutes})
    if changed:
        audit.record("site.ways_changed", site)


def _save(row: Row) -> Row:
    action = "changed" if row.pk else "added"
    row.save()
    audit.record(f"{row._meta.model_name}.{action}", row)
    return row


def _free_slug(name: str) -> str:
    """``klinik-fuer-kardiologie``; with a number when another unit has it. Never empty."""
    base = slugify(german_letters(name)).replace("_", "-")[:50].strip("-")
    base = base if len(base) > 1 else "unit"
    taken = set(Unit.objects.values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{number}" for number in range(2, 10_000))) if slug not in taken)


def german_letters(text: str) -> str:
    """Umlauts as two letters, as addresses have them."""
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.lower().replace(letter, letters)
    return text
