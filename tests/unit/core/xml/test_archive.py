"""Many messages from one archive: all that is right is read, all that is not is set apart, and the counts close."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.errors import BalanceError
from exchanges.core.mapping.reader import Reader
from exchanges.core.xml import archive as archive_module
from exchanges.core.xml.archive import archive_schemas, read_archive
from exchanges.core.xml.readback import ParquetSink
from exchanges.simulators.uwv_responses import FWI, answers
from tests.unit.core.xml.responses import (
    BSN,
    ENTRY,
    MAPPING,
    answer,
    joined,
    person,
    read,
    relation,
    tarred,
    zipped,
)

WAYS = {"zip": zipped, "tar.gz": tarred, "tar": lambda p, m: tarred(p, m, packed=False), "one file": joined}
HUNDRED = list(answers(100, seed=3))
FEW = [one.xml for one in HUNDRED[:16]]


def one_by_one(messages: list[bytes]) -> dict[str, list[tuple[int, dict[str, object]]]]:
    """What each message holds by itself, by the reference reader: (number of the message, row)."""
    reader, out = Reader(MAPPING), {name: [] for name in MAPPING.tables}
    for number, message in enumerate(messages, 1):
        tables = reader.read(etree.fromstring(message), quotes=True)
        for name, table in tables.items():
            names = [column for column in table.column_names if not column.startswith("_")]
            out[name] += [(number, row) for row in table.select(names).to_pylist()]
    return out


def together(tables: dict[str, pa.Table]) -> dict[str, list[tuple[int, dict[str, object]]]]:
    numbers = tables["client"]["_bericht"].to_pylist()
    out = {}
    for name, table in tables.items():
        names = [column for column in table.column_names if not column.startswith("_")]
        root = range(table.num_rows) if name == "client" else table["_root"].to_pylist()
        out[name] = [(numbers[at], row) for at, row in zip(root, table.select(names).to_pylist(), strict=True)]
    return out


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_archive_gives_what_its_messages_give_by_themselves(way: str, tmp_path: Path) -> None:
    messages = [one.xml for one in HUNDRED]
    out, tables, aside = read(WAYS[way](tmp_path / "antwoorden", messages))
    assert (out.members, out.read, out.refused, out.whole, aside) == (100, 100, [], None, {})
    assert together(tables) == one_by_one(messages)
    assert tables["client"]["_bericht"].to_pylist() == list(range(1, 101))
    for name, schema in archive_schemas(MAPPING).items():
        assert tables[name].schema == schema


def test_the_tables_say_what_the_simulator_meant(tmp_path: Path) -> None:
    made = {one.number: one for one in answers(300, seed=5)}
    _, tables, _ = read(zipped(tmp_path / "a.zip", [one.xml for one in made.values()]))
    client, periods = tables["client"], tables["iko"]
    for row in client.to_pylist():
        one = made[row["_bericht"]]
        assert kind_of(row) == one.kind and row["bsn"] == (one.bsn if row["gevonden"] else None)
    assert periods.num_rows == sum(one.periods for one in made.values())
    assert pc.sum(periods["loon_sv"]).as_py() == sum(one.cents for one in made.values())
    assert pc.any(pc.less(periods["loon_sv"], 0)).as_py(), "corrections come with a minus sign"
    assert tables["ikv"].num_rows == sum(one.relations for one in made.values())
    begins = Counter(tables["ikv"]["begin"].to_pylist())
    assert begins[20190100] and begins[66660101], "partial and sentinel dates stay the numbers they are"
    assert {99991231, 88881231, None} <= set(tables["ikv"]["eind"].to_pylist())


def kind_of(row: dict[str, object]) -> str:
    if row["niets_gevonden"]:
        return "niets"
    return ("opmerking" if row["fwi"] else "gegevens") if row["gevonden"] else "fout"


AMOUNT = "<BedrBrutoloonSv>{}</BedrBrutoloonSv>"


@pytest.mark.parametrize(
    ("statement", "cents"),
    [
        (AMOUNT.format("<WaardeBedr>123456</WaardeBedr>"), 123456),
        (AMOUNT.format("<CdPositiefNegatief>+</CdPositiefNegatief><WaardeBedr>1</WaardeBedr>"), 1),
        (AMOUNT.format("<CdPositiefNegatief>-</CdPositiefNegatief><WaardeBedr>1</WaardeBedr>"), -1),
        (AMOUNT.format("<WaardeBedr>0</WaardeBedr>"), 0),
        (AMOUNT.format("<WaardeBedr>000000000000000000012</WaardeBedr>"), 12),
        (AMOUNT.format("<WaardeBedr> +12 </WaardeBedr>"), 12),
        (AMOUNT.format("<CdPositiefNegatief>-</CdPositiefNegatief>"), None),
        (AMOUNT.format(""), None),
        ("<BedrBrutoloonSv/>", None),
        ("", None),
    ],
)
def test_an_amount_is_signed_cents_and_what_is_not_told_is_not_zero(
    statement: str, cents: int | None, tmp_path: Path
) -> None:
    out, tables, _ = read(zipped(tmp_path / "a.zip", [person(relation(statement))]))
    assert out.read == 1 and tables["iko"]["loon_sv"].to_pylist() == [cents]


def test_indicators_and_codes_stay_as_they_came(tmp_path: Path) -> None:
    period = (
        "<CdSrtIkv>03</CdSrtIkv><IndLoonheffingskortingToegepast>2</IndLoonheffingskortingToegepast>"
        "<IndRegelmatigArbeidspatroon>0</IndRegelmatigArbeidspatroon>"
    )
    _, tables, _ = read(zipped(tmp_path / "a.zip", [person(relation(period=period))]))
    row = tables["ikp"].to_pylist()[0]
    assert (row["soort"], row["loonheffingskorting"], row["regelmatig_patroon"]) == ("03", "2", "0")


def test_the_best_and_worst_answers_stay_apart(tmp_path: Path) -> None:
    message = "<Fout><Code>FWI0001</Code><Tekst>stuk</Tekst><Detail>een</Detail><Bron><DN>CN=x</DN></Bron></Fout>"
    both = person().replace(b"</u:", f"<f:FWI>{message}</f:FWI></u:".encode())
    parts = [answer(f"<f:FWI>{message}</f:FWI>"), answer("<f:NietsGevonden/>"), person(), both]
    _, tables, _ = read(zipped(tmp_path / "a.zip", parts))
    rows = tables["client"].select(["gevonden", "fwi", "niets_gevonden"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (False, True, False), (False, False, True), (True, False, False), (True, True, False),
    ]  # fmt: skip
    faults = tables["fwi_fout"]
    assert faults["_root"].to_pylist() == [0, 3] and faults["code"].to_pylist() == ["FWI0001"] * 2


SCHEMA_WRONG = person().replace(b"ClientSuwi>", b"Client>")
WRONG = {
    "empty": (b"", "XML-00"),
    "not XML": (b"hallo", "XML-01"),
    "cut short": (person()[:-9], "XML-01"),
    "by the schema": (SCHEMA_WRONG, "XSD-VOLGORDE"),
    "a bsn of eight": (person(bsn="12345678"), "XSD-LENGTE"),
    "another message": (b"<a/>", "XSD-WORTEL"),
    "an element of the schema that is no message": (f'<f:NietsGevonden xmlns:f="{FWI}"/>'.encode(), "XSD-WORTEL"),
    "other namespace": (person().replace(b"/v0200", b"/v0300"), "XSD-WORTEL"),
    "a DOCTYPE": (b"<!DOCTYPE a>" + person(), "XML-05"),
    "entities": (b'<!DOCTYPE a [<!ENTITY b "c">]>' + person(), "XML-05"),
    "UTF-16": (person().decode().encode("utf-16"), "XML-04"),
    "latin-1": (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + person(), "XML-04"),
    "an archive": (b"PK\x03\x04" + b"\0" * 40, "XML-03"),
    "two in one": (person() + person(), "XML-01"),
    "no UTF-8": (person().replace(BSN.encode(), b"90000000\xff"), "XML-01"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("place", [0, 7, 16])
def test_one_that_is_not_right_stops_no_other(what: str, place: int, tmp_path: Path) -> None:
    bad, code = WRONG[what]
    out, tables, aside = read(zipped(tmp_path / "a.zip", [*FEW[:place], bad, *FEW[place:]]))
    assert (out.members, out.read, [one.number for one in out.refused]) == (17, 16, [place + 1])
    assert out.refused[0].faults[0].code == code and aside == {place + 1: bad}
    assert [number for number in range(1, 18) if number != place + 1] == tables["client"]["_bericht"].to_pylist()
    _, without, _ = read(zipped(tmp_path / "b.zip", FEW))
    for name, table in without.items():
        columns = [column for column in table.column_names if column not in ("_bericht", "_naam")]
        assert tables[name].select(columns).equals(table.select(columns))
    told = out.findings("schema")
    assert told and all(row["text"].startswith(f"Bericht {place + 1}: ") for row in told)


OPENING = answer("").partition(b"</u:")[0]
START, END = b"<u:UWVPersoonsIkvInfoResponse>", b"</u:UWVPersoonsIkvInfoResponse>"
CLIENT = f"<ClientSuwi><Burgerservicenr>{BSN}</Burgerservicenr></ClientSuwi>".encode()
CONSPIRACIES = {
    "a comment over the border": [OPENING + CLIENT + b"<!--" + END, OPENING + b"-->" + END, person()],
    "a comment and one with two": [
        OPENING + CLIENT + b"<!--" + END, OPENING + b"-->" + END, OPENING + CLIENT + END + START + CLIENT + END,
    ],
    "CDATA over the border": [OPENING + b"<![CDATA[" + END, OPENING + b"]]>" + CLIENT + END],
    "an instruction over the border": [OPENING + CLIENT + b"<?x " + END, OPENING + b"?>" + END],
    "an end too many and one too few": [OPENING + CLIENT + END + END, OPENING + CLIENT],
    "one lends its end to the other": [OPENING + CLIENT, END + OPENING + CLIENT + END],
    "a message in NietsGevonden": [
        OPENING + b"<f:NietsGevonden>", OPENING + CLIENT + END + b"</f:NietsGevonden>" + END],
    "the end of the bundle": [OPENING + CLIENT + END + b"</ketensluis-bundel:Bundel>", person()],
    "text after it": [person() + b"tekst", person()],
    "a prefix that it did not declare": [
        answer("<f:NietsGevonden><ketensluis-bundel:a/></f:NietsGevonden>"), person()],
}  # fmt: skip


@pytest.mark.parametrize("what", CONSPIRACIES)
def test_messages_that_are_right_only_together_are_refused(what: str, tmp_path: Path) -> None:
    """The verdict on each is that on it alone, whatever its neighbours are."""
    messages = [*CONSPIRACIES[what], person()]
    out, tables, _ = read(zipped(tmp_path / "a.zip", messages))
    right = [number for number, message in enumerate(messages, 1) if valid(message)]
    assert tables["client"]["_bericht"].to_pylist() == right
    assert [one.number for one in out.refused] == [n for n in range(1, len(messages) + 1) if n not in right] != []


def valid(message: bytes) -> bool:
    try:
        return bool(ENTRY.compile(MAPPING.root.local).validate(etree.fromstring(message)))
    except etree.XMLSyntaxError:
        return False


UNUSUAL = {
    "a comment": person().replace(b"<ClientSuwi>", b"<!-- a --><ClientSuwi>"),
    "CDATA": person().replace(BSN.encode(), f"<![CDATA[{BSN}]]>".encode()),
    "an instruction": b"<?x y?>" + person() + b"<?x y?>",
    "a mark of its encoding": b"\xef\xbb\xbf" + person(),
    "a declaration": b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n" + person(),
    "another prefix": person().replace(b"u:", b"uwv:").replace(b"xmlns:u=", b"xmlns:uwv="),
    "an attribute of schemas": answer(
        CLIENT.decode(), ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a b"'),
    "namespaces inside": person().replace(b"<ClientSuwi>", b'<ClientSuwi xmlns:a="urn:a">'),
    "a default namespace that is none": person().replace(b"<ClientSuwi>", b'<ClientSuwi xmlns="">'),
    "spaces in tags": person().replace(b"<ClientSuwi>", b"<ClientSuwi >"),
    "white space": b"\n \n" + person().replace(b"><", b">\r\n  <") + b"\n\n",
    "a reference": person(relation(period="<CdIncidInkomstenvermindering>&#79;</CdIncidInkomstenvermindering>")),
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_unusual_ways_to_write_it_are_read_too(what: str, tmp_path: Path) -> None:
    messages = [person(), UNUSUAL[what], person(relation())]
    out, tables, _ = read(zipped(tmp_path / "a.zip", messages))
    assert out.read == 3 and together(tables) == one_by_one(messages)


# XML by itself, but not what was agreed.
BY_US = [
    WRONG[what][0]
    for what in ("a DOCTYPE", "entities", "UTF-16", "latin-1", "an element of the schema that is no message")
]
ANY = [*UNUSUAL.values(), *(bad for bad, _ in WRONG.values()), *chain(*CONSPIRACIES.values()), *FEW[:2]]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(ANY), min_size=1, max_size=10))
def test_any_mixture_gives_each_its_own_verdict(
    tmp_path_factory: pytest.TempPathFactory, messages: list[bytes]
) -> None:
    out, tables, aside = read(zipped(tmp_path_factory.mktemp("mix") / "a.zip", messages))
    assert out.members == len(messages) == out.read + len(out.refused)
    refused = {one.number for one in out.refused}
    assert set(aside) == refused
    for number, message in enumerate(messages, 1):
        assert (number not in refused) == (message not in BY_US and valid(message)), message
    good = {n: m for n, m in enumerate(messages, 1) if n not in refused}
    told = one_by_one(list(good.values()))
    where = list(good)
    if good:
        assert together(tables) == {name: [(where[n - 1], row) for n, row in rows] for name, rows in told.items()}


def test_no_bsn_is_told(tmp_path: Path) -> None:
    """Not that of the content, not that of the name of the member, not that of a name made to tell it."""
    statement = f"<BedrBrutoloonSv>{BSN}</BedrBrutoloonSv>"
    bad = [person(bsn=BSN + "1"), answer(f"<A{BSN}/>"), b"x", person(relation(statement))]
    out, tables, _ = read(zipped(tmp_path / "a.zip", [person(), *bad], name=BSN + "-{}.xml"))
    assert len(out.refused) == 4 and tables["client"]["_naam"].to_pylist() == [f"{BSN}-1.xml"]
    told = repr(out.findings("schema")) + repr([one.faults for one in out.refused])
    assert BSN not in told and BSN[:8] not in told


def test_all_of_it_may_be_wrong(tmp_path: Path) -> None:
    out, tables, aside = read(zipped(tmp_path / "a.zip", [SCHEMA_WRONG] * 300))
    assert (out.members, out.read, len(out.refused), len(aside)) == (300, 0, 300, 300) and tables == {}
    assert {fault.path for one in out.refused for fault in one.faults} == {"UWVPersoonsIkvInfoResponse/Client"}


def test_order_and_outcome_do_not_depend_on_the_size_of_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.zip", [*(one.xml for one in HUNDRED[:40]), b"x", *(one.xml for one in HUNDRED[40:])])
    whole = read(path)[1]
    for size in (1, 20_000):
        monkeypatch.setattr(archive_module, "BUNDLE_BYTES", size)
        out, tables, _ = read(path)
        assert (out.read, [one.number for one in out.refused]) == (100, [41])
        assert {name: table.combine_chunks() for name, table in tables.items()} == {
            name: table.combine_chunks() for name, table in whole.items()}  # fmt: skip


def test_a_bundle_is_one_parse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes it fast: no message by itself, also when some are not found or hold messages of UWV."""
    alone: list[object] = []
    monkeypatch.setattr(archive_module, "_by_itself", lambda *call: alone.append(call))
    made = list(answers(150, seed=5))
    assert {one.kind for one in made} == {"gegevens", "niets", "opmerking", "fout"}
    read(zipped(tmp_path / "a.zip", [one.xml for one in made]))
    read(zipped(tmp_path / "b.zip", [one.xml.replace(b"><", b">\r\n <") for one in made]))
    assert alone == []


def test_what_the_mapping_does_not_have_sends_only_that_answer_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detailed = next(one.xml for one in answers(300, seed=5) if one.kind == "fout")
    detailed = detailed.replace(b"<Bron>", b"<Detail>x</Detail><Bron>")
    alone: list[int] = []
    by_itself = archive_module._by_itself
    monkeypatch.setattr(archive_module, "_by_itself",
                        lambda target, one: alone.append(one.member.number) or by_itself(target, one))  # fmt: skip
    messages = [one.xml for one in HUNDRED]
    messages.insert(33, detailed)
    out, tables, _ = read(zipped(tmp_path / "a.zip", messages))
    assert alone == [34] and out.read == 101 and tables["fwi_fout"].num_rows >= 1


def test_it_goes_to_parquet(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", [one.xml for one in HUNDRED])
    sink = ParquetSink(tmp_path / "tabellen", archive_schemas(MAPPING))
    out = read_archive(path, ENTRY, MAPPING, sink)
    sink.close()
    whole = read(path)[1]
    assert out.read == 100
    assert {name: pq.read_table(at) for name, at in sink.paths.items()} == whole


def test_what_does_not_close_is_no_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "RowNumbers", lambda mapping: SimpleNamespace(shift=lambda t: t, records=1))
    with pytest.raises(BalanceError, match="Van 2 berichten"):
        read(zipped(tmp_path / "a.zip", [person(), person()]))


def test_the_simulator_is_repeatable() -> None:
    assert list(answers(20, seed=3)) == HUNDRED[:20] != list(answers(20, seed=4))
