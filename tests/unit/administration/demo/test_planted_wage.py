"""Planted errors of the wage tax declaration: a group of its own, on persons of their own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo.errors import CODES, GROUPS, chosen
from exchanges.administration.model import TABLES
from exchanges.core.errors import UsageError
from tests.unit.administration.demo.made import Town, town

WAGE = GROUPS["loonaangifte"]


@pytest.fixture(scope="module")
def wage(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("loon"), errors={"loonaangifte"})


def test_every_code_is_planted_on_three_persons_of_its_own(wage: Town) -> None:
    labels = wage.summary.planted
    pairs = {(label["persoon_id"], label["code"]) for label in labels}
    assert len({person for person, _ in pairs}) == len(pairs)
    assert Counter(code for _, code in pairs) == Counter(dict.fromkeys(WAGE, 3))


def test_a_label_points_to_a_row_and_its_person(wage: Town) -> None:
    for label in wage.summary.planted:
        assert list(label) == ["code", "table", "key", "bsn", "persoon_id", "what"] and str(label["what"]).endswith(".")
        key = TABLES[str(label["table"])].key[0]
        assert wage.count(f"SELECT count(*) FROM {label['table']} WHERE {key} = '{label['key']}'"), label
        assert wage.count(f"SELECT count(*) FROM persoon WHERE persoon_id = '{label['persoon_id']}' "
                          f"AND bsn = '{label['bsn']}'") == 1


def test_nobody_of_one_group_is_seen_by_the_exchange_of_the_other(wage: Town, faulty: Town) -> None:
    mine, others = (", ".join(f"'{label['persoon_id']}'" for label in made.summary.planted)
                    for made in (wage, faulty))
    for table in ("traject", "voorziening"):
        assert wage.count(f"SELECT count(*) FROM {table} WHERE persoon_id IN ({mine})") == 0
    for table in ("uitkering", "inkomstenverhouding", "betaling"):
        assert faulty.count(f"SELECT count(*) FROM {table} WHERE persoon_id IN ({others})") == 0


def test_the_clean_rows_are_untouched(clean: Town, wage: Town) -> None:
    for name in TABLES:
        one, other = (pq.read_table(made.folder / f"{name}.parquet") for made in (clean, wage))
        assert other.slice(0, one.num_rows).equals(one), name


def test_groups_and_codes_can_be_asked_for_together() -> None:
    assert chosen(True) == CODES and chosen(False) == ()
    assert chosen({"loonaangifte"}) == WAGE
    assert chosen({"loonaangifte", "DAT-03"}) == ("DAT-03", *WAGE)
    with pytest.raises(UsageError, match="kies uit: dkd_reintegratie, loonaangifte, LKS-PRC-01"):
        chosen({"loonaangiften"})


def test_one_code_alone_is_the_same_as_among_all(tmp_path: Path, wage: Town) -> None:
    alone = town(tmp_path, errors={"LA-CT-7"})
    assert list(alone.summary.planted) == [label for label in wage.summary.planted if label["code"] == "LA-CT-7"]
