"""Words that people in Germany take for passwords, beside Django's list, which knows mostly English.

Written down here from what everybody knows; no leaked list was copied.
"""

WORDS = frozenset(
    """
    passwort kennwort losung geheim geheimnis geheimwort schluessel zugang zugangsdaten anmelden anmeldung login logon
    password passwd passcode secret letmein welcome changeme default master trustno access iloveyou sunshine princess
    superman batman football baseball monkey dragon shadow freedom whatever summer winter spring autumn computer
    internet hello love angel
    hallo servus moin willkommen guten morgen abend tag nacht bitte danke start anfang neu neues test testen tester
    probe beispiel muster mustermann musterfrau admin administrator administration benutzer user gast guest root
    system support server rechner drucker windows office outlook excel email telefon handy wlan
    fruehling fruehjahr sommer herbst januar februar maerz april mai juni juli august september oktober november
    dezember montag dienstag mittwoch donnerstag freitag samstag sonntag woche wochenende monat jahr urlaub ferien
    weihnachten ostern silvester geburtstag feierabend
    deutschland oesterreich schweiz europa berlin hamburg muenchen koeln frankfurt stuttgart duesseldorf dortmund essen
    leipzig bremen dresden hannover nuernberg duisburg bochum wuppertal bielefeld bonn muenster mannheim karlsruhe
    augsburg wiesbaden freiburg heidelberg luebeck erfurt rostock mainz kassel wien zuerich bayern hessen sachsen
    schatz schatzi liebe liebling mausi hase hasi engel baby ichliebedich ichliebe familie mama papa mutter vater oma
    opa bruder schwester sohn tochter kinder freund freundin freunde
    fussball borussia schalke werder eintracht hertha bayernmuenchen bvb hsv fcbayern fckoeln mercedes porsche audi
    volkswagen golf motorrad musik gitarre computer spiele katze hund pferd schmetterling blume rose sonne sonnenschein
    mond stern himmel regenbogen wasser feuer schokolade kaffee bier pizza kuchen banane apfel erdbeere
    alexander andreas christian daniel david dennis florian jan jonas julian kevin lukas marcel markus martin matthias
    max maximilian michael niklas patrick paul peter philipp sascha sebastian stefan thomas tim tobias
    andrea angelika anna birgit christina claudia franziska gabriele hannah jana jasmin jennifer jessica julia kathrin
    katharina laura lena leonie lisa maria marie martina melanie michelle monika nadine nicole nina petra sabine sandra
    sarah silke sophie stefanie steffi susanne svenja ursula vanessa
    mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann
    krankenhaus klinik klinikum klinikums uniklinik universitaetsklinikum spital hospital praxis arztpraxis ambulanz
    notaufnahme notfall station ordination arzt aerztin aerzte oberarzt chefarzt doktor doctor pflege pfleger
    krankenschwester patient patientin patienten patientenakte sprechstunde sprechzimmer termin termine terminkalender
    kalender empfang anmeldezimmer medizin medizinisch medikament apotheke labor roentgen chirurgie radiologie
    kardiologie gesundheit gesund krank heilung
    doctolib doctolibpro
    """.split()
)
