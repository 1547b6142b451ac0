"""From the command line: an unread row is repaired and fed again, a doubt is passed on, terms are kept."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from exchanges.simulators.ib_signals import with_bad_line
from tests.signals import town
from tests.sluis import nobody_in, sluis

BSNS = ("999990019", "999990020", "999990032")
FIRST = "ib_samenloop/0153/2026-10/0001"
pytestmark = pytest.mark.system


def test_from_a_row_that_could_not_be_read_to_its_end(tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    place = town(tmp_path / "huis", BSNS, f'sleutel = "{key.to_public()}"')
    home = place.chain.home
    path = place.put("2026-10", place.month("2026-10", 12, kinds=("KSD", "VRT")))
    good = path.read_text(encoding="utf-8").splitlines()
    with_bad_line(path)  # the first and the last row
    assert sluis(home, "run", "ib_samenloop", "--periode", "2026-10").code == 0

    listed = sluis(home, "refeed", "--list", "--json")
    assert listed.code == 1
    assert (listed.json["delivery"], listed.json["rows"], listed.json["reason"]) == (FIRST, 2, "2 niet te lezen")
    assert "2 regels" in sluis(home, "refeed", "--list").out

    out = sluis(home, "refeed", FIRST, "--export", home / "herstel" / "0153", "--name", "J. Jansen", "--json")
    assert out.code == 0 and out.json["rows"] == 2
    assert sluis(home, "refeed", FIRST, "--export", tmp_path, "--name", "J. Jansen").code == 2
    assert sluis(home, "refeed", FIRST, "--file", out.json["file"]).code == 2  # nobody
    assert sluis(home, "refeed").code == 2

    Path(out.json["file"]).write_text(f"{good[0]}\r\n{good[1]}\r\n{good[-1]}\r\n", encoding="utf-8", newline="")
    given = ("refeed", FIRST, "--file", out.json["file"], "--name", "J. Jansen", "--reason", "melding 12")
    fed = sluis(home, *given, "--json")
    assert (fed.code, fed.json["new"], fed.json["state"]) == (0, 2, "published")
    again = sluis(home, *given)
    assert again.code == 0 and "was al ingevoerd" in again.out
    assert sluis(home, "refeed", "--list").code == 0

    number = good[1].split(";")[5]
    values = f"Dorpsstraat 1\nWoont bij {BSNS[0]}.\n"
    told = ("signals", "terugmelding")
    added = sluis(home, *told, "add", number, "--gemeente", "0153", "--register", "BRP", "--veld", "woonadres",
                  "--door", "J. Jansen", "--json", stdin=values)  # fmt: skip
    assert added.code == 0 and added.json["new"] is True
    waiting = sluis(home, *told, "list", "--gemeente", "0153", "--json")
    assert (waiting.code, waiting.json["signal"], waiting.json["days"]) == (1, number, 0)
    sent = sluis(home, *told, "send", "--gemeente", "0153", "--door", "P. Bakker", "--json")
    assert sent.json["sent"] == 1 and all(Path(name).exists() for name in sent.json["files"])
    assert sluis(home, *told, "list", "--gemeente", "0153").code == 0

    later = date.today() + timedelta(days=100)
    assert sluis(home, "retention", "run", "--date", str(later)).code == 2
    dry = sluis(home, "retention", "run", "--dry-run", "--date", str(later), "--json")
    assert dry.code == 0 and set(dry.json["rules"]) == {"bestand: 3 maanden", "herstel: 1 maand"}
    now = sluis(home, "retention", "run", "--json")
    assert (now.code, now.json["files"], now.json["report"]) == (0, 0, None)

    events = [event.details for id in (FIRST, fed.json["delivery"], None) for event in place.chain.ledger.events(id)]
    said = [one.out + one.err for one in (listed, out, fed, again, added, waiting, sent, dry)]
    assert nobody_in(*said, json.dumps(events, default=str))
    assert "Dorpsstraat" not in "".join(said) + json.dumps(events, default=str)
