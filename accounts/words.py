"""Words for the search over clinics: one spelling for many, and what patients call a specialty."""

import re

from crypto.normalise import bare_name

NOT_A_WORD = re.compile(r"[^a-z0-9]+")
# Umlauts written as two letters lose the second one, on both sides: Müller, Mueller and Muller are one word.
DIGRAPHS = re.compile(r"(?<=[aou])e")
# Say nothing about which clinic is meant; dropped from a question unless it has no other word.
GENERIC = frozenset(
    "arzt arztin arzte facharzt facharztin dr prof doktor termin fur und der die das den in im am bei mit zu von"
    " doctor doctors specialist appointment for and the of at".split()
)
# By code of accounts.Specialty, beside its German and English name. In the search only; nothing is shown of it.
SYNONYMS = {
    "ALLG": "Hausarzt Hausärztin Hausarztpraxis Allgemeinarzt Familienarzt GP family",
    "ANAE": "Narkose Schmerz",
    "AUGE": "Augenarzt Augenärztin eye",
    "CHIR": "Operation Chirurg surgeon",
    "FRAU": "Frauenarzt Frauenärztin Gynäkologie Gynäkologe Schwangerschaft gynecology obgyn",
    "GAST": "Magen Darm Bauch Leber stomach bowel",
    "GERI": "Altersmedizin",
    "GFCH": "Gefäße Krampfadern",
    "HAEM": "Blut Krebs cancer hematology",
    "HAUT": "Hautarzt Hautärztin Dermatologie Dermatologe skin",
    "HNOH": "HNO Ohren Heilkunde Ohrenarzt ENT throat",
    "HZCH": "Herz heart",
    "INNE": "Internist Internistin Innere",
    "KARD": "Herz Herzarzt Herzklinik heart cardiologist",
    "KDCH": "Kinder child children pediatric",
    "KIJU": "Kinderarzt Kinderärztin Pädiatrie child children pediatrics",
    "KKAR": "Herz Kinder heart",
    "KPSY": "Psychologe Psychotherapeut",
    "MKGC": "Kieferchirurg Kieferchirurgie",
    "MZKH": "Zahnarzt Zahnärztin Zähne dentist tooth",
    "NEPH": "Niere Nieren Dialyse kidney",
    "NEUR": "Nerven Nervenarzt Kopfschmerz Migräne Schlaganfall nerve headache",
    "ORTH": "Orthopäde Orthopädin Knochen Gelenke Rücken Knie bones joints back knee orthopedics",
    "PNEU": "Lunge Lungenarzt lung",
    "PSYC": "Psychiater Psychotherapeut",
    "PSYM": "Psychotherapeut",
    "RADI": "Röntgen MRT CT x ray",
    "RHEU": "Rheuma",
    "SCHL": "Schlaflabor",
    "STRA": "Bestrahlung Krebs",
    "TROP": "Reise Impfung vaccination",
    "UNFC": "Unfall Knochen Bruch",
    "UROL": "Urologe Blase Niere Prostata bladder",
    "ENDO": "Diabetes Zucker Schilddrüse thyroid",
    "ANGI": "Gefäße Venen",
}


def professions(german: str, english: str) -> list[str]:
    """Who practises a specialty: ``Kardiologe``, ``Kardiologin`` and ``cardiologist``; for -ologie alone."""
    return [german.replace("ologie", "ologe"), german.replace("ologie", "ologin"), english.replace("ology", "ologist")]


def words_of(*texts: str) -> list[str]:
    """The words of some texts, folded, each once, in their order: ``Hals-Nasen-Ohren`` is three of them."""
    folded = DIGRAPHS.sub("", bare_name(" ".join(texts)))
    return list(dict.fromkeys(word for word in NOT_A_WORD.split(folded) if word))


def asked_words(text: str, *, most: int = 6) -> list[str]:
    """The words of a question that tell clinics apart; the first few of them."""
    words = words_of(text)
    return ([word for word in words if word not in GENERIC] or words)[:most]


def stored_words(*texts: str) -> str:
    """As a column keeps them: a blank before and after each word, so LIKE finds whole words and beginnings."""
    return f" {' '.join(words_of(*texts))} "
