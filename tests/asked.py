"""A municipality that has delivered its index and is asked about people; and questions that are not as agreed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.simulators.ib_question import ANSWER, NAMESPACE
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_OTHER, OIN_PARTNER, Keys, write
from exchanges.simulators.soap_message import WSA, WSU, Draft
from exchanges.simulators.uwv_responses import free_bsns
from tests.chain import EXCHANGE, GEMEENTE, Chain, chain
from tests.locked import PASSPHRASE, locked
from tests.rows import write_csv

KNOWN, SUBSIDISED, WRONG, DEAD, GONE, STRANGER = islice(free_bsns(), 6)
FWI = "http://bkwi.nl/SuwiML/FWI/v0205"
PATH = "/GSDDossierReintegratie-v0200"
PLACE = "WACHTZIN_PROEF"


def administration(folder: Path, *, provision: str = "R0") -> Path:
    people = [KNOWN, SUBSIDISED, WRONG, DEAD, GONE]
    return write_csv(folder, {
        "persoon": [
            {"persoon_id": f"P{n}", "bsn": bsn, "overlijdensdatum": "20200101" if bsn == DEAD else ""}
            for n, bsn in enumerate(people)
        ],
        "traject": [
            {"traject_id": f"T{n}", "persoon_id": f"P{n}", "doel": "1", "datum_begin": "2026-01-01"} for n in range(4)
        ],
        "voorziening": [
            {"voorziening_id": f"V{n}", "traject_id": f"T{n}", "persoon_id": f"P{n}", "datum_begin": "20260101",
             "registratienummer": provision if n == 0 else f"R{n}", "type": "23" if n == 0 else "10"}
            for n in range(4)
        ],
        # Without a loonwaarde: our own rules reject it (LKS-PRC-01).
        "loonkostensubsidie": [
            {"lks_id": "L1", "voorziening_id": "V1", "datum_begin": "2026-01-01", "loonwaarde_perc": "62,5"},
            {"lks_id": "L2", "voorziening_id": "V2", "datum_begin": "2026-01-01", "loonwaarde_perc": ""},
        ],
        "verwijsindex": [{"bsn": bsn, "gewijzigd_op": "2026-10-20T12:00:00Z"} for bsn in (DEAD, GONE)],
    })  # fmt: skip


def asked_town(folder: Path, keys: Keys) -> Chain:
    """A municipality that has delivered its index, and may be asked."""
    found = chain(folder / "huis", administration(folder / "bron"), kind="csv", method="webservice")
    own, authority = folder / "sleutels", keys.authority
    own.mkdir()
    os.environ[PLACE] = PASSPHRASE.decode()
    server = authority.issue("gemeente.voorbeeld.invalid", OIN_MUNICIPALITY, host="127.0.0.1")
    said = {
        "poort": 0, "pad": PATH, "oin": OIN_MUNICIPALITY, "oin_partner": OIN_PARTNER, "tijdslimiet": 5,
        "certificaat": str(write(own / "server.pem", server.pem, authority.issuer.pem)),
        "sleutel": str(write(own / "server.key", locked(server))), "wachtzin": f"env:{PLACE}",
        "certificaat_ondertekening": str(write(own / "eigen.pem", keys.municipality.pem)),
        "sleutel_ondertekening": str(write(own / "eigen.key", locked(keys.municipality))),
        "ca": str(write(own / "ca.pem", authority.pem)), "crl": str(write(own / "crl.pem", authority.revocations())),
    }  # fmt: skip
    lines = [f"[gemeente.{GEMEENTE}.dienst.{EXCHANGE}]", *(f"{name} = {json.dumps(one)}" for name, one in said.items())]
    path = found.home / "ketensluis.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + "\n".join(lines), encoding="utf-8")
    assert found.deliver(found.open()) is None
    return found


def own_town(folder: Path, like: Chain) -> Chain:
    """One of its own, that may be changed."""
    found = chain(folder / "huis", administration(folder / "bron"), kind="csv", method="webservice")
    (own,) = (part for part in (like.home / "ketensluis.toml").read_text().split("\n[") if ".dienst." in part)
    path = found.home / "ketensluis.toml"
    path.write_text(path.read_text() + "\n[" + own, encoding="utf-8")
    assert found.deliver(found.open()) is None
    return found


def header(name: str, text: str) -> Any:
    def change(draft: Draft) -> None:
        header = draft.addressing[name]
        (header[0] if len(header) else header).text = text

    return change


def created(**since: float) -> Any:
    def change(draft: Draft) -> None:
        moment = datetime.now(UTC) - timedelta(**since)
        draft.timestamp.find(f"{{{WSU}}}Created").text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    return change


def _drop(name: str) -> Any:
    def change(draft: Draft) -> None:
        draft.header.remove(draft.addressing.pop(name))

    return change


def _more(name: str, text: str) -> Any:
    def change(draft: Draft) -> None:
        draft.addressing[name] = draft.put(name, text)

    return change


def _payload(xml: str) -> Any:
    def change(draft: Draft) -> None:
        draft.body.replace(draft.body[0], etree.fromstring(xml))

    return change


_OTHER = "https://elders.voorbeeld.invalid/?oin=" + OIN_OTHER
_ROOT = f'<g:GSDReintegratieInfo xmlns:g="{NAMESPACE}">'
CHANGED = {
    "another action": (header("Action", "urn:voorbeeld:iets-anders"), "actie"),
    "to another": (header("To", _OTHER), "koppen"),
    "to nobody": (header("To", f"{WSA}/anonymous"), "koppen"),
    "from another": (header("From", f"{WSA}/anonymous?oin={OIN_OTHER}"), "koppen"),
    "an answer elsewhere": (_more("ReplyTo", _OTHER), "koppen"),
    "itself an answer": (_more("RelatesTo", "urn:uuid:1"), "koppen"),
    "no id": (_drop("MessageID"), "koppen"),
    "no From": (_drop("From"), "koppen"),
    "long id": (header("MessageID", "urn:x:" + "a" * 300), "koppen"),
    "an hour ago": (created(hours=1), "tijd"),
    "an hour ahead": (created(hours=-1), "tijd"),
    "another message": (_payload(f'<g:{ANSWER} xmlns:g="{NAMESPACE}"/>'), "vorm"),
    "off schema": (_payload(_ROOT + "<Burgerservicenr>12</Burgerservicenr></g:GSDReintegratieInfo>"), "schema"),
}
