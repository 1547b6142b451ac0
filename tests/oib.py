"""Answers of UWV by hand, and a municipality that receives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchanges.simulators.uwv_archive import write_archive
from exchanges.simulators.uwv_responses import FWI, NAMESPACE, ROOT, free_bsns
from tests import chain as chains
from tests.chain import Chain, Desk, chain
from tests.stored import content, table

EXCHANGE = "ib_oib"
DESK = Desk("inlichtingenbureau", "in", "uit", lambda root, faults: None)
BSNS = [bsn for bsn, _ in zip(free_bsns(), range(40), strict=False)]
EMPTY = "<fwi:NietsGevonden/>"
FAULT = "<fwi:FWI><Fout><Code>FWI0001</Code><Tekst>Storing</Tekst><Bron><DN>CN=uwv</DN></Bron></Fout></fwi:FWI>"


# A relation must hold one opgave; without wages it is an empty one.
_NO_WAGES = "<Inkomstenopgave><DatBIko>20200101</DatBIko></Inkomstenopgave>"


def document(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><uwv:{ROOT} xmlns:uwv="{NAMESPACE}" xmlns:fwi="{FWI}">{body}'
        f"</uwv:{ROOT}>"
    ).encode()


def wage(begin: str, end: str, cents: int, **others: int) -> str:
    """A loonperiode. ``others`` are amounts by the middle of their tag: ``ExtraPrdSalaris=5000``."""
    amounts = {"LoonLbPremieVolksverz": cents, **others}
    order = ("BrutoloonSv", "LoonLbPremieVolksverz", "IngehoudenLbPremieVolksverz", "Vakantietoeslag")
    said = "".join(
        f"<Bedr{tag}><CdPositiefNegatief>{'-' if amounts[tag] < 0 else '+'}</CdPositiefNegatief>"
        f"<WaardeBedr>{abs(amounts[tag])}</WaardeBedr></Bedr{tag}>"
        for tag in order if tag in amounts
    )  # fmt: skip
    return f"<Inkomstenopgave><DatBIko>{begin}</DatBIko><DatEIko>{end}</DatEIko>{said}</Inkomstenopgave>"


def relation(employer: str, *wages: str, number: str = "1", kind: str = "15", end: str = "", begin: str = "20200101",
             credit: str = "1") -> str:  # fmt: skip
    closing = f"<DatEIkv>{end}</DatEIkv>" if end else ""
    return (
        f"<Inkomstenverhouding><VolgnrIkv>{number}</VolgnrIkv><DatBIkv>{begin}</DatBIkv>{closing}"
        "<AdministratieveEenheid><NaamAdministratieveEenheid>Bakker</NaamAdministratieveEenheid>"
        f"<Loonheffingennr>{employer}</Loonheffingennr><RechtspersoonAdministratieveEenh><FiNr>{employer[:9]}</FiNr>"
        f"</RechtspersoonAdministratieveEenh></AdministratieveEenheid><Inkomstenperiode><DatBIkp>{begin}</DatBIkp>"
        f"<CdSrtIkv>{kind}</CdSrtIkv><IndLoonheffingskortingToegepast>{credit}</IndLoonheffingskortingToegepast>"
        f"</Inkomstenperiode>{''.join(wages) or _NO_WAGES}</Inkomstenverhouding>"
    )


def answer(bsn: str, *relations: str, window: tuple[str, str] = ("20260101", "20261231"), beside: str = "") -> bytes:
    begin, end = window
    return document(
        f"<ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>{''.join(relations)}</ClientSuwi>"
        f"<PeriodeGegevensleveringIko><DatBPeriode>{begin}</DatBPeriode><DatEPeriode>{end}</DatEPeriode>"
        f"</PeriodeGegevensleveringIko>{beside}"
    )


@dataclass(frozen=True)
class Town:
    chain: Chain

    @property
    def outbox(self) -> Path:
        return self.chain.partner / DESK.outbox

    def put(self, period: str, answers: Mapping[str, bytes | None], name: str = "1") -> Path:
        self.outbox.mkdir(parents=True, exist_ok=True)
        path = self.outbox / f"OIB_ANTWOORDEN_{self.chain.gemeente}_{period}_{name}.zip"
        return write_archive(path, answers.items())

    def receive(self, period: str, *, new: bool = False) -> tuple[str, Exception | None]:
        delivery = self.chain.open(period, new=new)
        return delivery, self.chain.deliver(delivery, None)

    def rows(self, delivery: str, role: str = "nieuw/inkomen") -> list[dict[str, object]]:
        row = self.chain.ledger.step_result(delivery, "compare")
        assert row is not None
        return table(self.chain.home, self.chain.gemeente, row.artefacts[role].sha256).to_pylist()

    def stored(self, sha256: str) -> bytes:
        return content(self.chain.home, self.chain.gemeente, sha256)

    def told(self, delivery: str) -> list[tuple[object, ...]]:
        return [(row["klasse"], row["bsn"], row["niveau"], row["begin"]) for row in self.rows(delivery)]

    def findings(self, delivery: str) -> list[str]:
        return sorted(self.chain.ledger.findings(delivery)["code"].to_pylist())

    def proofs(self, delivery: str) -> list[dict[str, object]]:
        row = self.chain.ledger.step_result(delivery, "reconcile")
        assert row is not None
        return list(row.details["proofs"])

    def balances(self, delivery: str, step: str) -> dict[str, object]:
        row = self.chain.ledger.step_result(delivery, step)
        assert row is not None
        return {line.measure: line for line in row.balances}


def town(home: Path, says: Mapping[str, str] | None = None, source: Path | None = None) -> Town:
    chains.DESKS.setdefault(EXCHANGE, DESK)
    return Town(chain(home, source or home / "bron", exchange=EXCHANGE, says=says or {}))


def bsns(count: int) -> Sequence[str]:
    return BSNS[:count]
