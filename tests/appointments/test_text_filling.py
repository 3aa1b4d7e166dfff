"""What may stand in a clinic's own text, and what comes out of it."""

import pytest
from django.utils import translation

from appointments.text_filling import Rules, Unusable, fill, fill_subject, plain, problems
from appointments.text_kinds import KINDS, LANGUAGES, NAMES_VISIT, SPELLINGS
from appointments.text_previews import preview
from appointments.writing import Words, filled_words, start_of
from doctolib.outbox.segments import segments_of
from patients.enums import Channel

VALUES = {
    "clinic": "Klinikum Lahnberg",
    "date": "Dienstag, 1. Dezember 2026",
    "time": "09:00 Uhr",
    "place": "Haupthaus, Musterstraße 1",
    "phone": "030 23125 000",
    "link": "https://www.example.org/k/appointments/1/",
    "cancel_link": "https://www.example.org/k/r/c1/",
    "stop_link": "https://www.example.org/k/r/s1/",
    "instructions": "Bitte nüchtern kommen.",
    "deadline": "1. Dezember, 09:00 Uhr",
    "desk": "Anmeldung, Erdgeschoss",
    "reason": "Erstgespräch",
    "specialty": "Kardiologie",
}


def rules(kind="appointment.reminder", channel=Channel.SMS, language="de", names_visit=False) -> Rules:
    return Rules(KINDS[kind], channel, language, names_visit)


def sms(text, values=VALUES, **which) -> str:
    found = rules(**which)
    return plain(fill(text, found, values), found)


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        yield


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", Channel)
def test_every_standard_text_is_one_that_a_clinic_may_write(kind, language, channel):
    found, words = rules(kind, channel, language), start_of(KINDS[kind], channel, language)
    assert problems(words.body, found) == []
    assert problems(words.subject, found, subject=True) == []
    assert (words.subject == "") is (channel == Channel.SMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_placeholder_has_a_spelling_of_its_own_in_each_language(language):
    spelled = [words[language] for words in SPELLINGS.values()]
    assert len(set(spelled)) == len(spelled)
    assert {name for kind in KINDS.values() for name in kind.holds} == set(SPELLINGS)


def test_values_stand_where_placeholders_stood_and_are_not_read_again():
    values = {**VALUES, "clinic": "Praxis {Datum} {{ x }} {% now %}"}
    assert sms("{Klinik}: {Datum}, {Uhrzeit}!", values) == (
        "Praxis {Datum} {{ x }} {% now %}: Dienstag, 1. Dezember 2026, 09:00 Uhr!"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{Datum} {Uhrzeit} {Datm}",
            ["{Datm} ist nicht bekannt. Möglich sind: {Klinik}, {Datum}, {Uhrzeit}, {Ort}, {Telefon}, {Link},"
             " {Absagelink}, {Abmeldelink}"],
        ),
        ("{Datum} {Uhrzeit} {date}", ["{date} ist nicht bekannt. Möglich sind: {Klinik}, {Datum}, {Uhrzeit}, {Ort},"
                                      " {Telefon}, {Link}, {Absagelink}, {Abmeldelink}"]),
        ("{Datum}", ["{Uhrzeit} fehlt."]),
        ("Bis morgen!", ["{Datum} fehlt.", "{Uhrzeit} fehlt."]),
        (
            "{Datum} {Uhrzeit} um {Ort",
            ["Eine geschweifte Klammer hat keine zweite: „um {Ort“. Diese Klammern stehen nur um Platzhalter."],
        ),
        (
            "Ort} {Datum} {Uhrzeit}",
            ["Eine geschweifte Klammer hat keine zweite: „Ort} {Datum} {Uhrzeit}“. Diese Klammern stehen nur um"
             " Platzhalter."],
        ),
        (
            "{Datum} {Uhrzeit} {Grund}",
            ["{Grund} verrät, worum es bei dem Besuch geht. Ihre Klinik hat das nicht erlaubt."],
        ),
        (
            "{Datum} {Uhrzeit}. Absagen: {Absagelink}",
            ["{Absagelink} kann leer sein: Schreiben Sie diesen Platzhalter in eine andere Zeile als {Datum}."],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_named(text, said):
    assert problems(text, rules()) == said
    with pytest.raises(Unusable):
        fill(text, rules(), VALUES)


@pytest.mark.parametrize("text", ["{{ Datum }} {Uhrzeit}", "{% now 'Y' %} {Datum} {Uhrzeit}", "{Datum.year} {Uhrzeit}"])
def test_template_syntax_is_only_wrong_text(text):
    assert problems(text, rules())


def test_a_mail_has_its_own_rules():
    found = rules(channel=Channel.EMAIL)
    assert problems("{Datum} {Uhrzeit}", found) == ["{Abmeldelink} fehlt."]
    assert problems("{Datum}, {Uhrzeit}\n\n{Hinweise}\n\n{Abmeldelink}", found) == []
    assert problems("{Datum}, {Uhrzeit}\n{Hinweise}\n\n{Abmeldelink}", found) == [
        "{Hinweise} kann leer sein: Lassen Sie eine Leerzeile zwischen diesem Platzhalter und {Datum}."
    ]
    assert problems("Termin {Link}", found, subject=True) == [
        "{Link} ist hier nicht möglich. Möglich sind: {Klinik}, {Datum}, {Uhrzeit}, {Ort}, {Telefon}"
    ]


@pytest.mark.parametrize("name", NAMES_VISIT)
def test_reason_and_specialty_stand_only_where_the_clinic_allows(name):
    allowed = rules(names_visit=True)
    text = f"{{Datum}} {{Uhrzeit}} {allowed.spelled(name)}"
    assert problems(text, allowed) == []
    assert sms(text, names_visit=True).endswith(VALUES[name])
    assert len(problems(text, rules())) == 1


def test_english_texts_have_english_placeholders():
    assert sms("{date}, {time}", language="en") == "Dienstag, 1. Dezember 2026, 09:00 Uhr"
    assert len(problems("{Datum}, {Uhrzeit}", rules(language="en"))) == 4


def test_a_line_without_its_value_is_left_out_and_the_rest_stays():
    text = "{Datum}, {Uhrzeit}\nAbsagen: {Absagelink}\nBis bald"
    assert sms(text) == f"{VALUES['date']}, 09:00 Uhr\nAbsagen: {VALUES['cancel_link']}\nBis bald"
    assert sms(text, {**VALUES, "cancel_link": ""}) == f"{VALUES['date']}, 09:00 Uhr\nBis bald"


def test_a_paragraph_of_a_mail_goes_with_its_heading():
    found = rules(channel=Channel.EMAIL)
    text = "{Datum}, {Uhrzeit}\r\n\r\nBitte beachten:\r\n{Hinweise}\r\n\r\nAbbestellen: {Abmeldelink}"
    without = plain(fill(text, found, {**VALUES, "instructions": ""}), found)
    assert without == f"{VALUES['date']}, 09:00 Uhr\n\nAbbestellen: {VALUES['stop_link']}"


def test_a_subject_is_one_line():
    values = {**VALUES, "clinic": "Klinik\nBcc: a@example.org"}
    assert fill_subject("Termin: {Klinik}", rules(channel=Channel.EMAIL), values) == "Termin: Klinik Bcc: a@example.org"


def test_everything_is_escaped_in_the_html_of_a_mail_and_links_are_links():
    paragraphs = ["<script>alert(1)</script> {Klinik}", "{Datum}, {Uhrzeit}", "{Link}", "{Absagelink}"]
    text = "\n\n".join([*paragraphs, "Abbestellen: {Abmeldelink}"])
    values = {**VALUES, "clinic": "<b>Klinik</b> & Söhne"}
    words = filled_words("<i>{Klinik}</i>", text, rules(channel=Channel.EMAIL), values)
    assert "<script" not in words.html and "<b>Klinik" not in words.html and "<i>" not in words.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;Klinik&lt;/b&gt; &amp; Söhne" in words.html
    assert f'<a href="{VALUES["stop_link"]}">{VALUES["stop_link"]}</a>' in words.html
    assert f'href="{VALUES["link"]}" style=' in words.html and ">Ansehen, verschieben, absagen</a>" in words.html
    assert f'<a href="{VALUES["cancel_link"]}">Ohne Anmeldung absagen</a>' in words.html
    assert words.body.startswith("<script>alert(1)</script> <b>Klinik</b> & Söhne\n\nDienstag")


def test_an_sms_cuts_the_clinic_s_name_and_nothing_else():
    text = "{Klinik}: " + "Bitte kommen Sie pünktlich. " * 3 + "{Datum}, {Uhrzeit}"
    values = {**VALUES, "clinic": "Universitätsklinikum Lahnberg am Standort Süd"}
    body = filled_words("", text, rules(), values).body
    assert segments_of(body).count == 1
    assert body.startswith("Universitätsklinikum Lahnberg") and body.endswith("1. Dezember 2026, 09:00 Uhr")
    longer = filled_words("", text * 2, rules(), values).body  # two parts in any case: the name stays whole
    assert longer.startswith(values["clinic"] + ": ")


def test_a_preview_tells_length_and_what_forces_ucs_2():
    shown = preview(Words("{Datum}, {Uhrzeit} – bis bald"), rules(), VALUES).segments
    assert (shown.is_gsm7, shown.strange, shown.count) == (False, "–", 1)
    assert preview(Words("{Datum}"), rules(), VALUES).problems == ["{Uhrzeit} fehlt."]
