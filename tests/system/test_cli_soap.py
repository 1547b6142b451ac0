"""``sluis run`` against ``sluis simulate ib --soap``, and ``sluis serve``: processes of their own, settings as they are
told."""

from __future__ import annotations

import json
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchanges.simulators.ib_question import IbAsking
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_PARTNER, Keys, write
from exchanges.simulators.uwv_responses import free_bsns
from tests.rows import write_csv
from tests.sluis import SLUIS, environment, nobody_in, sluis

pytestmark = pytest.mark.system

BSN = next(free_bsns())


@contextmanager
def told(home: Path, last: str, *command: str) -> Iterator[str]:
    """A command that runs, as far as the line that begins with ``last``. At the end it has named nobody."""
    process = subprocess.Popen(
        [str(SLUIS), *command], cwd=home, env=environment(home), stdout=subprocess.PIPE,
        bufsize=0,  # select sees the pipe: lines that came together must not wait in a buffer of ours
    )  # fmt: skip
    lines: list[str] = []
    try:
        assert process.stdout is not None
        while not (lines and lines[-1].startswith(last)):
            ready, _, _ = select.select([process.stdout], [], [], 60)
            lines.append(process.stdout.readline().decode() if ready else "")
            assert lines[-1], f"it stopped or is silent after {lines}"
        yield "".join(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and nobody_in(rest.decode())


def test_the_index_goes_and_the_dossier_is_asked(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "bron", {
        "persoon": [{"persoon_id": "P1", "bsn": BSN}],
        "traject": [{"traject_id": "T1", "persoon_id": "P1", "doel": "1", "datum_begin": "2026-01-01"}],
        "voorziening": [{"voorziening_id": "V1", "traject_id": "T1", "persoon_id": "P1", "type": "23",
                         "datum_begin": "20260101", "registratienummer": "R1"}],
        "verwijsindex": [],
    })  # fmt: skip
    keys, own = Keys(datetime.now(UTC)), tmp_path / "sleutels"
    own.mkdir()
    server = keys.authority.issue("gemeente", OIN_MUNICIPALITY, host="127.0.0.1")
    service = {
        "poort": 0, "pad": "/dossier", "oin": OIN_MUNICIPALITY, "oin_partner": OIN_PARTNER,
        "certificaat": str(write(own / "s.pem", server.pem, keys.authority.issuer.pem)),
        "sleutel": str(write(own / "s.key", server.key_pem)), "ca": str(write(own / "ca.pem", keys.authority.pem)),
        "crl": str(write(own / "crl.pem", keys.authority.revocations())),
    }  # fmt: skip
    said = "\n".join(f"{name} = {json.dumps(value)}" for name, value in service.items())
    with told(tmp_path, "IB-simulator", "simulate", "ib", "--soap", "--root", str(tmp_path / "ib")) as lines:
        settings = lines[lines.index("[partner.") : lines.index("IB-simulator")]
        (tmp_path / "ketensluis.toml").write_text(
            f'[gemeente.0153]\nnaam = "x"\nbron = {{ soort = "csv", locatie = "{source}" }}\n'
            f'methode = {{ dkd_reintegratie = "webservice" }}\n'
            f"[gemeente.0153.dienst.dkd_reintegratie]\n{said}\n{settings}"
        )
        done = sluis(tmp_path, "run", "dkd_reintegratie", "--periode", "2026-10", "--json")
    assert done.code == 0 and (done.json["state"], done.json["accepted"]) == ("accepted", 1), done.out
    with told(tmp_path, "Luistert", "serve", "dkd_reintegratie", "--gemeente", "0153") as lines:
        url = lines.partition("op https://")[2].partition(";")[0]
        answered = IbAsking(tmp_path, f"https://{url}", keys).ask(BSN)
    assert answered.payload is not None and answered.payload.findtext("ClientSuwi/Burgerservicenr") == BSN
