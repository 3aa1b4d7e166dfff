"""What the demo clinics have published of themselves, and a picture that is drawn: nobody's photo."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from accounts.models import Practitioner, ProfilePhoto, PublishedProfile, Unit
from doctolib.pictures import drawn_anew, size_of

from . import clinics

Texts = dict[str, str]  # fields of PublishedProfile


@dataclass(frozen=True)
class Profiles:
    """``units`` by slug, ``people`` by last name."""

    clinic: Texts
    units: dict[str, Texts] = field(default_factory=dict)
    people: dict[str, Texts] = field(default_factory=dict)
    colours: tuple[str, str, str] = ("#DCEAF5", "#8FB4D1", "#2F5D83")  # sky, hills, houses


PROFILES = {
    clinics.HOSPITAL.slug: Profiles(
        clinic={
            "text_de": "Medizin auf dem Berg: sechs Ambulanzen unter einem Dach, mit kurzen Wegen und freundlichen"
            " Menschen.\n\nWir behandeln, lehren und forschen. Viele unserer Sprechstunden können Sie online buchen.",
            "text_en": "Six out-patient clinics under one roof, with short ways and friendly people.\n\nWe treat, teach"
            " and do research. You can book many of our consultations online.",
            "directions_de": "Buslinien 7 und 16 bis „Klinikum“. Das Parkhaus Ost ist drei Minuten entfernt, die erste"
            " halbe Stunde ist frei.",
            "directions_en": "Bus 7 and 16 to “Klinikum”. The car park East is three minutes away, the first half hour"
            " is free.",
            "accessibility_de": "Eingang ohne Stufen. Alle Aufzüge sprechen. Rollstühle stehen in der Eingangshalle.",
            "accessibility_en": "Entrance without steps. All lifts speak. Wheelchairs stand in the entrance hall.",
            "hours_de": "Das Telefon ist Montag bis Freitag von 7:30 bis 17 Uhr besetzt.",
            "hours_en": "The phone is answered from Monday to Friday, 7:30 to 17:00.",
            "languages": "de en ar ru tr",
        },
        units={
            "kardiologie": {
                "text_de": "Wir kümmern uns um Herz und Kreislauf: Ultraschall, EKG, Herzschrittmacher, Bluthochdruck.",
                "text_en": "We look after heart and circulation: ultrasound, ECG, pacemakers, high blood pressure.",
                "accessibility_de": "Eingang ohne Stufen, Aufzug B in den dritten Stock. Türen gehen von selbst auf.",
                "accessibility_en": "Entrance without steps, lift B to the third floor. Doors open by themselves.",
            },
        },
        people={
            "Kaya": {
                "text_de": "Professorin Kaya leitet die Klinik seit 2018. Ihr Schwerpunkt ist Herzschwäche.",
                "text_en": "Professor Kaya has led the clinic since 2018. Her focus is heart failure.",
            },
        },
    ),
    clinics.PRACTICE.slug: Profiles(
        clinic={
            "text_de": "Hausärztinnen und Hausärzte für die ganze Familie, mitten in Gießen.",
            "text_en": "Family doctors for all ages, in the middle of Gießen.",
            "directions_de": "Haltestelle Schillerplatz vor der Tür. Parken in der Tiefgarage nebenan.",
            "accessibility_de": "Zwei Stufen am Eingang, Rampe im Hof. Bitte klingeln Sie, wir helfen gern.",
            "accessibility_en": "Two steps at the entrance, a ramp in the courtyard. Please ring, we are glad to help.",
            "hours_de": "Rezepte können Sie jederzeit am Telefon bestellen.",
            "languages": "de en tr",
        },
        colours=("#F3EBDD", "#C9BFA2", "#7A5C3E"),
    ),
}


def load(clinic: clinics.Clinic, *, today: date) -> None:
    """In the clinic's scope, after its units and people."""
    told = PROFILES[clinic.slug]
    at = datetime.combine(today - timedelta(days=30), time(9), tzinfo=UTC)
    content = _picture(told.colours)
    width, height = size_of(content)
    photo = ProfilePhoto.objects.create(content=content, width=width, height=height, is_public=True)
    shows = {"photo_text_de": "Zeichnung: Häuser vor Hügeln", "photo_text_en": "A drawing: houses before hills"}
    PublishedProfile.objects.create(published_at=at, photo=photo, **told.clinic, **shows)
    for slug, texts in told.units.items():
        PublishedProfile.objects.create(published_at=at, unit=Unit.objects.get(slug=slug), **texts)
    for last_name, texts in told.people.items():
        person = Practitioner.objects.get(last_name=last_name)
        PublishedProfile.objects.create(published_at=at, practitioner=person, **texts)


def _picture(colours: tuple[str, str, str]) -> bytes:
    """Houses before hills, always the same."""
    sky, hills, houses = colours
    image = Image.new("RGB", (1200, 500), sky)
    draw = ImageDraw.Draw(image)
    draw.ellipse((-200, 250, 700, 900), fill=hills)
    draw.ellipse((500, 200, 1500, 900), fill=hills)
    for left, top, right in ((180, 260, 420), (420, 180, 720), (720, 230, 1010)):
        draw.rectangle((left, top, right, 500), fill=houses)
        for x in range(left + 24, right - 40, 56):
            for y in range(top + 24, 450, 64):
                draw.rectangle((x, y, x + 28, y + 36), fill=sky)
    draw.rectangle((540, 420, 600, 500), fill="#FFFFFF")
    out = BytesIO()
    image.save(out, "PNG")
    return drawn_anew(out.getvalue(), "PNG")
