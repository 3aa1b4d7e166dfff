"""Every page of the Django admin: it is there for platform staff, and shows no name, address or number of anybody."""

from html import unescape

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import DirectoryEntry
from crypto import keyring
from doctolib.platform_admin import DiscreetAdmin
from doctolib.tenancy.scopes import organisation_scope
from tests.admin.conftest import SECRETS, choose
from tests.security.walks import faults

URLS = "doctolib.urls.admin"
REGISTERED = [
    "accounts.Organisation",
    "accounts.Practitioner",
    "accounts.Site",
    "accounts.Specialty",
    "accounts.Unit",
    "accounts.User",
    "appointments.Appointment",
    "outbox.OutboxMessage",
    "outbox.PlatformMessage",
    "patients.Patient",
    "retention.ProcessingAgreement",
]


def pages_of(model, row) -> list[str]:
    names, arguments = model._meta, [row.pk]
    base = f"admin:{names.app_label}_{names.model_name}"
    found = [reverse(f"{base}_changelist", urlconf=URLS)]
    found += [reverse(f"{base}_{page}", args=arguments, urlconf=URLS) for page in ("change", "history")]
    if django_admin.site.get_model_admin(model).has_add_permission.__qualname__ != "ReadOnlyAdmin.has_add_permission":
        found.append(reverse(f"{base}_add", urlconf=URLS))
    return found


def all_pages(rows) -> list[str]:
    from accounts.models import Specialty

    rows = {"accounts.Specialty": Specialty.objects.first(), **rows}
    pages = [page for model in django_admin.site._registry for page in pages_of(model, rows[model._meta.label])]
    return ["/", "/password_change/", *(f"/{name}/" for name in ("accounts", "patients", "outbox")), *pages]


def text_of(response) -> str:
    return unescape(response.content.decode())


def found_in(text: str) -> set[str]:
    return {secret for secret in SECRETS if secret.casefold() in text.casefold()}


def test_what_is_registered_is_ours(db):
    assert sorted(model._meta.label for model in django_admin.site._registry) == REGISTERED
    assert all(isinstance(each, DiscreetAdmin) for each in django_admin.site._registry.values())


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_page_shows_a_name_an_address_or_a_number(admin, filled, language):
    choose(admin, filled.clinic)
    for page in all_pages(filled.rows):
        response = admin.get(page, headers={"accept-language": language})
        assert (page, response.status_code) == (page, 200)
        assert (page, found_in(text_of(response))) == (page, set())


def test_the_pages_are_searched_for_what_the_rows_do_hold(filled):
    with organisation_scope(filled.clinic):
        patient, agreement = filled.rows["patients.Patient"], filled.rows["retention.ProcessingAgreement"]
        held = f"{dict(patient.name)} {dict(patient.contact)} {agreement.signatory}"
    with keyring.platform_keys():
        held += f"{dict(filled.professional.contact)} {dict(filled.rows['outbox.PlatformMessage'].payload)}"
    assert SECRETS - found_in(held) == {
        "03.02.1961",
        "015187654321",
        "chefin@example.org",
    }  # other spellings; the staff's


def test_sealed_fields_read_as_pseudonyms(admin, filled):
    choose(admin, filled.clinic)
    patient = filled.rows["patients.Patient"]
    listed = text_of(admin.get("/patients/patient/"))
    for pseudonym in ("-----", "1901-01-01", "080000000000", str(patient.pk)):
        assert pseudonym in listed
    assert "-----@-----" in text_of(admin.get(f"/accounts/user/{filled.professional.pk}/change/"))
    assert "-----" in text_of(admin.get("/appointments/appointment/"))
    assert "-----" in text_of(admin.get("/retention/processingagreement/"))


def test_an_account_reads_under_a_pseudonym_when_no_organisation_is_chosen(admin, filled):
    listed = text_of(admin.get("/accounts/user/"))
    assert "-----@-----" in listed
    assert found_in(listed) == set()


def test_nobody_is_named_by_the_token_of_an_address(admin, staff, filled):
    page = text_of(admin.get("/"))
    assert staff.login_token not in page
    assert str(staff) in page


def test_another_clinics_rows_are_not_there(admin, filled):
    from tests import factories
    from tests.tenancy.every_model import fill

    other = fill(factories.organisation())
    choose(admin, filled.clinic)
    for label in ("patients.Patient", "appointments.Appointment", "accounts.Site", "outbox.OutboxMessage"):
        row = other[label]
        base = f"/{row._meta.app_label}/{row._meta.model_name}"
        assert str(row.pk) not in text_of(admin.get(f"{base}/")) or isinstance(row.pk, int)
        assert admin.get(f"{base}/{row.pk}/change/").status_code == 302  # to the index: there is no such row


def test_a_wrong_number_in_an_address_is_no_error(admin, filled):
    choose(admin, filled.clinic)
    assert admin.get("/patients/patient/nonsense/change/").status_code == 302
    assert admin.get("/patients/patient/?status=nonsense").status_code == 302
    assert admin.get("/no/such/page/").status_code == 404


def test_public_pages_of_rows_are_not_looked_up(admin, filled):
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(filled.rows["patients.Patient"])
    assert admin.get(f"/r/{kind.pk}/{filled.rows['patients.Patient'].pk}/").status_code == 404


def test_rows_cannot_be_deleted(admin, filled):
    choose(admin, filled.clinic)
    for label in ("patients.Patient", "accounts.Site", "accounts.Organisation"):
        row = filled.rows[label]
        address = f"/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/delete/"
        assert (label, admin.post(address, {"post": "yes"}).status_code) == (label, 403)
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize("database", ["pool"], indirect=True)
def test_every_page_is_kept_out_of_caches_and_holds_no_inline_code(admin, filled):
    choose(admin, filled.clinic)
    for page in all_pages(filled.rows):
        response = admin.get(page)
        assert (page, "no-store" in response["Cache-Control"]) == (page, True)
        assert (page, faults(text_of(response))) == (page, [])


def test_changing_whether_a_clinic_is_published_changes_the_directory(admin, filled):
    address = reverse("admin:accounts_organisation_change", args=[filled.clinic.pk], urlconf=URLS)
    form = admin.get(address).context["adminform"].form
    fields = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    listed = DirectoryEntry.objects.filter(organisation=filled.clinic)

    assert admin.post(address, {**fields, "name": "Klinik am Meer"}).status_code == 302
    assert listed.exists() and "meer" in listed[0].words

    without = {name: value for name, value in fields.items() if name != "is_published"}
    assert admin.post(address, without).status_code == 302
    assert not listed.exists()

    assert admin.post(address, {**fields, "is_published": "on"}).status_code == 302
    assert listed.exists()
