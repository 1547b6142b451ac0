"""Persons and their addresses as tables."""

from __future__ import annotations

import unicodedata
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.demo import words
from exchanges.administration.demo.columns import (
    NEVER,
    constant,
    empty,
    keys,
    moments_column,
    partial_column,
    pick,
    to_days,
    where,
    whole_column,
)
from exchanges.administration.demo.draws import Bools, Draws, Ints
from exchanges.administration.demo.world import People, World, elderly
from exchanges.administration.model import TABLES

_PLAIN = str.maketrans({"Ł": "L", "Ø": "O", "Đ": "D", "Æ": "A", "Œ": "O"})


def _initial(name: str) -> str:
    """First letter as A to Z: ``Ömer`` gives O, ``Łukasz`` gives L."""
    return unicodedata.normalize("NFD", name[0].upper().translate(_PLAIN))[0]


_FIRST = pa.array([*words.MEN, *words.WOMEN], pa.string())
_SURNAMES = pa.array([*words.PREFIXED, *words.PLAIN], pa.string())
_INITIALS = pa.array([_initial(n) for n in [*words.MEN, *words.WOMEN]], pa.string())


def office_minute(draws: Draws, purpose: str, numbers: Ints) -> Ints:
    """A minute of the day in office hours (UTC)."""
    return draws.whole(f"minuut {purpose}", numbers, 7 * 60, 16 * 60 - 1)


def persoon(world: World, who: People) -> pa.Table:
    draws, number = world.draws, who.number
    renamed = draws.whole("naamswijziging", number, to_days(date(2025, 6, 1)), to_days(date(2027, 12, 20)))
    renamed = np.where(draws.chance("naam wijzigt", number, 0.03) & (renamed > who.entry), renamed, NEVER)
    is_new_name = world.known(renamed) & (who.death > renamed)
    first, initials, sex = _first_names(draws, number)
    prefix, surname = _surname(draws, number, is_new_name)
    unknown_day = draws.chance("geboortedag onbekend", number, 0.008) & ~elderly(who.birth)
    unknown_month = unknown_day & draws.chance("geboortemaand onbekend", number, 0.6)
    dead = who.death < NEVER
    changed = np.where(dead, who.death + 1, np.where(is_new_name, renamed, who.entry))
    changed = np.maximum(changed, who.touched)
    household = keys("H", who.household)
    return pa.Table.from_arrays([
        keys("P", number),
        pa.array(who.bsn).cast(pa.string()),
        first, initials, prefix, surname, sex,
        partial_column(who.birth, unknown_day, unknown_month),
        partial_column(who.death),
        pick(words.NATIONALITIES, draws.choice("nationaliteit", number, words.NATIONALITY_WEIGHTS)),
        household, keys("A", who.household),
        constant(world.gemeente, len(who)),
        moments_column(changed, office_minute(draws, "persoon", number)),
    ], schema=TABLES["persoon"].schema)


def _first_names(draws: Draws, number: Ints) -> tuple[pa.Array, pa.Array, pa.Array]:
    """First names (one to three), initials, sex."""
    man = draws.chance("man", number, 0.5)
    count = 1 + draws.choice("aantal voornamen", number, (55, 33, 12))
    names, letters = [], []
    for position in range(3):
        purpose = f"voornaam {position}"
        index = np.where(man, draws.whole(purpose, number, 0, len(words.MEN) - 1),
                         len(words.MEN) + draws.whole(purpose, number, 0, len(words.WOMEN) - 1))
        missing = position >= count
        names.append(pick(_FIRST, index, missing))
        letters.append(pick(_INITIALS, index, missing))
    sex = where(draws.chance("geslacht onbekend", number, 0.002), pa.scalar("9"),
                where(man, pa.scalar("1"), pa.scalar("2")))
    join = {"null_handling": "skip"}
    return (pc.binary_join_element_wise(*names, pa.scalar(" "), **join),
            pc.binary_join_element_wise(*letters, pa.scalar(""), **join), sex)


def _surname(draws: Draws, number: Ints, is_new_name: Bools) -> tuple[pa.Array, pa.Array]:
    """Prefix (null without) and significant part; who married has a double name."""
    index = draws.whole("achternaam", number, 0, len(_SURNAMES) - 1)
    other = (index + 1 + draws.whole("tweede achternaam", number, 0, len(_SURNAMES) - 2)) % len(_SURNAMES)
    own, second = _SURNAMES.take(pa.array(index)), _SURNAMES.take(pa.array(other))
    double = is_new_name | draws.chance("dubbele naam", number, 0.03)
    surname = where(double, pc.binary_join_element_wise(own, second, "-"), own)
    prefix = pick(words.PREFIXES, draws.choice("voorvoegsel", number, words.PREFIX_WEIGHTS),
                  index >= len(words.PREFIXED))
    return prefix, surname


def adres(world: World, who: People) -> pa.Table:
    """One address per household, of its head."""
    draws, home = world.draws, who.household[who.head]
    entry = who.entry[who.head]
    count = len(home)
    town = words.MUNICIPALITIES.get(world.gemeente, "Voorbeeldstad")
    letter = draws.chance("huisletter", home, 0.07)
    addition = draws.chance("toevoeging", home, 0.09) & ~letter
    digits = whole_column(draws.whole("postcode", home, 1011, 9999), pa.string())
    letters = [pick("ABCDEGHJKLNPRSTVWXZ", draws.whole(f"postcodeletter {i}", home, 0, 18)) for i in (1, 2)]
    return pa.Table.from_arrays([
        keys("A", home),
        pick(words.STREETS, draws.whole("straat", home, 0, len(words.STREETS) - 1)),
        whole_column(1 + np.floor(240 * draws.unit("huisnummer", home) ** 2).astype(np.int64), pa.int32()),
        pick("ABCD", draws.whole("letter", home, 0, 3), ~letter),
        pick(("bis", "hs", "1", "2", "II"), draws.whole("toevoeging soort", home, 0, 4), ~addition),
        empty(pa.string(), count),
        pc.binary_join_element_wise(digits, *letters, ""),
        constant(town, count), constant(town, count), constant("NL", count),
        moments_column(entry, office_minute(draws, "adres", home)),
    ], schema=TABLES["adres"].schema)
