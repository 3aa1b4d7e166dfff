"""What the two demo clinics look like: units, calendars, rooms, devices, reasons, hours. Data only."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reason:
    """``needs``: a kind of room or device of the unit, by key of Unit.resources."""

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


@dataclass(frozen=True)
class Unit:
    slug: str
    name_de: str
    name_en: str
    specialty: str
    practitioners: tuple[tuple[str, str, str, str], ...]  # title, first name, last name, languages
    reasons: tuple[Reason, ...]
    resources: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # key: (kind, names)


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
                Reason("Kontrolle Herzschrittmacher", "Pacemaker check", "SM", 30, "sage", 5),
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
                Reason("Kontrolle nach Operation", "Check after surgery", "POST", 15, "sage"),
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
                    "Ultraschall in der Schwangerschaft", "Pregnancy ultrasound", "US", 30, "indigo", 5, needs=("us",)
                ),
            ),
            {"ctg": ("device", ("CTG 1", "CTG 2")), "us": ("room", ("Ultraschallraum 1", "Ultraschallraum 2"))},
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
                Reason("Gedächtnissprechstunde", "Memory consultation", "GED", 60, "sage", 10),
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
                Reason("Sprechstunde", "Consultation", "SPR", 15, "sky"),
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
                Reason("Impfung", "Vaccination", "IMPF", 15, "amber"),
            ),
            {"ecg": ("room", ("EKG-Raum",))},
        ),
    ),
)

CLINICS = (HOSPITAL, PRACTICE)
