"""The proposal as a list: what to do per client and month, and the calculation line by line."""

from __future__ import annotations

from exchanges.core.lists.declare import Column, Sheet, SignalList

_BSN = Column("bsn", "BSN", "bsn", 12)
_DOSSIER = Column("dossiernummer", "Dossiernummer", "code", 16)
_MONTH = Column("maand", "Maand", "code", 10)
_WHAT = Column("voorstel", "Voorstel", "code", 14)
_CODES, _WHY = Column("codes", "Redenen", "code", 24), Column("uitleg", "Uitleg", width=80)
_NET, _FREE = Column("netto", "Netto inkomen", "bedrag", 16), Column("vrij", "Vrijgelaten", "bedrag", 14)
_COUNTS = Column("te_verrekenen", "Te verrekenen", "bedrag", 16, "assumed")
_SETTLED = Column("verrekend", "Verrekend", "bedrag", 14)
_DIFFERENCE = Column("verschil", "Verschil", "bedrag", 14, "assumed")

NOTE = (
    "Dit is een voorstel. Er is niets veranderd aan een uitkering: een medewerker beslist, en legt dat vast in de"
    " administratie. Bedragen zijn netto; bruteren gebeurt bij de betaling."
)


def proposal_list() -> SignalList:
    return SignalList(
        title="Voorstel verrekening van inkomen",
        sheets=(
            Sheet(
                "voorstel", "Voorstel",
                (_BSN, _DOSSIER, _MONTH, _WHAT, _NET, _FREE, _COUNTS, _SETTLED, _DIFFERENCE,
                 Column("uitkering", "Uitkering na verrekening", "bedrag", 26, "assumed"),
                 Column("reserve_bij", "Reservering erbij", "bedrag", 18, "assumed"),
                 Column("reserve_af", "Reservering eraf", "bedrag", 18, "assumed"),
                 Column("regime", "Vrijlating volgens", "code", 18, "assumed"), _CODES, _WHY),
                ("bsn", "maand", "dossiernummer"),
            ),
            Sheet(
                "berekening", "Berekening",
                (_BSN, _DOSSIER, _MONTH, Column("nummer", "Regel", "getal", 8), Column("deel", "Deel", "code", 14),
                 Column("regel", "Rekenregel", "code", 12), Column("tekst", "Wat", width=80),
                 Column("bsn_inkomen", "BSN van wie", "bsn", 14),
                 Column("bedrag", "Bedrag", "bedrag", 14), Column("bron", "Bron", width=24),
                 Column("zekerheid", "Zekerheid", "code", 12)),
                ("bsn", "maand", "dossiernummer", "nummer"), extra=True,
            ),
            Sheet(
                "onverklaard", "Onverklaard",
                (_BSN, _DOSSIER, _MONTH, _NET, _FREE, _COUNTS, _SETTLED,
                 Column("onverklaard", "Nog te verklaren", "bedrag", 18), _WHAT, _CODES, _WHY),
                ("bsn", "maand", "dossiernummer"), extra=True,
            ),
            Sheet(
                "reservering", "Reservering",
                (_BSN, _DOSSIER,
                 Column("vanaf", "Vanaf maand", "code", 12), Column("tot", "Tot en met maand", "code", 16),
                 Column("erbij", "Erbij", "bedrag", 14, "assumed"), Column("eraf", "Eraf", "bedrag", 14, "assumed"),
                 Column("tot_nul", "Aangevuld tot nul", "bedrag", 18, "assumed"),
                 Column("saldo", "Gereserveerd", "bedrag", 14, "assumed"),
                 Column("gereserveerd", "In de administratie", "bedrag", 20),
                 Column("verschil", "Verschil", "bedrag", 14, "assumed"),
                 Column("uit_te_betalen", "Uit te betalen", "bedrag", 16, "assumed"), _WHY),
                ("bsn", "dossiernummer"), extra=True,
            ),
            Sheet(
                "toets", "Vrij per jaar",
                (_BSN, Column("jaar", "Jaar", "jaar", 8), Column("toets", "Wat", "code", 16),
                 Column("bedrag", "Ontvangen", "bedrag", 14), Column("grens", "Grens", "bedrag", 14),
                 Column("vrij", "Vrij", "bedrag", 14), Column("boven", "Boven de grens", "bedrag", 16),
                 Column("gevraagd", "Gevraagd", "bedrag", 14),
                 Column("toe_te_kennen", "Toe te kennen", "bedrag", 16, "assumed"),
                 Column("regel", "Rekenregel", "code", 12), Column("artikel", "Artikel", width=20),
                 Column("zekerheid", "Zekerheid", "code", 12), Column("uitleg", "Uitleg", width=80)),
                ("bsn", "toets"), extra=True,
            ),
        ),
        retention="Tot het besluit, en daarna in het dossier (aanname).",
    )  # fmt: skip
