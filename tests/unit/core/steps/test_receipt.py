"""Answers of a partner, in words, phases and lines of its own choosing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchanges.core import run
from exchanges.core.access.who import actor
from exchanges.core.bundle.account import account
from exchanges.core.declare import AnswerLines, Phase, Receipt, Trouble
from exchanges.core.errors import BusinessError, InputRefused, PartnerSilent, TransportError, UsageError
from exchanges.core.registry import exchange
from exchanges.core.steps.receipt import later
from exchanges.core.store.opening import open_store
from tests.chain import EXCHANGE, Chain, chain, once
from tests.rows import write_csv

PEOPLE = ["999990007", "999990019", "999990020"]
ROWS = {
    "persoon": [{"persoon_id": f"P{at}", "bsn": bsn} for at, bsn in enumerate(PEOPLE)],
    "traject": [
        {"traject_id": f"T{at}", "persoon_id": f"P{at}", "doel": "1", "datum_begin": "2025-01-01"}
        for at in range(len(PEOPLE))
    ],
}
AGAIN = Trouble("T", "P-T", "Niet aangekomen", "Kijk naar de verbinding.", resend=True)
PHASED = Receipt(
    "DigipoortStatus",
    file_name="{stem}.antwoord-{fase}.xml",
    status="status",
    accepted=("akkoord", "akkoord_met_meldingen"),
    partly_accepted=(),
    rejected=("afgekeurd",),
    busy=("in_behandeling",),
    echoes=(("bestandsnaam", "file_name"), ("sha256", "sha256"), ("id_ber", "kop.periode")),
    counts=None,
    lines=AnswerLines("remarks", key=("bsn",)),
    phases=(Phase("0", "Poort"), Phase("1", "Vorm"), Phase("2", "Inhoud"), Phase("3", "Achteraf", later=True)),
    thread="aanleverkenmerk",
    kind="foutklasse",
    troubles=(
        Trouble("", "P-NEE", "Afgekeurd", "Herstel."),
        AGAIN,
        Trouble("C", "P-C", "Klopt niet", "Herstel de gegevens."),
        Trouble("W", "P-W", "Wel goed, met opmerkingen", "Neem mee in de volgende."),
    ),
    silence=Trouble("", "P-N", "Te lang stil", "Bel de partner."),
)


def _delivered(chain: Chain) -> str:
    id = chain.open()
    assert chain.deliver(id) is None
    return id


class Town:
    """A municipality whose partner answers by hand."""

    def __init__(self, chain: Chain, receipt: Receipt) -> None:
        self.chain, self.receipt = chain, receipt
        self.delivery = once(chain, repr(receipt), _delivered)
        self.sent = chain.ledger.step_result(self.delivery, "deliver").details  # type: ignore[union-attr]

    def answer(
        self, phase: int, status: str = "akkoord", *, lines: tuple[tuple[str, str], ...] = (), **own: str
    ) -> Path:
        head = {
            "Aanleverkenmerk": "K-1", "Bestandsnaam": self.sent["file_name"], "Sha256": self.sent["sha256"],
            "IdBer": "2026-10", "Fase": str(phase), "Status": status, "Foutklasse": "", "Reden": "",
            "Moment": "2026-11-05T12:00:00Z", **own,
        }
        kop = "".join(f"<{name}>{text}</{name}>" for name, text in head.items() if text)
        told = "".join(
            f"<Melding><Burgerservicenr>{bsn}</Burgerservicenr><NumIV>1</NumIV><Code>{code}</Code>"
            f"<Omschrijving>Over {bsn}, {bsn[:4]}.{bsn[4:6]}.{bsn[6:]}</Omschrijving></Melding>" for bsn, code in lines
        )
        name = self.sent["file_name"].removesuffix(".xml") + f".antwoord-{phase}.xml"
        path = self.chain.partner / "uit" / name
        path.write_text(
            f'<d:DigipoortStatus xmlns:d="urn:ketensluis:aanname:digipoort-status:v0001"><Kop>{kop}</Kop>{told}'
            "</d:DigipoortStatus>"
        )
        return path

    def accepts(self, until: int = 3) -> None:
        for phase in range(until):
            self.answer(phase)

    def read(self) -> None:
        run.run_step(self.delivery, "receipt", self.chain.settings)

    @property
    def state(self) -> str:
        return str(self.chain.delivery(self.delivery).state)

    @property
    def result(self) -> Any:
        return self.chain.ledger.step_result(self.delivery, "receipt")

    def findings(self) -> list[dict[str, Any]]:
        return [row for row in self.chain.ledger.findings(self.delivery).to_pylist() if row["step"] == "receipt"]

    def told(self, action: str) -> list[tuple[str, str]]:
        events = self.chain.ledger.events(self.delivery)
        return [(event.object, event.result) for event in events if event.action == action]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Town]:
    def make(**changes: Any) -> Town:
        receipt = dataclasses.replace(PHASED, **changes)
        declared = dataclasses.replace(exchange(EXCHANGE), receipt=receipt)
        monkeypatch.setattr(run, "exchange_by_id", lambda id: declared)
        return Town(chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv"), receipt)

    return make


def test_each_positive_phase_means_wait_for_the_next_and_the_last_accepts(town: Callable[..., Town]) -> None:
    one = town()
    for phase, title in enumerate(("Poort", "Vorm", "Inhoud")):
        with pytest.raises(PartnerSilent, match=title):
            one.read()
        assert one.state == "delivered"
        one.answer(phase)
    one.read()
    assert one.state == "accepted" and one.findings() == []
    assert sorted(one.result.artefacts) == ["antwoord/0", "antwoord/1", "verslag"]
    run.run_step(one.delivery, "report", one.chain.settings)
    told = account(one.chain.ledger, open_store(one.chain.settings), one.chain.delivery(one.delivery)).files
    answers = {artefact.sha256 for artefact in one.result.artefacts.values()}
    assert {row.sha256 for row in told if row.kind == "antwoord"} == answers, "the bundle names all of them"
    assert (one.result.details["accepted"], one.result.details["rejected"]) == (3, 0)
    assert one.told("receipt.phase") == [("Poort", "akkoord"), ("Vorm", "akkoord"), ("Inhoud", "akkoord")]


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_any_phase_may_refuse(town: Callable[..., Town], phase: int) -> None:
    one = town()
    one.accepts(phase)
    one.answer(phase, "afgekeurd", Foutklasse="C", Reden=f"som klopt niet voor {PEOPLE[0]}, 9999.90.007")
    one.read()
    assert one.state == "rejected" and one.result.details["rejected"] == 3
    (found,) = one.findings()
    assert (found["code"], found["severity"], found["action"]) == ("P-C", "error", "Herstel de gegevens.")
    assert found["text"] == "Klopt niet: som klopt niet voor [bsn], [bsn]."
    assert one.result.details["reasons"] == [{"code": "P-C", "text": "som klopt niet voor [bsn], [bsn]", "count": 3}]


def test_a_later_phase_says_nothing_while_an_earlier_one_is_silent(town: Callable[..., Town]) -> None:
    one = town()
    one.answer(2)
    with pytest.raises(PartnerSilent, match="Poort"):
        one.read()


def test_remarks_leave_a_delivery_accepted_and_are_a_list_of_work(town: Callable[..., Town]) -> None:
    one = town()
    one.accepts(2)
    lines = ((PEOPLE[0], "W-1"), (PEOPLE[0], "W-2"), (PEOPLE[2], "W-1"))
    one.answer(2, "akkoord_met_meldingen", Foutklasse="W", lines=lines)
    one.read()
    assert one.state == "accepted" and one.result.details["rejected"] == 0 and one.result.details["reasons"] == []
    whole, *own = one.findings()
    assert whole["code"] == "P-W" and {row["severity"] for row in (whole, *own)} == {"warning"}
    assert [row["code"] for row in own] == ["W-1", "W-2", "W-1"] and len({row["record"] for row in own}) == 2
    assert {row["text"] for row in own} == {"Over [bsn], [bsn]"} and {row["action"] for row in own} == {whole["action"]}


ON_REFUSED: dict[str, Any] = {
    "lines": AnswerLines("refused", key=("bsn",)),
    "accepted": ("akkoord",),
    "partly_accepted": ("akkoord_met_meldingen",),
}


def test_a_word_has_one_meaning() -> None:
    with pytest.raises(ValueError, match="more than one meaning"):
        dataclasses.replace(PHASED, partly_accepted=("akkoord_met_meldingen",))


def test_lines_on_refused_records_alone(town: Callable[..., Town]) -> None:
    one = town(**ON_REFUSED)
    one.accepts(2)
    one.answer(2, "akkoord_met_meldingen", lines=((PEOPLE[1], "X-1"), (PEOPLE[1], "X-2")))
    one.read()
    assert one.state == "partly_accepted"
    assert (one.result.details["accepted"], one.result.details["rejected"]) == (2, 1)
    assert {row["severity"] for row in one.findings()} == {"error"}


BAD = {
    "another file": ({"Bestandsnaam": "iets-anders.xml"}, "ander bestand"),
    "other bytes": ({"Sha256": "0" * 64}, "ander bestand"),
    "another message": ({"IdBer": "2026-09"}, "ander bestand"),
    "no message id": ({"IdBer": ""}, "ander bestand"),
    "another phase": ({"Fase": "1"}, "andere fase"),
    "another attempt": ({"Aanleverkenmerk": "K-2"}, "andere aanlevering"),
    "who was not sent": ({"lines": ((("999990032", "W-1")),)}, "niet is verzonden"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_answer_about_something_else_is_refused_and_the_right_one_still_counts(
    town: Callable[..., Town], case: str
) -> None:
    changes, text = BAD[case]
    one = town()
    one.accepts(2)
    one.answer(2, **changes)  # type: ignore[arg-type]
    with pytest.raises(InputRefused, match=text):
        one.read()
    assert one.state == "delivered"
    one.answer(2)
    one.read()
    assert one.state == "accepted"


def test_an_early_phase_need_not_know_the_message_id(town: Callable[..., Town]) -> None:
    one = town()
    one.answer(0, IdBer="")
    one.answer(1)
    one.answer(2)
    one.read()
    assert one.state == "accepted"


def test_lines_count_also_where_the_lines_do_not_say_which(town: Callable[..., Town]) -> None:
    one = town(**ON_REFUSED)
    one.accepts(2)
    one.answer(2, "akkoord", lines=((PEOPLE[1], "X-1"),))
    with pytest.raises(InputRefused, match="bestandsstatus en de regels"):
        one.read()


def test_busy_is_no_answer(town: Callable[..., Town]) -> None:
    one = town()
    one.accepts(2)
    one.answer(2, "in_behandeling")
    with pytest.raises(PartnerSilent, match="bezig"):
        one.read()


def test_silence_beyond_the_term_says_what_to_do(town: Callable[..., Town]) -> None:
    with pytest.raises(PartnerSilent) as early:
        town().read()
    assert "P-N" not in str(early.value)


def test_silence_after_the_term(town: Callable[..., Town]) -> None:
    with pytest.raises(PartnerSilent, match=r"P-N: Te lang stil\. Bel de partner\."):
        town(answer_within_seconds=0).read()


# --- nothing came in


def nothing_came_in(one: Town, moment: str) -> None:
    for path in (one.chain.partner / "in").iterdir():
        path.unlink()
    one.answer(0, "afgekeurd", Foutklasse="T", Reden="storing", IdBer="", Moment=moment)


def test_what_did_not_come_in_goes_again_with_the_same_bytes(town: Callable[..., Town]) -> None:
    one = town()
    nothing_came_in(one, "2026-11-05T12:00:00Z")
    for _ in range(3):  # looking at the same answer again sends nothing more
        with pytest.raises(PartnerSilent, match="opnieuw aangeboden"):
            one.read()
    assert (one.chain.partner / "in" / one.sent["file_name"]).read_bytes() == one.chain.message(one.delivery)
    assert one.state == "delivered" and len(one.told("deliver.again")) == 1
    assert [result for _, result in one.told("deliver.done")] == ["verzonden", "opnieuw verzonden"]
    for phase in range(3):
        one.answer(phase, Aanleverkenmerk="K-2")
    one.read()
    assert one.state == "accepted"


def test_not_for_ever(town: Callable[..., Town]) -> None:
    one = town(resend_at_most=2)
    for second in range(2):
        nothing_came_in(one, f"2026-11-05T12:00:0{second}Z")
        with pytest.raises(PartnerSilent):
            one.read()
    nothing_came_in(one, "2026-11-05T12:00:09Z")
    with pytest.raises(TransportError, match=r"Ook na 2 keer.*Kijk naar de verbinding"):
        one.read()
    assert list((one.chain.partner / "in").iterdir()) == [] and one.state == "delivered"


def test_what_went_again_and_was_taken_away_does_not_go_once_more(town: Callable[..., Town]) -> None:
    """The answer that says nothing came in lies there until the next takes its place; looking at it sends nothing."""
    one = town()
    nothing_came_in(one, "2026-11-05T12:00:00Z")
    with pytest.raises(PartnerSilent):
        one.read()
    for path in (one.chain.partner / "in").iterdir():
        path.unlink()
    with pytest.raises(PartnerSilent):
        one.read()
    assert list((one.chain.partner / "in").iterdir()) == []


def test_somebody_may_decide_that_it_goes_again(town: Callable[..., Town]) -> None:
    one = town(resend_at_most=1)
    with pytest.raises(UsageError, match="nog niet verzonden"):
        run.resend(one.chain.open("2026-09"), one.chain.settings)
    assert run.resend(one.delivery, one.chain.settings) is False, "it is still there"
    for second in range(2):
        nothing_came_in(one, f"2026-11-05T12:00:0{second}Z")
        with pytest.raises(TransportError if second else PartnerSilent):
            one.read()
    assert run.resend(one.delivery, one.chain.settings) is True
    assert (one.chain.partner / "in" / one.sent["file_name"]).read_bytes() == one.chain.message(one.delivery)
    with pytest.raises(PartnerSilent):  # the same answer, which is not an attempt of its own
        one.read()
    assert [result for _, result in one.told("deliver.done")] == [
        "verzonden", "al aanwezig", "opnieuw verzonden", "opnieuw verzonden"
    ]  # fmt: skip
    decided = [event.actor for event in one.chain.ledger.events(one.delivery) if event.action == "deliver.again.asked"]
    assert decided == [actor(), actor()], "a person decided, not the program"
    one.answer(0)
    with pytest.raises(BusinessError, match=r"heeft levering .* ontvangen"):
        run.resend(one.delivery, one.chain.settings)
    one.answer(1)
    one.answer(2)
    one.read()
    with pytest.raises(BusinessError, match="al beantwoord"):
        run.resend(one.delivery, one.chain.settings)


def test_not_when_a_next_phase_shows_that_it_did_come_in(town: Callable[..., Town]) -> None:
    one = town()
    nothing_came_in(one, "2026-11-05T12:00:00Z")
    one.answer(1)
    with pytest.raises(PartnerSilent, match="al een volgend antwoord"):
        one.read()
    assert list((one.chain.partner / "in").iterdir()) == []


# --- afterwards


def test_an_answer_afterwards_changes_nothing_and_is_told(town: Callable[..., Town]) -> None:
    one = town()
    one.accepts()
    one.read()

    def afterwards() -> Any:
        with run.step_context(one.chain.settings, one.chain.delivery(one.delivery)) as context:
            return later(context)

    with pytest.raises(PartnerSilent):
        afterwards()
    one.answer(3, "akkoord_met_meldingen", Foutklasse="W", lines=((PEOPLE[1], "V-1"),))
    result = afterwards()
    assert result.findings["code"].to_pylist() == ["P-W", "V-1"] and list(result.files) == ["antwoord/3"]
    assert one.state == "accepted"


# --- the channel's size


def test_more_than_the_channel_takes_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.transport import limits

    monkeypatch.setattr(limits, "MEGABYTE", 100)
    one = chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    settings = one.home / "ketensluis.toml"
    text = settings.read_text()
    settings.write_text(text + "grens_mb = 1\n")
    delivery = one.open()
    error = one.deliver(delivery)
    assert isinstance(error, BusinessError) and "meer dan 1 MB" in str(error) and one.inbox == []
    settings.write_text(text + "grens_mb = 100\n")
    assert one.deliver(delivery) is None and len(one.inbox) == 2
