"""German names of invented people: umlauts, particles, double names, and a few from elsewhere."""

import random
from datetime import date, timedelta

WOMEN = """Anna Änne Aylin Barbara Beate Birgit Brigitte Büşra Carla Charlotte Christa Claudia Dörte Dorothea Edeltraud
Elif Elisabeth Emilia Emma Erika Eva Fatma Franziska Frieda Gabriele Gisela Greta Hannah Hannelore Heike Helga
Ida Ilse Ines Ingrid Jana Johanna Julia Käthe Karin Katharina Katrin Lara Laura Lea Lena Leonie Lieselotte Lina
Luise Maja Margarete Maria Marie Marlene Martina Mathilda Meike Mia Mila Monika Nele Nicole Nina Noor Paula
Petra Renate Rosa Ruth Sabine Sabrina Sandra Sarah Sigrid Silke Sofia Sophie Stefanie Susanne Svetlana Tanja
Theresa Ulrike Ursula Ute Uta Vanessa Waltraud Yvonne Zoë""".split()
MEN = """Achim Ahmet Alexander Andreas Anton Axel Ben Benjamin Bernd Björn Burkhard Carsten Christian Christoph Daniel
David Detlef Dieter Dirk Eberhard Elias Emil Emre Erich Felix Finn Florian Frank Franz Friedrich Georg Gerhard
Götz Günter Günther Hans Hans-Jürgen Harald Heinrich Heinz Helmut Henning Henry Herbert Holger Horst Ibrahim
Jakob Jan Jens Joachim Jonas Jörg Josef Julian Jürgen Kai Karl Karl-Heinz Klaus Konstantin Kurt Lars Leon Lothar
Louis Luca Lukas Lutz Manfred Marcel Markus Martin Matteo Matthias Maximilian Mehmet Michael Moritz Noah Norbert
Oliver Oskar Otto Paul Peter Rainer Ralf Reinhard Rolf Rüdiger Sebastian Sönke Stefan Sven Theo Thomas Thorsten
Tim Tobias Ulrich Uwe Volker Walter Werner Wilhelm Wolfgang Yusuf""".split()
SURNAMES = """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter
Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier
Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller
Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke
Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß
Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann
Thomas Voigt Sauer Arnold Wolff Pfeiffer Yılmaz Kaya Demir Öztürk Çelik Nguyen Kowalski Nowak Wójcik Petrović
Ivanov Haddad Rossi Fernández Weizäcker Großmann Strauß Löffler Wölfle Jürgens Grünwald Rößler Übelacker
Öhlschläger Kißling Groß-Bölting Buschmann Siebenhaar Hürlimann Käßmann Preuß Schlüter Thiele Brümmer Lüdemann
Sörensen""".split()
PARTICLES = ["von", "von der", "van der", "zu", "vom", "de", "Freiherr von", "Gräfin von"]
LONG = ["Müller-Lüdenscheidt", "Leutheusser-Schnarrenberger", "Schröder-Köpf", "Oppermann-Weißenfels-Brüggenhof"]
STREETS = ["Lindenallee", "Goethestraße", "Am Mühlbach", "Schillerplatz", "Ringstraße", "Zum Güterbahnhof", "Kirchweg"]
CITIES = [("35390", "Gießen"), ("35037", "Marburg"), ("60311", "Frankfurt am Main"), ("35576", "Wetzlar")]
INSURERS = ["AOK Hessen", "Techniker Krankenkasse", "BARMER", "DAK-Gesundheit", "IKK classic"]


def person(random: random.Random, *, today: date) -> dict:
    """One invented patient: ``name``, ``contact``, ``insurance`` as patients.Patient seals them."""
    female = random.random() < 0.52
    years = min(max(random.gauss(52, 22), 0), 99)
    kind = "private" if random.random() < 0.12 else "statutory"
    number = random.randrange(10**6)
    postal_code, city = random.choice(CITIES)
    return {
        "name": {
            "title": "Dr." if random.random() < 0.02 else "",
            "first_name": _first_name(random, female),
            "last_name": surname(random),
            "birth_date": (today - timedelta(days=int(years * 365.25) + random.randrange(365))).isoformat(),
            "sex": "female" if female else "male",
        },
        # Numbers that the network agency keeps for films and examples; mail to example.org reaches nobody.
        "contact": {
            "phone": f"+49152288173{number % 100:02d}",
            "email": f"patient{number}@example.org" if random.random() < 0.7 else "",
            "street": f"{random.choice(STREETS)} {random.randrange(1, 120)}",
            "postal_code": postal_code,
            "city": city,
        },
        "insurance": {"kind": kind, "insurer": random.choice(INSURERS), "number": f"X{number:09d}"},
    }


def surname(random: random.Random) -> str:
    chance = random.random()
    if chance < 0.03:
        return f"{random.choice(PARTICLES)} {random.choice(SURNAMES)}"
    if chance < 0.10:
        return f"{random.choice(SURNAMES)}-{random.choice(SURNAMES)}"
    if chance < 0.105:
        return random.choice(LONG)
    # A few names are frequent, most are rare.
    return SURNAMES[min(int(random.expovariate(1 / 35)), len(SURNAMES) - 1)]


def _first_name(random: random.Random, female: bool) -> str:
    names = WOMEN if female else MEN
    first = random.choice(names)
    return f"{first} {random.choice(names)}" if random.random() < 0.08 else first
