"""Centric GWS as an independent source: ``JaarOpgaveClient`` v0400 and ``UitkeringsSpecificatieClient`` v0600.

Answers are read one by one into columns; amounts of a jaaropgave are whole euros, those of a monthly specification
cents (what is in them is [SECONDARY], spec loonaangifte section 10; the schema says only whole numbers with a sign).
An answer that is not as agreed gives a finding and no rows; ``keep`` gets its bytes, so that the original stays.
Bank accounts, names and addresses are not read: the comparison does not need them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree

from exchanges.core.bsn import passes
from exchanges.core.findings import finding
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.xml.faults import Fault
from exchanges.loonaangifte.gws_files import Answer, Trouble, answers
from exchanges.loonaangifte.subtree import judge

_XSD = Path(__file__).resolve().parent / "xsd"
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_FWI = "{http://www.centric.nl/GWS/FWI/v0200}"
_SERVICES = "http://www.centric.nl/GWS/Diensten/"
ROOTS = {
    f"{{{_SERVICES}JaarOpgaveClient/v0400}}JaarOpgaveInfoResponse": "jaaropgave",
    f"{{{_SERVICES}UitkeringsSpecificatieClient/v0600}}UitkeringsSpecificatieInfoResponse": "uitkering",
}
_PARSER: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
                           "remove_comments": True, "remove_pis": True}
_MOST_TAGS = 100_000
_BATCH = 5_000

# Column -> element of SpecificatieJaarOpgave; whole euros.
YEAR_AMOUNTS = {
    "fiscaalloon": "Fiscaalloon", "loonheffing": "Loonheffing", "ingehouden_zvw": "IngehoudenPremieZVW",
    "vergoeding_zvw": "VergoedingPremieZVW", "ontvangsten_fiscaalloon": "OntvangstenFiscaalloon",
    "ontvangsten_ingehouden_zvw": "OntvangstenIngehoudenPremieZVW",
    "ontvangsten_vergoeding_zvw": "OntvangstenVergoedingPremieZVW", "ontvangsten_premieloon": "OntvangstenPremieloon",
    "werkgeversheffing_zvw": "WerkgeversheffingPremieZVW",
    "ontvangsten_werkgeversheffing_zvw": "OntvangstenWerkgeversheffingPremieZVW",
    "belaste_alimentatie": "BelasteAlimentatie",
}
# Column -> element of Dossierhistorie; cents.
MONTH_AMOUNTS = {
    "uitbetaald_client_cent": "UitbetaaldBedragClient", "opgegeven_inkomsten_cent": "OpgegevenInkomsten",
    "te_verrekenen_inkomsten_cent": "TeVerrekenenInkomsten", "inkomsten_vrijlating_cent": "InkomstenVrijlating",
    "inkomsten_na_vrijlating_cent": "InkomstenNaVrijlating",
    "vakantiegeld_over_inkomsten_cent": "VakantiegeldOverInkomsten", "gekorte_inkomsten_cent": "GekorteInkomsten",
    "uitbetaald_dossier_cent": "UitbetaaldBedragDossier",
}


def _schema(*fields: tuple[str, Any], amounts: Sequence[str] = ()) -> pa.Schema:
    return pa.schema([*fields, *((name, pa.int64()) for name in amounts)])


# ``antwoord`` counts the answers, ``rij`` the rows of the table: children point at it.
SCHEMAS = {
    "jaaropgave": _schema(
        ("antwoord", pa.int32()), ("rij", pa.int32()), ("bsn", pa.string()), ("gemeentecode", pa.string()),
        ("regeling", pa.string()), ("dienstjaar", pa.int32()), ("van", pa.date32()), ("tot", pa.date32()),
        ("code_premie_volksverzekering", pa.string()), ("indicatie_zvw", pa.bool_()), amounts=list(YEAR_AMOUNTS)),
    "korting": _schema(("rij", pa.int32()), ("ingangsdatum", pa.date32()), ("code", pa.string())),
    "specificatie": _schema(
        ("antwoord", pa.int32()), ("rij", pa.int32()), ("bsn", pa.string()), ("clientnummer", pa.string()),
        ("gemeentecode", pa.string()), ("type_periode", pa.string()), ("regeling", pa.string()),
        ("dossiernummer", pa.string()), ("periode", pa.string()), ("betrekkingsperiode", pa.string()),
        ("datum_betaald", pa.date32()), amounts=list(MONTH_AMOUNTS)),
    "bijstandspartij": _schema(("rij", pa.int32()), ("bsn", pa.string()), ("uitbetaald_cent", pa.int64())),
    "component": _schema(("rij", pa.int32()), ("omschrijving", pa.string()), ("bedrag_cent", pa.int64()),
                         ("kolom", pa.string())),
}


@dataclass
class Gws:
    """``tables`` as SCHEMAS, or ``files`` (Parquet) when the rows went there; every answer is read, empty (nothing
    found) or refused."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    findings: list[dict[str, object]] = field(default_factory=list)
    read: int = 0
    empty: int = 0
    refused: int = 0
    files: dict[str, Path] = field(default_factory=dict)


Keep = Callable[[bytes, str], object]


def read_answers(paths: Sequence[Path], keep: Keep | None = None, into: Path | None = None) -> Gws:
    """Read every answer in ``paths``: files, folders, zip archives, many answers in one file.

    ``keep`` gets the bytes and the reason (a code) of what was refused. With ``into`` the rows go to files in that
    folder instead of memory. Nothing is raised for bad input.
    """
    reader = _Reader(into)
    findings: list[dict[str, object]] = []
    refused = 0
    for item in answers(paths):
        told = [item.finding] if isinstance(item, Trouble) else reader.answer(item)
        if any(row["severity"] == "error" for row in told):
            refused += 1
            if keep:
                keep(item.data, str(told[0]["code"]))
        findings += told
    reader.flush()
    tables = {} if into else {name: pa.Table.from_batches(reader.batches[name], schema=SCHEMAS[name])
                              for name in SCHEMAS}
    return Gws(tables, findings, reader.read, reader.empty, refused, reader.close())


class _Bad(Exception):
    def __init__(self, code: str, text: str, line: int | None = None) -> None:
        super().__init__(code)
        self.code, self.text, self.line = code, text, line


class _Reader:
    def __init__(self, into: Path | None = None) -> None:
        self.read = self.empty = 0
        self.said: set[bytes] = set()
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
        self.batches: dict[str, list[pa.RecordBatch]] = {name: [] for name in SCHEMAS}
        self.numbers = dict.fromkeys(SCHEMAS, 0)
        self.bron = 0
        self.files = {} if into is None else {name: into / f"{name}.parquet" for name in SCHEMAS}
        self.writers = {name: pq.ParquetWriter(path, SCHEMAS[name]) for name, path in self.files.items()}
        self.schemas = {kind: compile_xsd(_XSD / f"gws-{kind}.xsd") for kind in ROOTS.values()}

    def answer(self, answer: Answer) -> list[dict[str, object]]:
        """Findings on one answer; its rows are taken when none is an error."""
        self.bron += 1
        fresh: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
        before = dict(self.numbers)
        try:
            faults, told = self._read(answer, fresh)
        except _Bad as bad:
            faults, told = [Fault(bad.code, bad.text, "", bad.line)], []
        if faults:
            self.numbers = before
            return [finding(f.code, "error", f"{answer.place[:1].upper()}{answer.place[1:]}: {f.text}", path=f.path,
                            line=f.line, action="Vraag dit antwoord opnieuw op; het is niet gelezen.", table="gws",
                            source="Centric GWS, JaarOpgaveClient v0400 en UitkeringsSpecificatieClient v0600")
                    for f in faults]
        if any(fresh.values()):
            self.read += 1
            if (said := _digest(fresh)) in self.said:
                self.numbers = before
                return [*told, finding("LA-GWS-TWEEMAAL", "info", "Een antwoord is meer dan een keer geleverd; het "
                                       "telt een keer.", table="gws")]
            self.said.add(said)
        else:
            self.empty += 1
        for name, rows in fresh.items():
            self.rows[name] += rows
        if sum(map(len, self.rows.values())) >= _BATCH:
            self.flush()
        return told

    def flush(self) -> None:
        for name, rows in self.rows.items():
            if rows:
                batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMAS[name])
                rows.clear()
                if name in self.writers:
                    self.writers[name].write_batch(batch)
                else:
                    self.batches[name].append(batch)

    def close(self) -> dict[str, Path]:
        """The files, finished; none when the rows are in memory."""
        for writer in self.writers.values():
            writer.close()
        return self.files

    def _read(self, answer: Answer, fresh: dict[str, list[dict[str, Any]]]
              ) -> tuple[list[Fault], list[dict[str, object]]]:
        if answer.data.count(b"<") > _MOST_TAGS:
            raise _Bad("XML-02", "het antwoord heeft te veel elementen.")
        try:
            root = etree.fromstring(answer.data.lstrip(), etree.XMLParser(**_PARSER))
        except (etree.XMLSyntaxError, ValueError) as error:
            raise _Bad("XML-01", "het antwoord is geen goed gevormde XML.", getattr(error, "lineno", None)) from None
        about = root.getroottree().docinfo
        if about.doctype:
            raise _Bad("XML-05", "het antwoord heeft een DOCTYPE; dat wordt niet gelezen.")
        if (about.encoding or "UTF-8").upper() not in ("UTF-8", "US-ASCII", "ASCII"):
            raise _Bad("XML-04", "het antwoord heeft een andere codering dan UTF-8.")
        body, above = _body(root)
        kind = ROOTS.get(body.tag)
        if kind is None:
            raise _Bad("LA-GWS-VERSIE", "dit is geen antwoord van JaarOpgaveClient v0400 of "
                       "UitkeringsSpecificatieClient v0600.", body.sourceline)
        if faults := judge(self.schemas[kind], body, above):
            return faults, []
        told: list[dict[str, object]] = []
        if any(True for _ in body.iter("Fout")):
            told.append(finding("LA-GWS-FOUT", "warning", f"{answer.place[:1].upper()}{answer.place[1:]}: het systeem "
                                "meldt een fout; het antwoord kan onvolledig zijn.", table="gws",
                                action="Vraag dit antwoord opnieuw op."))
        self._rows(kind, body, fresh)
        return [], told

    def _rows(self, kind: str, body: Any, fresh: dict[str, list[dict[str, Any]]]) -> None:
        content = body.find("JaarOpgaveClient" if kind == "jaaropgave" else "UitkeringsSpecificatieClient")
        groups = [] if content is None else content.findall(
            "JaarOpgave" if kind == "jaaropgave" else "Uitkeringsspecificatie")
        if not groups:
            return
        bsn = content.findtext("Client/BurgerServiceNr")
        if bsn is None or not passes(bsn):
            raise _Bad("LA-GWS-CLIENT", "het antwoord heeft geen client met een geldig burgerservicenummer.",
                       content.sourceline)
        for group in groups:
            (self._year if kind == "jaaropgave" else self._month)(content, group, bsn, fresh)

    def _number(self, table: str) -> int:
        self.numbers[table] += 1
        return self.numbers[table] - 1

    def _year(self, content: Any, group: Any, bsn: str, fresh: dict[str, list[dict[str, Any]]]) -> None:
        for item in group.iterchildren("SpecificatieJaarOpgave"):
            number = self._number("jaaropgave")
            fresh["jaaropgave"].append({
                "antwoord": self.bron, "rij": number, "bsn": bsn, "regeling": item.findtext("Regeling"),
                "gemeentecode": group.findtext("Inhoudingsplichtige/Gemeentecode"),
                "dienstjaar": int(item.findtext("Dienstjaar")), "van": _day(item, "AangiftePeriodeVan"),
                "tot": _day(item, "AangiftePeriodeTot"),
                "code_premie_volksverzekering": _all_text(item.find("CdPremieVolksverzekering")),
                "indicatie_zvw": item.findtext("IndicatieZVW") == "1",
            } | {column: _amount(item, name) for column, name in YEAR_AMOUNTS.items()})
            fresh["korting"] += [
                {"rij": number, "ingangsdatum": _day(korting, "Ingangsdatum"),
                 "code": _all_text(korting.find("CdLoonheffingskorting"))}
                for korting in item.iterchildren("Loonheffingskorting")
            ]

    def _month(self, content: Any, group: Any, bsn: str, fresh: dict[str, list[dict[str, Any]]]) -> None:
        for item in group.iterchildren("Dossierhistorie"):
            number = self._number("specificatie")
            fresh["specificatie"].append({
                "antwoord": self.bron, "rij": number, "bsn": bsn,
                "clientnummer": content.findtext("Client/Clientnummer"),
                "gemeentecode": group.findtext("Uitkeringsinstantie/Gemeentecode"),
                "type_periode": content.findtext("TypePeriode"), "regeling": item.findtext("Regeling"),
                "dossiernummer": item.findtext("Dossiernummer"), "periode": _month_of(item, "Periodenummer"),
                "betrekkingsperiode": _month_of(item, "Betrekkingsperiode"),
                "datum_betaald": _day(item, "DatumBetaald"),
            } | {column: _amount(item, name) for column, name in MONTH_AMOUNTS.items()})
            fresh["bijstandspartij"] += [
                {"rij": number, "bsn": party.findtext("BurgerServiceNr"),
                 "uitbetaald_cent": _amount(party, "UitbetaaldBedrag")}
                for party in item.iterchildren("OverigeBijstandspartij")
            ]
            fresh["component"] += [
                {"rij": number, "omschrijving": part.findtext("Omschrijving"), "bedrag_cent": _amount(part, "Bedrag"),
                 "kolom": part.findtext("IndicatieKolom")}
                for part in item.iterchildren("Componenthistorie")
            ]


def _body(root: Any) -> tuple[Any, str]:
    """The answer in a SOAP envelope, or the root itself, and the path above it. Raises _Bad for a SOAP fault."""
    if root.tag != f"{_SOAP}Envelope":
        return root, ""
    body = root.find(f"{_SOAP}Body")
    children = [] if body is None else list(body)
    if len(children) != 1:
        raise _Bad("LA-GWS-VERSIE", "de SOAP-envelop heeft niet precies een antwoord.", root.sourceline)
    if children[0].tag == f"{_SOAP}Fault":
        raise _Bad("LA-GWS-FAULT", "het systeem gaf een fout in plaats van een antwoord.", children[0].sourceline)
    return children[0], "Envelope/Body/"


def _digest(rows: dict[str, list[dict[str, Any]]]) -> bytes:
    """Of what an answer says, whatever envelope it came in and however often."""
    # An answer has rows of one of the two, and their children, which point at them.
    begin = next(row["rij"] for name in ("jaaropgave", "specificatie") for row in rows[name])
    said = [[{**row, "antwoord": 0, "rij": row["rij"] - begin} for row in found] for found in rows.values()]
    return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def _amount(item: Any, name: str) -> int | None:
    node = item.find(name)
    if node is None:
        return None
    value = int(node.findtext("WaardeBedrag"))
    return -value if node.findtext("CdPositiefNegatief") == "-" else value


def _day(item: Any, name: str) -> date | None:
    text = item.findtext(name)
    try:
        return None if text is None else date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise _Bad("LA-GWS-DATUM", f"{name} is geen dag die bestaat.", item.sourceline) from None


def _month_of(item: Any, name: str) -> str:
    text = item.findtext(name)
    return f"{text[:4]}-{text[4:]}"


def _all_text(node: Any) -> str:
    # the schema gives this element no type: anything may stand in it, in practice a code
    return "".join(node.itertext()).strip()[:30]
