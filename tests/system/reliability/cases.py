"""Every fault of these tests, said once: for the test, and for the table in docs/reliability.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchanges.core.chain import TITLES
from tests.system.reliability.scene import BEFORE_DELIVER, OUT
from tests.system.reliability.strike import Strike

ONCE = "opnieuw starten maakt het af: één volledig bestand bij de partner, één verzending geboekt"


@dataclass(frozen=True)
class Case:
    """``fault`` and ``expected`` are Dutch, for people."""

    id: str
    fault: str
    expected: str


@dataclass(frozen=True)
class Kill(Case):
    """A process that does the ``acts`` is killed at ``strike``, when the steps ``until`` were done before."""

    strike: Strike = field(default_factory=Strike)
    acts: tuple[tuple[str, str], ...] = (("step", "deliver"),)
    until: str = ""
    partner: str = "map"
    faults: str = ""


def _after(number: int, step: str) -> Kill:
    fault = f"kill -9 direct na de stap {TITLES[step].lower()}"
    return Kill(f"NA-{number:02d}", fault, ONCE, Strike("booked", match=step, when="after"), *_on_the_way(step))


def _inside(number: int, step: str) -> Kill:
    fault = f"kill -9 in de stap {TITLES[step].lower()}: alles is gemaakt, nog niets is geboekt"
    return Kill(f"IN-{number:02d}", fault, ONCE, Strike("step", match=step, when="after"), *_on_the_way(step))


def _on_the_way(step: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """What the process does, and the steps that were done before: as far as the partner need not have answered."""
    place, asked = OUT.index(step), OUT.index("receipt")
    if place < asked:
        return (("step", step),), OUT[place - 1] if place else ""
    return (("answer", ""), *(("step", one) for one in OUT[asked : place + 1])), "deliver"


def _upload(number: int, where: str, strike: Strike) -> Kill:
    fault = f"kill -9 tijdens verzenden: {where}"
    return Kill(f"UP-{number:02d}", fault, ONCE, strike, until=BEFORE_DELIVER, partner="sftp")


AFTER = [_after(number, step) for number, step in enumerate(OUT, 1)]
INSIDE = [_inside(number, step) for number, step in enumerate(OUT, 1)]
PLACES = [
    ("voor de verbinding er is", Strike("sftp.__init__")),
    ("verbonden, nog geen tijdelijk bestand", Strike("sftp.write")),
    ("na de eerste bytes van het tijdelijke bestand", Strike("piece", 1, "after")),
    ("op een kwart van het tijdelijke bestand", Strike("piece", 25, "after")),
    ("op de helft van het tijdelijke bestand", Strike("piece", 50, "after")),
    ("na de laatste bytes van het tijdelijke bestand", Strike("piece", 100, "after")),
    ("voor de controle van de grootte", Strike("sftp.size", match=".part")),
    ("na de controle van de grootte", Strike("sftp.size", 1, "after", ".part")),
    ("halverwege het teruglezen", Strike("read back", 50)),
    ("controlebestand geschreven, nog niet gecontroleerd", Strike("sftp.size", match=".sha256.")),
    ("voor het hernoemen van het controlebestand", Strike("sftp.rename", match=".sha256.")),
    ("na het hernoemen van het controlebestand", Strike("sftp.rename", 1, "after", ".sha256.")),
    ("voor het hernoemen van het bestand zelf", Strike("sftp.rename", 2)),
    ("na het hernoemen van het bestand zelf", Strike("sftp.rename", 2, "after")),
    ("bestand staat er, de verzending wordt net geboekt", Strike("event", match="deliver.done")),
    ("verzending geboekt, de stap nog niet", Strike("event", 1, "after", "deliver.done")),
]
UPLOAD = [_upload(number, *place) for number, place in enumerate(PLACES, 1)]
TAKEN = [
    Kill(
        f"WEG-{number:02d}",
        f"kill -9 tijdens verzenden aan een partner die bestanden meteen weghaalt: {where}",
        "De partner krijgt het bestand één keer, ook al staat het er niet meer",
        strike,
        until=BEFORE_DELIVER,
        partner="sftp",
        faults="move-on-arrival",
    )
    for number, (where, strike) in enumerate([PLACES[4], PLACES[11], PLACES[13], PLACES[14]], 1)
]
KILLS = [*AFTER, *INSIDE, *UPLOAD, *TAKEN]
LADDER = Case(
    "TRAP-01",
    "kill -9 bij de eerste schrijfactie van een stap, dan bij de tweede, de vierde enzovoort, stap na stap: vastleggen"
    " in het register, plaatsen in de opslag, wachten op de schijf",
    ONCE,
)

_ONE = "Eén bestand, één verzending geboekt; wie wacht vindt het werk gedaan"
SCHEDULERS = Case("TGL-01", "twee planners maken en verzenden dezelfde levering op hetzelfde moment", _ONE)
DOUBLE = Case("TGL-02", "drie keer tegelijk op verzenden gedrukt", _ONE)
AFTER_KILL = Case("TGL-03", "kill -9 na het hernoemen van het bestand, daarna drie keer tegelijk opnieuw gestart", _ONE)
WAITING = Case("TGL-04", "een van twee wordt halverwege het verzenden gestopt (kill -9) terwijl de ander wacht", _ONE)
RESEND = Case(
    "TGL-05",
    "de partner heeft niets ontvangen; twee mensen drukken tegelijk op opnieuw verzenden",
    "Eén bestand; de tweede ziet dat het er al is",
)
RUN_AND_RESEND = Case(
    "TGL-06",
    "iemand haalt het antwoord op terwijl een ander op opnieuw verzenden drukt",
    "Er gaat niets opnieuw: de partner heeft geantwoord",
)
AT_ONCE = [SCHEDULERS, DOUBLE, AFTER_KILL, WAITING, RESEND, RUN_AND_RESEND]


@dataclass(frozen=True)
class Full(Case):
    """A disk is full for a process that does ``acts``: at ``strike``, and if that has none of its own at the first call
    of its place, the fourth, the sixteenth and so on."""

    strike: Strike = field(default_factory=Strike)
    acts: tuple[tuple[str, str], ...] = (("run", "deliver"),)
    until: str = ""
    ladder: bool = True


_ROOM = "één regel die de schijf noemt; er gaat niets half weg; na opruimen en opnieuw starten komt alles goed"
_DISKS = [
    ("bij het wegschrijven van sleutels en artefacten", "os.fsync"),
    ("bij het plaatsen van een artefact", "os.link"),
    ("bij het maken van een map", "os.mkdir"),
    ("bij het klaarleggen van het verslag", "os.replace"),
    ("in het register (SQLite)", "register"),
]


def _too_long(number: int, step: str) -> Full:
    acts, until = _on_the_way(step)
    fault = f"geen ruimte in de werkmap tijdens de stap {TITLES[step].lower()}"
    strikes = Strike("work", match=step, data="0" if step != "map" else "2000")
    return Full(f"VOL-{number:02d}", fault, _ROOM, strikes, acts, until, ladder=False)


FULL = [
    Full(f"VOL-{number:02d}", f"schijf vol {where}", _ROOM, Strike(place, act="full"))
    for number, (where, place) in enumerate(_DISKS, 1)
]
FULL += [
    _too_long(number, step)
    for number, step in enumerate([step for step in OUT if step not in ("approve", "deliver")], len(FULL) + 1)
]
PARTNER_FULL = Case("VOL-20", "schijf vol bij de partner, halverwege het bestand", _ROOM)

_KEPT = "geweigerd in één regel; status gelijk; origineel in quarantaine; het goede verslag telt daarna gewoon"
REPLAYED = Case("ANT-01", "verslag van een eerdere levering, opnieuw aangeboden onder de naam van deze", _KEPT)
OF_ANOTHER = Case("ANT-02", "verslag van een andere gemeente", _KEPT)
TOO_EARLY = Case("ANT-03", "verslag dat er al lag voordat het bestand is verzonden", _KEPT)
NOT_SENT = Case("ANT-04", "antwoord ophalen voordat er is verzonden", "geweigerd in één regel; status gelijk")
SECOND = Case(
    "ANT-05",
    "tweede verslag met andere inhoud, na een kill -9 net nadat het eerste is vastgelegd",
    "geweigerd in één regel; het eerste blijft gelden",
)
AFTERWARDS = Case("ANT-06", "tweede verslag met andere inhoud, na de afronding", "er verandert niets")
ANSWERS = [REPLAYED, OF_ANOTHER, TOO_EARLY, NOT_SENT, SECOND, AFTERWARDS]

_STOPPED = "geweigerd in één regel die het bestand noemt; er gaat niets weg; met het goede bestand komt alles goed"


@dataclass(frozen=True)
class Altered(Case):
    """The bytes of the artefact ``name`` of step ``made`` are changed when all was done that step ``used`` needs."""

    made: str = ""
    name: str = ""
    used: str = ""


ALTERED = [
    Altered("ART-01", "een byte veranderd in de bewaarde selectie", _STOPPED, "select", "selectie/client", "build"),
    Altered("ART-02", "een byte veranderd in het bericht, voor de controle", _STOPPED, "build", "bericht", "check"),
    Altered("ART-03", "een byte veranderd in het bericht, voor het verzenden", _STOPPED, "build", "bericht", "deliver"),
]
HOST_KEY = Case(
    "SLT-01",
    "de server van de partner heeft een andere hostsleutel dan vastgelegd",
    "geweigerd voor het aanmelden; status gelijk; met de goede sleutel komt alles goed",
)
_CLOCK = "zelfde bestand, verslag aanvaard, keten heel"
AHEAD = Case("KLOK-01", "de klok van wie verzendt loopt een uur voor, die van wie het antwoord ophaalt niet", _CLOCK)
BEHIND = Case("KLOK-02", "de klok van wie verzendt loopt een uur achter", _CLOCK)
LEDGER_ROW = Case(
    "REG-01", "een gebeurtenis in het register veranderd, buiten Ketensluis om", "de controle noemt de regel"
)
BAD_INPUT = [*ANSWERS, *ALTERED, HOST_KEY, AHEAD, BEHIND, LEDGER_ROW]

# Title, what is said of it, and its cases.
CHAPTERS: list[tuple[str, str, list[Case]]] = [
    (
        "Gestopt",
        "Het proces wordt hard gestopt (`kill -9`); daarna start iemand dezelfde levering opnieuw.",
        [*AFTER, *INSIDE, LADDER, *UPLOAD, *TAKEN],
    ),
    (
        "Tegelijk",
        "Meer processen werken op hetzelfde moment aan dezelfde levering.",
        AT_ONCE,
    ),
    (
        "Schijf vol",
        "Eerst wat het proces zei, dan hoe het afliep toen er weer ruimte was.",
        [*FULL, PARTNER_FULL],
    ),
    (
        "Slechte invoer",
        "Eerst wat het proces zei, dan hoe het afliep toen de oorzaak weg was. Ingetrokken en verlopen certificaten, en"
        " klokken bij SOAP: `tests/unit/core/soap/test_trust.py`, `test_verify.py`. Vreemde bestanden:"
        " `tests/system/test_bad_files.py` en `test_bad_sources.py`.",
        BAD_INPUT,
    ),
]
