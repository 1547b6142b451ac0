"""JSON and HTML: the same numbers, the same bytes every time, nothing from outside and nobody's number in it."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html

from exchanges.core.bsn import passes
from exchanges.core.reports import DocumentError, Report, dutch, render_html, render_json, report_hash
from exchanges.core.reports.codec import canonical
from tests.unit.core.reports.documents import ALL, HOSTILE, example, received

EXAMPLE_HASH = "3dbdfa64de92c9eba1765e557c2deacdb59ea5c0a136b5b03afbdbd1172c7fef"


def numbers(value: Any, unit: str = "aantal") -> Iterator[str]:
    """Every number of a document in Dutch notation, by the unit that stands beside it."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in ("schema", "summary") or not isinstance(item, int):
                yield from numbers(item, value.get("unit", "aantal"))
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item, unit)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield dutch.quantity(value, unit).removesuffix(" %").removeprefix(dutch.MINUS)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def visible(page: str) -> str:
    """What a reader sees: elements apart by a blank, without style and without the texts inside the drawing."""
    tree = html.fromstring(page)
    for element in tree.xpath("//style | //svg | //title"):
        element.drop_tree()
    return " ".join(tree.xpath("//body//text()"))


def tokens(text: str) -> set[str]:
    return set(re.findall(r"\d{1,3}(?:\.\d{3})+(?:,\d\d)?|\d+(?:,\d\d)?", text))


def numbered() -> dict[str, Any]:
    """The example with a different number, large enough to be recognised, in every place."""
    document = example()
    del document["summary"]
    fresh = itertools.count(10_007, 1_009)
    parts = ("out", "rejected", "excluded", "held", "duplicate")
    for line in (line for step in document["steps"] for line in step["measures"]):
        line |= {name: next(fresh) for name in parts}
        line["into"] = sum(line[name] for name in parts)
    level = 10**9
    for item in document["waterfall"]:
        item["value"] = level if item["kind"] == "total" else next(fresh)
        level -= 0 if item["kind"] == "total" else item["value"]
    for total in document["totals"]:
        total["source"] = total["file"] = next(fresh)
    document["proof"] |= {"records": next(fresh), "fields_compared": next(fresh)}
    document["provenance"]["output"] |= {"bytes": next(fresh), "records": next(fresh)}
    document["delivery"]["sequence"] = next(fresh)
    document["receipt"] |= {"accepted": next(fresh), "rejected": next(fresh)}
    for finding in document["findings"]:
        finding |= {"count": next(fresh), "rejected": next(fresh), "variants": next(fresh)}
        for place in finding["examples"]:
            place["line"] = next(fresh)
    lists = (document["excluded"], document["receipt"]["reasons"], document["difference"]["fields"])
    for line in itertools.chain(*lists):
        line["count"] = next(fresh)
    for line in document["difference"]["tables"]:
        line |= {name: next(fresh) for name in ("new", "gone", "changed", "same")}
    for line in document["provenance"]["inputs"]:
        line["rows"] = next(fresh)
    return document


@pytest.mark.parametrize("document", [*(make() for make in ALL.values()), numbered()], ids=[*ALL, "numbered"])
def test_the_html_has_every_number_of_the_json(document: dict[str, Any]) -> None:
    written = json.loads(render_json(document))
    if document["receipt"] and not document["receipt"]["answered"]:
        del written["receipt"]
    assert set(numbers(written)) - tokens(visible(render_html(document))) == set()


@pytest.mark.parametrize("document", [example(), numbered()], ids=["example", "numbered"])
def test_the_html_has_no_number_that_the_json_lacks(document: dict[str, Any]) -> None:
    written = json.loads(render_json(document))
    known = set(numbers(written)) | set(numbers(list(written["summary"].values())))
    known |= {token for text in texts(written) for token in tokens(text)}
    assert {t for t in tokens(visible(render_html(document))) if "." in t or "," in t} - known == set()


def test_the_drawing_has_the_numbers_of_its_table() -> None:
    tree = html.fromstring(render_html(numbered()))
    table = [cell.text_content() for cell in tree.xpath("//table[@id='waterval-tabel']//td[1]")]
    drawings = tree.xpath("//svg[@role='img']")
    assert len(drawings) == 2
    for drawing in drawings:
        assert [text.text for text in drawing.xpath(".//text[@class='waarde']")] == table


def test_percentages_and_amounts_keep_their_unit() -> None:
    text = " ".join(visible(render_html(example())).split())
    assert "21.630,50 %" in text
    assert "312.864,75" in text and "in euro" in text


@pytest.mark.parametrize(("unit", "shown"), [("euro", "12.345 12.345"), ("cent", "123,45 123,45")])
def test_money_says_that_it_is_money(unit: str, shown: str) -> None:
    document = example()
    del document["summary"]
    document["totals"] = [document["totals"][0] | {"title": "Te betalen", "unit": unit, "source": 12345, "file": 12345}]
    text = " ".join(visible(render_html(document)).split())
    assert f"Te betalen in euro {shown}" in text


@pytest.mark.parametrize("name", ALL)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert render_html(ALL[name]()) == render_html(Report.from_dict(ALL[name]()))
    assert render_json(ALL[name]()) == render_json(Report.from_dict(ALL[name]()))


def test_the_hash_of_the_example_is_known() -> None:
    """Changes only with the document's schema or the example: then say so in the change log."""
    assert report_hash(example()) == EXAMPLE_HASH


def test_anyone_can_compute_the_hash_again() -> None:
    document = json.loads(render_json(example()))
    del document["provenance"]["run"]
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(plain.encode()).hexdigest() == report_hash(example())


def test_the_hash_does_not_depend_on_who_ran_it_and_does_on_all_else() -> None:
    other_run = example()
    other_run["provenance"]["run"] = "gepland"
    assert report_hash(other_run) == report_hash(example())
    seen = {report_hash(example())}
    for path in (("delivery", "file_name"), ("provenance", "code", "commit"), ("provenance", "inputs", 4, "sha256"),
                 ("findings", 7, "examples", 4, "record")):
        document = place = example()
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] += "x"
        seen.add(report_hash(document))
    assert len(seen) == 5


def test_the_html_shows_the_hash() -> None:
    page = render_html(example())
    assert report_hash(example()) in visible(page)
    assert f'content="{report_hash(example())}"' in page


@pytest.mark.parametrize("name", ALL)
def test_nothing_comes_from_outside(name: str) -> None:
    tree = html.fromstring(render_html(ALL[name]()))
    assert tree.xpath("//script | //link | //img | //iframe | //object | //embed | //form | //base") == []
    assert tree.xpath("//@src | //@srcset | //@style | //@*[starts-with(name(), 'on')]") == []
    assert all(link.startswith("#") for link in tree.xpath("//@href"))
    style = "".join(tree.xpath("//style/text()"))
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize("name", ALL)
def test_every_link_and_label_has_its_target_once(name: str) -> None:
    tree = html.fromstring(render_html(ALL[name]()))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    wanted = {link[1:] for link in tree.xpath("//@href")}
    wanted |= {part for labels in tree.xpath("//@aria-labelledby") for part in labels.split()}
    assert wanted - set(ids) == set()


def test_hostile_texts_are_shown_and_do_nothing() -> None:
    document = ALL["hostile"]()
    page = render_html(document)
    tree = html.fromstring(page)
    assert "<script" not in page
    assert page.count("</style>") == 1
    shown = HOSTILE.replace("\u202e", "\ufffd").replace("\ud800", "\ufffd").replace("\x00", "\ufffd")
    assert shown in tree.xpath("//h1")[0].text_content()
    assert shown in tree.xpath("//title")[0].text_content()
    assert render_json(document).decode("utf-8").count("\ufffd") > 100


@pytest.mark.parametrize("name", ALL)
def test_no_number_that_can_be_a_bsn(name: str) -> None:
    # In the JSON a sum in cents may have nine digits; in a text nothing may look like a BSN.
    pattern = re.compile(r"(?<![0-9A-Za-z])[0-9]{9}(?![0-9A-Za-z])")
    document = json.loads(render_json(ALL[name]()))
    for text in (render_html(ALL[name]()), *texts(document)):
        assert [n for n in pattern.findall(text) if passes(n)] == []


def test_assumptions_are_marked_where_they_count() -> None:
    tree = html.fromstring(render_html(example()))
    badges = tree.xpath("//*[@class='aanname'][text()='aanname']/@href")
    assert {f"#aanname-{nr}" for nr in (1, 2, 3, 4)} <= set(badges)
    rows = tree.xpath("//table[@id='versie-tabel']//tr[.//*[@class='aanname']]")
    assert len(rows) == 3
    clean = html.fromstring(render_html(ALL["empty"]()))
    assert clean.xpath("//*[@class='aanname']") == []


def test_an_assumed_message_has_a_badge_of_its_own() -> None:
    document = example()
    document["assumptions"] = []
    document["delivery"]["message"] = "DKDVerzamelbestand"
    facts = html.fromstring(render_html(document)).xpath("//dl[@class='feiten']")[0]
    assert [link.getparent().text.strip() for link in facts.xpath(".//a[@class='aanname']")] == [
        "DKDVerzamelbestand v0200"]


def test_an_answer_read_by_an_assumption_says_so_once() -> None:
    document = example()
    document["receipt"]["assumed"] = True
    (line,) = html.fromstring(render_html(document)).xpath("//section[@id='antwoord']/p[1]")
    assert " ".join(line.text_content().split()).endswith("de uitkomst is gelezen volgens een aanname.")


def test_an_error_about_the_delivery_is_not_said_to_stay_behind() -> None:
    """Of those nobody is rejected, and the one about the whole file rejects everybody: it stands with each kind."""
    (line,) = html.fromstring(render_html(example())).xpath("//section[@id='bevindingen']/p[1]")
    assert "hoeveel er door zijn afgekeurd, staat per soort" in line.text_content()
    assert "gaat niet mee" not in line.text_content()


def test_a_field_that_changed_is_told_with_the_name_its_table_has_above_it() -> None:
    rows = html.fromstring(render_html(example())).xpath("//table[@id='veldverschil-tabel']/tbody/tr/th/text()")
    assert {"Voorzieningen", "Loonkostensubsidies"} <= set(rows) and "voorziening" not in rows


def test_without_a_file_nothing_about_it_is_assumed() -> None:
    document = example()
    document["delivery"]["file_name"] = ""
    (fact,) = html.fromstring(render_html(document)).xpath("//dl[@class='feiten']/div[dt='Bestand']/dd")
    assert fact.text_content() == "Er is geen bestand"


def test_many_assumptions_in_one_place_make_one_badge() -> None:
    document = example()
    for assumption in document["assumptions"]:
        assumption["place"] = "selectie"
    badges = html.fromstring(render_html(document)).xpath("//h2[@id='selectie-kop']/a")
    assert [(badge.text, badge.get("href")) for badge in badges] == [("4 aannames", "#aanname-1")]


def test_canonical_json_takes_no_float() -> None:
    with pytest.raises(DocumentError, match=r"report\.a\[1\]: floats"):
        canonical({"a": [1, 1.0]})
    assert canonical({"b": "é", "a": [1, None, True]}) == '{"a":[1,null,true],"b":"é"}'.encode()


def test_no_sentence_needs_to_know_the_article_of_what_a_record_is() -> None:
    """*Het* signaal and *de* persoon: a declaration says the word, and not which of the two goes before it."""
    for document in (example(), received()):
        document["delivery"] |= {"one": "signaal"}
        text = " ".join(visible(render_html(document)).split())
        assert re.findall(r"\b(?:de|het|elke?|deze|dit|die|dat) signaal\b", text, re.IGNORECASE) == []
        assert "signaal" in text


def test_the_drawing_and_the_words_are_about_what_came_in() -> None:
    page = html.fromstring(render_html(received()))
    assert {title.text for title in page.xpath("//svg/title")} == {"Waterval van signalen, van bestand tot lijst"}
    words = [" ".join(term.text_content().split()) for term in page.xpath("//dl[@class='woorden']//dt")]
    assert {"Afgekeurd", "Buiten selectie", "Dubbel"} <= set(words)
    assert "partner" not in page.xpath("string(//dl[@class='woorden'])")


def test_a_column_of_remarks_is_there_when_there_is_a_remark() -> None:
    document = example()
    del document["summary"]
    for note, heads in (("", 2), ("waarom", 3)):
        for item in document["waterfall"]:
            item["note"] = ""
        document["waterfall"][1]["note"] = note
        rows = html.fromstring(render_html(document)).xpath("//table[@id='waterval-tabel']//tr")
        assert {len(row) for row in rows} == {heads}
