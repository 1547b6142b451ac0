"""Words for the synthetic municipality: names, streets, employers, provisions. All fictitious combinations."""

from __future__ import annotations

MEN = (
    "Jan", "Pieter", "Hendrik", "Willem", "Dirk", "Cornelis", "Gerrit", "Maarten", "Sjoerd", "Bram", "Thijs", "Lars",
    "René", "André", "François", "Jérôme", "Jürgen", "Björn", "Søren", "Łukasz", "Paweł", "Tomáš", "José", "Ramón",
    "Mohammed", "Ahmed", "Youssef", "Hassan", "Ömer", "Emre", "Çağlar", "Şahin", "Tesfaye", "Yonas", "Filmon",
    "Abdirahman", "Oleksandr", "Dmytro", "Rohan", "Winston", "Jean-Pierre", "Anne-Jan", "Otto", "Quinten", "Xander",
)
WOMEN = (
    "Maria", "Johanna", "Anna", "Elisabeth", "Grietje", "Trijntje", "Hendrika", "Femke", "Sanne", "Lotte", "Noor",
    "Zoë", "Chloë", "Renée", "Hélène", "Aïcha", "Noëlle", "Loïs", "Anaïs", "Şebnem", "Ayşe", "Gülçin", "Özlem",
    "Fatima", "Khadija", "Samira", "Rahma", "Selam", "Bisrat", "Nataliia", "Oksana", "Małgorzata", "Agnieszka",
    "Ndéye", "Thị", "Mei", "Cheyenne", "Urmila", "Ilse", "Vera", "Wilhelmina", "Xenia", "Yvonne", "Anne-Marie",
)
# These take a prefix; the second list has names that stand alone.
PREFIXED = (
    "Vries", "Berg", "Heuvel", "Meer", "Linden", "Horst", "Beek", "Hof", "Velde", "Brink", "Ham", "Haar", "Molen",
    "Kooij", "Sluis", "IJssel", "Oever", "Hooft", "Hoen", "Groot", "Wal", "Dam", "Broek", "Ende", "Wijngaert",
)
PREFIXES = ("van", "de", "van der", "van den", "van de", "ten", "ter", "van 't", "'t", "in 't", "d'", "von")
PREFIX_WEIGHTS = (24, 22, 16, 10, 8, 4, 4, 3, 3, 2, 3, 1)
PLAIN = (
    "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Hendriks", "Dekker", "Brouwer",
    "Dijkstra", "Smits", "Postma", "Hoekstra", "Veenstra", "Kuiper", "Kok", "Schouten", "Prins", "Yıldız", "Öztürk",
    "Çelik", "Şimşek", "Kılıç", "Amrani", "Benali", "Bouzid", "O'Brien", "D'Angelo", "N'Diaye", "Núñez", "García",
    "Müller", "Größer", "Kowalski", "Wiśniewski", "Žukauskas", "Dvořák", "Kovačević", "Nguyễn", "Trần", "Phạm",
    "Tesfamariam", "Gebremedhin", "Abdi", "Warsame", "Shevchenko", "Kovalenko", "Ramdin", "Kartosen", "Martina",
)
NATIONALITIES = ("0001", "0331", "0339", "0263", "0100", "0057", "0064", "0052")
NATIONALITY_WEIGHTS = (74, 6, 5, 5, 3, 3, 2, 2)

STREETS = (
    "Dorpsstraat", "Kerkstraat", "Molenweg", "Schoolstraat", "Beukenlaan", "Wilhelminastraat", "Havenkade",
    "'t Hoogland", "Zuiderdiep", "Pastoor Vaessenstraat", "Dr. Ariënsplein", "Burg. Van Veenlaan", "Graaf Ottostraat",
    "Oude Rijksweg", "Plein 1944", "Laan v.d. Vrede", "Hélène Swarthstraat", "Brinkpad", "Sluiskade", "Kanaalstraat",
)
MUNICIPALITIES = {
    "0153": "Enschede", "0363": "Amsterdam", "0599": "Rotterdam", "0518": "'s-Gravenhage", "0344": "Utrecht",
    "0014": "Groningen", "0193": "Zwolle", "0150": "Deventer", "0164": "Hengelo", "0141": "Almelo",
    "0106": "Assen", "0114": "Emmen", "0080": "Leeuwarden", "0855": "Tilburg", "0772": "Eindhoven",
}

EMPLOYERS = (
    "Bakkerij 't Stoepje & Zn.", "Groenrijk Hoveniers B.V.", "Schoonmaakbedrijf Glans", "Logistiek Oost B.V.",
    "Zorggroep De Linde", "Kringloop Tweede Kans", "Gemeente, dienst Beheer", "Supermarkt Van Buren",
    "Metaalbewerking Kuipers", "Café-restaurant 'De Sluis'", "Kwekerij Öztürk", "Drukkerij Noël & Co",
    "Autowasstraat Blink", "Bouwbedrijf Hoekstra <Noord>", "Stichting Samen Werkt", "Fietsenmakerij d'n Band",
)
BENEFIT_SOURCES = ("UWV", "SVB", "Onderhoudsplichtige", "Verhuur", "Belastingdienst")

# SRG field 14 (equal to CdTypeRvGsd): code, weight among the provisions that are not a wage-cost subsidy, descriptions.
PROVISIONS: tuple[tuple[str, float, tuple[str, str, str]], ...] = (
    ("10", 0, ("Loonkostensubsidie Participatiewet", "Loonkostensubsidie (banenafspraak)", "LKS na praktijkroute")),
    ("12", 0, ("Tijdelijke loonkostensubsidie", "Tijdelijke LKS & begeleiding", "Tijdelijke LKS, eerste jaar")),
    ("21", 4, ("Beschut werk", "Beschut werk bij het leerwerkbedrijf", "Beschutte werkplek")),
    ("22", 4, ("Participatieplaats", "Participatieplaats met premie", "Participatieplaats buurthuis")),
    ("23", 3, ("Proefplaatsing t.b.v. loonwaardebepaling", "Proefplaatsing (drie maanden)", "Proefplaatsing")),
    ("29", 6, ("Werkervaringsplaats", "Leerwerkplek groen", "Werkstage 'Samen aan de slag'")),
    ("30", 14, ("Jobcoach extern", "Jobcoach intern", "Begeleiding op de werkplek (licht)")),
    ("31", 2, ("Werkplekaanpassing", "Aangepast bureau", "Hulpmiddel op het werk")),
    ("40", 30, ("Coaching naar werk", "Klantmanager+: intensieve begeleiding", "Coaching naar participatie")),
    ("42", 18, ("Training Nederlands op de werkvloer", "Cursus heftruck & veiligheid", "Opleiding zorg, niveau 2")),
    ("43", 8, ("Vrijwilligerswerk", "Vrijwilligerswerk in het buurthuis", "Vrijwilligerswerk dierenasiel")),
    ("49", 6, ("Sociale activering", "Dagbesteding met ontwikkeldoel", "Traject 'Meedoen'")),
    ("50", 2, ("Vervoersvoorziening", "Reiskosten woon-werk", "Fiets voor werk")),
    ("59", 2, ("Kinderopvang tijdens traject", "Overige faciliterende voorziening", "Laptop voor scholing")),
    ("98", 1, ("Niet nader in te delen", "Maatwerkbudget", "Overig instrument")),
)
