"""Several cards chosen by keyboard and by mouse: moved to the next day in the panel, and brought back by Strg+Z."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from appointments.models import Appointment

from .desk_clinic import at, desk_clinic, opened_day
from .pro_clinic import card, look
from .tools import PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return desk_clinic()


def starts(clinic) -> list:
    with clinic.scope():
        return list(Appointment.objects.order_by("starts_at", "calendar__name").values_list("starts_at", flat=True))


def test_two_cards_are_chosen_moved_to_the_next_day_and_brought_back(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press(" ")
    card(page, "Groß, Bruno").click(modifiers=["ControlOrMeta"])
    notice = page.get_by_role("region", name="Meldung zur letzten Änderung")
    expect(notice.locator(".notice-text")).to_have_text("2 Termine ausgewählt.")
    look(page, "chosen-notice")

    page.keyboard.press("m")
    expect(page.locator("#panel h2")).to_have_text("2 gewählte Termine")
    look(page, "chosen-panel")
    page.get_by_role("button", name="Neue Zeiten prüfen").click()
    expect(page.locator("#panel .chosen-plan legend")).to_have_text("2 von 2 neuen Zeiten sind frei")
    look(page, "chosen-plan")
    assert [*axe(page), *sideways(page)] == []
    page.get_by_role("button", name="Angekreuzte verschieben").click()
    expect(page.locator("#panel [role=status]")).to_contain_text("2 Termine sind verschoben.")
    expect(card(page, "Müller, Jürgen")).to_be_hidden()
    moved = [at("09:00"), at("09:00") + timedelta(days=1), at("10:00") + timedelta(days=1)]
    assert starts(clinic) == moved

    card(page, "Yıldırım, Ayşe").focus()
    page.keyboard.press("Control+z")
    expect(card(page, "Müller, Jürgen")).to_be_visible()
    assert starts(clinic) == [at("09:00"), at("09:00"), at("10:00")]
    assert page.complaints == []


def test_on_a_phone_the_list_offers_the_same(clinic, visit):
    page = opened_list(visit, clinic)
    assert [*axe(page), *sideways(page)] == []
    look(page, "chosen-list-360", full_page=True)
    page.get_by_label("Müller, Jürgen, 09:00 Uhr auswählen").check()
    page.get_by_role("button", name="Angekreuzte verschieben oder absagen …").click()
    page.get_by_text("1 Termin absagen …").click()
    look(page, "chosen-360", full_page=True)
    page.get_by_role("button", name="1 Termin absagen", exact=True).click()
    expect(page.locator("#panel [role=status]")).to_contain_text("1 Termin ist abgesagt.")
    assert page.complaints == []


def opened_list(visit, clinic):
    ids = ",".join(str(calendar.pk) for calendar in clinic.made)
    page = visit(f"/list/?date={at('09:00'):%Y-%m-%d}&calendars={ids}", viewport=PHONE)
    page.wait_for_selector("#list table")
    return page
