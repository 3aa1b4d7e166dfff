"""What the two demo clinics look like: units, calendars, rooms, devices, reasons, hours. Data only."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Question:
    kind: str  # of appointments.enums.QuestionKind
    text_de: str
    text_en: str
    options_de: tuple[str, ...] = ()
    options_en: tuple[str, ...] = ()
    is_required: bool = True


@dataclass(frozen=True)
class Reason:
    """``needs``: a kind of room or device of the unit, by key of Unit.resources. ``rules``: more fields of the visit
    reason. ``leads_to``: the code of the unit's follow-up, and its first and last day after the visit."""

    name_de: str
    name_en: str
    code: str
    duration: int
    edge: str
    buffer_after: int = 0
    step: int = 15
    needs: tuple[str, ...] = ()
    online: bool = True
    instructions_de: str = ""
    instructions_en: str = ""
    rules: dict[str, Any] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    leads_to: tuple[str, int, int] | None = None


@dataclass(frozen=True)
class Unit:
    slug: str
    name_de: str
    name_en: str
    specialty: str
    practitioners: tuple[tuple[str, str, str, str], ...]  # title, first name, last name, languages
    reasons: tuple[Reason, ...]
    resources: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # key: (kind, names)
    # Of a hundred times in the mornings, so many stay closed online until so many hours before.
    held_back: tuple[int, int] = (0, 24)


@dataclass(frozen=True)
class Clinic:
    slug: str
    name: str
    kind: str
    phone: str
    email: str
    federal_state: str
    site: dict[str, str]
    profile_de: str
    profile_en: str
    units: tuple[Unit, ...]
    database: str = "pool"
    limits: dict[str, int] = field(default_factory=dict)  # fields of appointments.models.BookingRules
    # A second place: its address, the way there in minutes, and whose Tuesday mornings are there.
    branch: dict[str, str] = field(default_factory=dict)
    way: int = 0
    at_branch: tuple[str, ...] = ()  # last names


CARD = "Bitte bringen Sie Ihre Versichertenkarte und den Medikationsplan mit."
CARD_EN = "Please bring your insurance card and your list of medicines."
FASTING = "Bitte kommen Sie nüchtern: sechs Stunden vorher nichts essen. Wasser ist erlaubt."
FASTING_EN = "Please do not eat for six hours before. Water is allowed."

HOSPITAL = Clinic(
    slug="uniklinikum-lahnberg",
    name="Universitätsklinikum Lahnberg",
    kind="hospital",
    phone="030 23125 000",
    email="termine@lahnberg.example",
    federal_state="HE",
    site={
        "name": "Campus Lahnberg",
        "street": "Baldingerstraße 12",
        "postal_code": "35043",
        "city": "Marburg",
        "access_de": "Eingang ohne Stufen auf der Ostseite. Der Aufzug ist neben der Anmeldung.",
        "access_en": "Step-free entrance on the east side. The lift is next to the front desk.",
    },
    profile_de="Medizin auf dem Berg: sechs Ambulanzen unter einem Dach, mit kurzen Wegen und freundlichen Menschen.",
    profile_en="Six out-patient clinics under one roof, with short ways and friendly people.",
    limits={"most_a_day": 2, "no_shows": 3},
    branch={
        "name": "Campus Innenstadt",
        "street": "Robert-Koch-Straße 4",
        "postal_code": "35037",
        "city": "Marburg",
        "access_de": "Eingang mit Rampe. Die Haltestelle ist vor der Tür.",
        "access_en": "Entrance with a ramp. The bus stops at the door.",
    },
    way=30,
    at_branch=("Strauß", "Ivanov"),
    units=(
        Unit(
            "kardiologie",
            "Klinik für Kardiologie",
            "Cardiology",
            "KARD",
            (
                ("Prof. Dr.", "Ayşe", "Kaya", "de tr en"),
                ("Dr.", "Jonas", "Brandt", "de en"),
                ("Dr.", "Friederike", "von der Heydt", "de fr"),
                ("", "Milan", "Petrović", "de en"),
                ("Dr.", "Sönke", "Sörensen", "de"),
                ("Dr.", "Hannelore", "Übelacker", "de"),
            ),
            (
                Reason(
                    "Herzsprechstunde",
                    "Heart consultation",
                    "HERZ",
                    30,
                    "rust",
                    5,
                    instructions_de=CARD,
                    instructions_en=CARD_EN,
                    rules={"referral": "upload", "move_until": 24 * 60, "cancel_until": 120, "most_moves": 2},
                    questions=(
                        Question("yes_no", "Nehmen Sie Blutverdünner?", "Do you take blood thinners?"),
                        Question(
                            "text",
                            "Was führt Sie zu uns?",
                            "What brings you to us?",
                            is_required=False,
                        ),
                    ),
                ),
                Reason(
                    "Herzultraschall (Echokardiografie)",
                    "Heart ultrasound",
                    "ECHO",
                    45,
                    "indigo",
                    5,
                    needs=("echo-room", "echo-device"),
                ),
                Reason("Langzeit-EKG anlegen", "Long-term ECG", "LZEKG", 15, "amber", needs=("ecg",)),
                Reason("Herztraining", "Heart training", "TRAIN", 30, "mauve", online=False),
                Reason(
                    "Kontrolle Herzschrittmacher",
                    "Pacemaker check",
                    "SM",
                    30,
                    "sage",
                    5,
                    rules={"audience": "known", "seen_within": 18, "most_live": 1},
                ),
            ),
            {
                "echo-room": ("room", ("Echo 1", "Echo 2")),
                "echo-device": ("device", ("Ultraschall Vivid A", "Ultraschall Vivid B")),
                "ecg": ("device", ("EKG-Rekorder 1", "EKG-Rekorder 2", "EKG-Rekorder 3")),
            },
        ),
        Unit(
            "gastroenterologie",
            "Klinik für Gastroenterologie und Endokrinologie",
            "Gastroenterology and endocrinology",
            "GAST",
            (
                ("Prof. Dr.", "Wilhelm", "Großmann", "de en"),
                ("Dr.", "Elif", "Öztürk", "de tr"),
                ("Dr.", "Katharina", "Löffler", "de en"),
                ("", "Thảo", "Nguyen", "de vi en"),
                ("Dr.", "Rüdiger", "Preuß", "de"),
            ),
            (
                Reason("Bauchsprechstunde", "Abdominal consultation", "BAUCH", 30, "sage", 5),
                Reason(
                    "Magenspiegelung",
                    "Gastroscopy",
                    "GASTRO",
                    45,
                    "plum",
                    15,
                    needs=("endoscopy",),
                    instructions_de=FASTING,
                    instructions_en=FASTING_EN,
                    rules={"age_from": 18, "referral": "bring", "minimum_notice": 3 * 24 * 60, "most_live": 1},
                    questions=(
                        Question(
                            "choice",
                            "Möchten Sie eine Schlafspritze?",
                            "Would you like to be asleep during the test?",
                            ("Ja", "Nein", "Ich möchte das erst besprechen"),
                            ("Yes", "No", "I would like to talk about it first"),
                        ),
                    ),
                    leads_to=("BAUCH", 7, 28),
                ),
                Reason(
                    "Ultraschall des Bauches",
                    "Abdominal ultrasound",
                    "SONO",
                    20,
                    "sky",
                    5,
                    needs=("sono",),
                    instructions_de=FASTING,
                    instructions_en=FASTING_EN,
                ),
            ),
            {
                "endoscopy": ("room", ("Endoskopie 1", "Endoskopie 2")),
                "sono": ("device", ("Sonografie 1", "Sonografie 2")),
            },
        ),
        Unit(
            "hno",
            "Klinik für Hals-Nasen-Ohren-Heilkunde",
            "Ear, nose and throat",
            "HNOH",
            (
                ("Prof. Dr.", "Dorothea", "Leutheusser-Schnarrenberger", "de en"),
                ("Dr.", "Björn", "Strauß", "de"),
                ("Dr.", "Svetlana", "Ivanov", "de ru"),
                ("", "Matteo", "Rossi", "de it en"),
                ("Dr.", "Käthe", "Wölfle", "de"),
            ),
            (
                Reason("HNO-Sprechstunde", "ENT consultation", "HNO", 20, "sky", 5),
                Reason("Hörtest", "Hearing test", "HÖR", 30, "amber", 5, needs=("audio",)),
                Reason("Schwindelsprechstunde", "Dizziness consultation", "SCHW", 45, "mauve", 5),
            ),
            {"audio": ("room", ("Hörkabine 1", "Hörkabine 2"))},
        ),
        Unit(
            "orthopaedie",
            "Klinik für Orthopädie und Unfallchirurgie",
            "Orthopaedics and trauma surgery",
            "ORTH",
            (
                ("Prof. Dr.", "Götz", "Schäfer", "de en"),
                ("Dr.", "Büşra", "Yılmaz", "de tr"),
                ("Dr.", "Henning", "Brüggemann", "de"),
                ("Dr.", "Luise", "Kißling", "de en"),
                ("", "Omar", "Haddad", "de ar en"),
            ),
            (
                Reason("Gelenksprechstunde", "Joint consultation", "GEL", 20, "olive", 5),
                Reason(
                    "Ambulante Operation am Handgelenk",
                    "Wrist surgery as an out-patient",
                    "HAND",
                    45,
                    "rust",
                    15,
                    online=False,
                    leads_to=("POST", 10, 14),
                ),
                Reason(
                    "Kontrolle nach Operation",
                    "Check after surgery",
                    "POST",
                    15,
                    "sage",
                    rules={"only_as_follow_up": True, "most_live": 1},
                ),
                Reason("Röntgen mit Besprechung", "X-ray with consultation", "RÖ", 30, "indigo", 5, needs=("xray",)),
            ),
            {"xray": ("device", ("Röntgen 1",))},
        ),
        Unit(
            "frauenklinik",
            "Klinik für Frauenheilkunde und Geburtshilfe",
            "Gynaecology and obstetrics",
            "FRAU",
            (
                ("Prof. Dr.", "Charlotte", "Freifrau von Weizenfeld", "de en fr"),
                ("Dr.", "Noor", "Haddad", "de ar"),
                ("Dr.", "Änne", "Jürgens", "de"),
                ("", "Lena", "Kowalski", "de pl"),
                ("Dr.", "Ulrike", "Groß-Bölting", "de"),
            ),
            (
                Reason("Frauensprechstunde", "Gynaecology consultation", "GYN", 20, "plum", 5),
                Reason("Schwangerenvorsorge", "Antenatal check", "SSV", 30, "sky", 5, needs=("ctg",)),
                Reason(
                    "Geburtsvorbereitung in der Gruppe",
                    "Birth preparation in a group",
                    "KURS",
                    60,
                    "amber",
                    needs=("course",),
                    rules={"capacity": 8},
                ),
                Reason(
                    "Ultraschall in der Schwangerschaft", "Pregnancy ultrasound", "US", 30, "indigo", 5, needs=("us",)
                ),
            ),
            {
                "ctg": ("device", ("CTG 1", "CTG 2")),
                "us": ("room", ("Ultraschallraum 1", "Ultraschallraum 2")),
                "course": ("room", ("Kursraum",)),
            },
        ),
        Unit(
            "neurologie",
            "Klinik für Neurologie",
            "Neurology",
            "NEUR",
            (
                ("Prof. Dr.", "Jörg", "Rößler", "de en"),
                ("Dr.", "Zoë", "Hürlimann", "de fr"),
                ("Dr.", "Emre", "Çelik", "de tr en"),
                ("Dr.", "Marlene", "Thiele", "de"),
            ),
            (
                Reason("Kopfschmerzsprechstunde", "Headache consultation", "KOPF", 30, "mauve", 5),
                Reason("Messung der Nerven (EMG und NLG)", "Nerve measurement", "EMG", 45, "amber", 5, needs=("emg",)),
                Reason(
                    "Gedächtnissprechstunde",
                    "Memory consultation",
                    "GED",
                    60,
                    "sage",
                    10,
                    rules={"age_from": 50, "audience": "new"},
                ),
            ),
            {"emg": ("room", ("Messraum 1",))},
        ),
    ),
)

PRACTICE = Clinic(
    slug="praxis-am-schillerplatz",
    name="Gemeinschaftspraxis am Schillerplatz",
    kind="practice",
    phone="030 23125 111",
    email="praxis@schillerplatz.example",
    federal_state="HE",
    database="dedicated",
    site={
        "name": "Praxis am Schillerplatz",
        "street": "Schillerplatz 3",
        "postal_code": "35390",
        "city": "Gießen",
        "access_de": "Zwei Stufen am Eingang, Rampe im Hof. Bitte klingeln Sie.",
        "access_en": "Two steps at the entrance, a ramp in the courtyard. Please ring the bell.",
    },
    profile_de="Hausärztinnen und Hausärzte für die ganze Familie.",
    profile_en="Family doctors for all ages.",
    units=(
        Unit(
            "hausarztpraxis",
            "Hausarztpraxis",
            "General practice",
            "ALLG",
            (
                ("Dr.", "Sabine", "Böhm", "de en"),
                ("Dr.", "Karl-Heinz", "Müller-Lüdenscheidt", "de"),
                ("", "Fatma", "Demir", "de tr"),
            ),
            (
                Reason("Sprechstunde", "Consultation", "SPR", 15, "sky", rules={"minimum_notice": 60}),
                Reason(
                    "Gesundheitsuntersuchung",
                    "Health check",
                    "GU",
                    30,
                    "sage",
                    5,
                    needs=("ecg",),
                    instructions_de=FASTING,
                    instructions_en=FASTING_EN,
                ),
                Reason(
                    "Impfung",
                    "Vaccination",
                    "IMPF",
                    15,
                    "amber",
                    questions=(
                        Question(
                            "choice",
                            "Wogegen möchten Sie sich impfen lassen?",
                            "What would you like to be vaccinated against?",
                            ("Grippe", "Tetanus", "FSME (Zecken)", "Etwas anderes"),
                            ("Influenza", "Tetanus", "Tick-borne encephalitis", "Something else"),
                        ),
                    ),
                ),
                Reason(
                    "Beratung vor einer Fernreise",
                    "Advice before a long journey",
                    "REISE",
                    30,
                    "mauve",
                    rules={"insurances": ["private", "self"], "price": "45.00"},
                ),
            ),
            {"ecg": ("room", ("EKG-Raum",))},
            held_back=(25, 24),
        ),
    ),
)

CLINICS = (HOSPITAL, PRACTICE)
