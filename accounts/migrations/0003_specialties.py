"""The medical specialties: all 78 concepts of IHE Deutschland's code system "AerztlicheFachrichtungen".

Source of codes and German names: IHE Deutschland, Value Sets for XDS, version 4.0.0-alpha1, file
input/fsh/practiceSettingDoctoral.fsh of the repository IHE-Germany/ITI.XDS.VS at commit 03409b5f; canonical
http://ihe-d.de/CodeSystems/AerztlicheFachrichtungen, OID 1.3.6.1.4.1.19376.3.276.1.5.4. The ISiK profiles for
appointments ask for exactly these codes. (OID 1.2.276.0.76.5.114, often named beside it, is the physicians' register of
the KBV with three-digit codes; both may stand in one coding.) The English names are ours: the source has none.
"""

from django.db import migrations, models

DEPRECATED = {"HIST"}  # the source says: use PATH
SPECIALTIES = (
    ("ALLG", "Allgemeinmedizin", "General practice"),
    ("ANAE", "Anästhesiologie", "Anaesthesiology"),
    ("ARBE", "Arbeitsmedizin", "Occupational medicine"),
    ("AUGE", "Augenheilkunde", "Ophthalmology"),
    ("CHIR", "Chirurgie", "Surgery"),
    ("ALCH", "Allgemeinchirurgie", "General surgery"),
    ("GFCH", "Gefäßchirurgie", "Vascular surgery"),
    ("HZCH", "Herzchirurgie", "Cardiac surgery"),
    ("KDCH", "Kinderchirurgie", "Paediatric surgery"),
    ("ORTH", "Orthopädie", "Orthopaedics"),
    ("PLCH", "Plastische und Ästhetische Chirurgie", "Plastic and aesthetic surgery"),
    ("THCH", "Thoraxchirurgie", "Thoracic surgery"),
    ("UNFC", "Unfallchirurgie", "Trauma surgery"),
    ("VICH", "Viszeralchirurgie", "Visceral surgery"),
    ("FRAU", "Frauenheilkunde und Geburtshilfe", "Gynaecology and obstetrics"),
    (
        "GEND",
        "Gynäkologische Endokrinologie und Reproduktionsmedizin",
        "Gynaecological endocrinology and reproductive medicine",
    ),
    ("GONK", "Gynäkologische Onkologie", "Gynaecological oncology"),
    ("PERI", "Perinatalmedizin", "Perinatal medicine"),
    ("GERI", "Geriatrie", "Geriatrics"),
    ("HNOH", "Hals-Nasen-Ohrenheilkunde", "Ear, nose and throat medicine"),
    ("HRST", "Sprach-, Stimm- und kindliche Hörstörungen", "Speech, voice and childhood hearing disorders"),
    ("HAUT", "Haut- und Geschlechtskrankheiten", "Dermatology and venereology"),
    ("HIST", "Histologie / Zytologie", "Histology / cytology"),
    ("HUMA", "Humangenetik", "Human genetics"),
    ("HYGI", "Hygiene und Umweltmedizin", "Hygiene and environmental medicine"),
    ("INNE", "Innere Medizin", "Internal medicine"),
    ("ANGI", "Angiologie", "Angiology"),
    ("ENDO", "Endokrinologie und Diabetologie", "Endocrinology and diabetology"),
    ("GAST", "Gastroenterologie", "Gastroenterology"),
    ("HAEM", "Hämatologie und internistische Onkologie", "Haematology and medical oncology"),
    ("KARD", "Kardiologie", "Cardiology"),
    ("NEPH", "Nephrologie", "Nephrology"),
    ("PNEU", "Pneumologie", "Pulmonology"),
    ("RHEU", "Rheumatologie", "Rheumatology"),
    ("INTM", "Intensivmedizin", "Intensive care medicine"),
    ("INTZ", "Interdisziplinäre Zusammenarbeit", "Interdisciplinary care"),
    ("INTO", "Interdisziplinäre Onkologie", "Interdisciplinary oncology"),
    ("INTS", "Interdisziplinäre Schmerzmedizin", "Interdisciplinary pain medicine"),
    ("TRPL", "Transplantationsmedizin", "Transplantation medicine"),
    ("SELT", "seltene Erkrankungen", "Rare diseases"),
    ("KIJU", "Kinder- und Jugendmedizin", "Paediatrics and adolescent medicine"),
    ("KONK", "Kinder-Hämatologie und -Onkologie", "Paediatric haematology and oncology"),
    ("KKAR", "Kinder-Kardiologie", "Paediatric cardiology"),
    ("NNAT", "Neonatologie", "Neonatology"),
    ("NPAE", "Neuropädiatrie", "Neuropaediatrics"),
    (
        "KPSY",
        "Kinder- und Jugendpsychiatrie und -psychotherapie",
        "Child and adolescent psychiatry and psychotherapy",
    ),
    ("LABO", "Laboratoriumsmedizin", "Laboratory medicine"),
    (
        "MIKR",
        "Mikrobiologie, Virologie und Infektionsepidemiologie",
        "Microbiology, virology and infectious disease epidemiology",
    ),
    ("MKGC", "Mund-Kiefer-Gesichtschirurgie", "Oral and maxillofacial surgery"),
    ("NATU", "Naturheilverfahren und alternative Heilmethoden", "Naturopathy and alternative medicine"),
    ("NOTF", "Notfallmedizin", "Emergency medicine"),
    ("NRCH", "Neurochirurgie", "Neurosurgery"),
    ("NEUR", "Neurologie", "Neurology"),
    ("NUKL", "Nuklearmedizin", "Nuclear medicine"),
    ("GESU", "Öffentliches Gesundheitswesen", "Public health"),
    ("PALL", "Palliativmedizin", "Palliative medicine"),
    ("PATH", "Pathologie", "Pathology"),
    ("NPAT", "Neuropathologie", "Neuropathology"),
    ("PHAR", "Pharmakologie", "Pharmacology"),
    ("TOXI", "Toxikologie", "Toxicology"),
    ("REHA", "Physikalische und Rehabilitative Medizin", "Physical and rehabilitation medicine"),
    ("PSYC", "Psychiatrie und Psychotherapie", "Psychiatry and psychotherapy"),
    ("FPSY", "Forensische Psychiatrie", "Forensic psychiatry"),
    ("PSYM", "Psychosomatische Medizin und Psychotherapie", "Psychosomatic medicine and psychotherapy"),
    ("RADI", "Radiologie", "Radiology"),
    ("KRAD", "Kinderradiologie", "Paediatric radiology"),
    ("NRAD", "Neuroradiologie", "Neuroradiology"),
    ("RECH", "Rechtsmedizin", "Forensic medicine"),
    ("SCHL", "Schlafmedizin", "Sleep medicine"),
    ("SPOR", "Sport- und Bewegungsmedizin", "Sports and exercise medicine"),
    ("STRA", "Strahlentherapie", "Radiotherapy"),
    ("TRAN", "Transfusionsmedizin", "Transfusion medicine"),
    ("TROP", "Tropen-/Reisemedizin", "Tropical and travel medicine"),
    ("UROL", "Urologie", "Urology"),
    ("MZKH", "Zahnmedizin", "Dentistry"),
    ("ORAL", "Oralchirurgie", "Oral surgery"),
    ("KIEF", "Kieferorthopädie", "Orthodontics"),
    ("PARO", "Parodontologie", "Periodontology"),
)


def fill(apps, schema_editor):
    specialty = apps.get_model("accounts", "Specialty")
    specialty.objects.using(schema_editor.connection.alias).bulk_create(
        specialty(code=code, name_de=german, name_en=english, is_deprecated=code in DEPRECATED)
        for code, german, english in SPECIALTIES
    )


def clear(apps, schema_editor):
    apps.get_model("accounts", "Specialty").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_isolation")]
    operations = [
        migrations.AddField(
            "specialty",
            "is_deprecated",
            models.BooleanField(default=False, help_text="Still read, no longer offered."),
        ),
        migrations.RunPython(fill, clear, hints={"table_class": "reference"}),
    ]
