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
KILLS = [*AFTER, *UPLOAD, *TAKEN]
_EACH = "elke schrijfactie (schrijven, naar schijf, hernoemen, nieuw bestand, nieuwe map) in elke stap"
_STEPWISE = "opnieuw starten geeft na elke trede precies wat er zonder storing was gekomen"
LADDER_OUT = Case("TRAP-01", f"kill -9 bij {_EACH} van een levering die wordt verzonden", _STEPWISE)
LADDER_IN = Case("TRAP-02", f"kill -9 bij {_EACH} van een levering `ib_samenloop` die wordt ontvangen", _STEPWISE)
POSTGRES = Case(
    "TRAP-03",
    "register op PostgreSQL: kill -9 midden in elke transactie en na elke transactie van de stappen afleveren en"
    " verwerkingsverslag, en rond het hernoemen",
    _STEPWISE,
)
LADDERS = [LADDER_OUT, LADDER_IN, POSTGRES]

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
    """No file can be longer than ``strike`` says, for a process that does ``acts`` after ``until``: the system's own
    limit, which it refuses by itself."""

    strike: Strike = field(default_factory=Strike)
    acts: tuple[tuple[str, str], ...] = ()
    until: str = ""


_ROOM = "één regel die de schijf noemt; er gaat niets half weg; na opruimen en opnieuw starten komt alles goed"
FULL_OUT = Case(
    "VOL-01",
    f"schijf vol vanaf {_EACH} van een levering die wordt verzonden; van wat dan geschreven wordt komt de helft aan",
    _ROOM,
)
FULL_IN = Case(
    "VOL-02",
    "hetzelfde van een levering `ib_samenloop` die wordt ontvangen; per stap en soort bestand de eerste",
    _ROOM,
)


def _too_long(number: int, step: str) -> Full:
    acts, until = _on_the_way(step)
    fault = f"geen ruimte in de werkmap tijdens de stap {TITLES[step].lower()}"
    strikes = Strike("work", match=step, data="0" if step != "map" else "2000")
    return Full(f"VOL-{number:02d}", fault, _ROOM, strikes, acts, until)


FULL = [_too_long(number, step) for number, step in enumerate(("map", "check", "report"), 3)]
PARTNER_FULL = Case("VOL-10", "schijf vol bij de partner, halverwege het bestand", _ROOM)

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
_ENDED = "geweigerd in één regel; de levering blijft wat zij is; origineel in quarantaine; het eerste geldt"
AFTERWARDS = Case("ANT-06", "na de afronding ligt er een verslag met andere inhoud", _ENDED)
ALTERED_AFTERWARDS = Case("ANT-07", "na de afronding is het verslag half overschreven", _ENDED)
ANOTHERS_AFTERWARDS = Case("ANT-08", "na de afronding ligt er een verslag van een andere gemeente", _ENDED)
REPLAYED_AFTERWARDS = Case("ANT-09", "na de afronding ligt er een verslag van een eerdere levering", _ENDED)
SAME_AFTERWARDS = Case(
    "ANT-10",
    "na de afronding ligt hetzelfde verslag er nog eens, met een klok die een uur voor of achter loopt",
    "herkend aan de bytes; er verandert niets",
)
AFTERWARDS_OTHER = [AFTERWARDS, ALTERED_AFTERWARDS, ANOTHERS_AFTERWARDS, REPLAYED_AFTERWARDS]
ANSWERS = [REPLAYED, OF_ANOTHER, TOO_EARLY, NOT_SENT, SECOND, *AFTERWARDS_OTHER, SAME_AFTERWARDS]

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
        [*AFTER, *LADDERS, *UPLOAD, *TAKEN],
    ),
    (
        "Tegelijk",
        "Meer processen werken op hetzelfde moment aan dezelfde levering.",
        AT_ONCE,
    ),
    (
        "Schijf vol",
        "Eerst wat het proces zei, dan hoe het afliep toen er weer ruimte was.",
        [FULL_OUT, FULL_IN, *FULL, PARTNER_FULL],
    ),
    (
        "Slechte invoer",
        "Eerst wat het proces zei, dan hoe het afliep toen de oorzaak weg was. Ingetrokken en verlopen certificaten, en"
        " klokken bij SOAP: `tests/unit/core/soap/test_trust.py`, `test_verify.py`. Vreemde bestanden:"
        " `tests/system/test_bad_files.py` en `test_bad_sources.py`.",
        BAD_INPUT,
    ),
]
