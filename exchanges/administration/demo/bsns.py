"""Test BSNs: a seeded order over the numbers that pass the elfproef, first 9999xxxxx, then the volume range."""

from __future__ import annotations

import numpy as np

from exchanges.administration.demo.draws import Draws, Ints
from exchanges.core.bsn import elfproef_numbers
from exchanges.core.errors import UsageError

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)
# First eight digits: 9999xxxx of the public samples; 9000xxxx..9998xxxx only for volume (see test_bsn.csv).
_SAMPLES = (99_990_000, 100_000_000)
_VOLUME = (90_000_000, 99_990_000)


def _complete(prefixes: Ints) -> Ints:
    """The valid nine-digit numbers among ``prefixes``, in their order: the ninth digit follows from the elfproef."""
    rest, total = prefixes.copy(), np.zeros(len(prefixes), dtype=np.int64)
    for weight in reversed(_WEIGHTS):
        total += weight * (rest % 10)
        rest //= 10
    check = total % 11
    return (prefixes * 10 + check)[check < 10]


def _order(draws: Draws, low: int, high: int, wanted: int, *, backwards: bool = False) -> Ints:
    """At most ``wanted`` valid numbers of the range, in a seeded order without repeats; or that order from its end."""
    size = high - low
    start, step = (int(draws.bits(purpose, np.array([low]))[0] % np.uint64(size)) for purpose in ("bsn", "bsn stap"))
    while np.gcd(step, size) != 1:
        step += 1
    steps = np.arange(min(size, wanted * 6 // 5 + 200), dtype=np.int64)
    steps = size - 1 - steps if backwards else steps
    return _complete(low + (start + steps * step) % size)[:wanted]


def bsn_numbers(draws: Draws, count: int) -> Ints:
    """``count`` different valid test BSNs as whole numbers. Raises UsageError when there are not that many."""
    first = _order(draws, *_SAMPLES, count)
    result = np.concatenate([first, _order(draws, *_VOLUME, count - len(first))])
    if len(result) < count:
        raise UsageError(f"Er zijn maar {len(result)} testnummers; vraag om minder klanten dan {count}.")
    assert elfproef_numbers(result).all()
    return result



def mistaken_numbers(draws: Draws, count: int) -> Ints:
    """``count`` valid test BSNs that ``bsn_numbers`` gives to nobody. Raises UsageError when there are too few."""
    low, high = _VOLUME
    if count * 5 // 2 > high - low:
        raise UsageError(f"Voor {count} klanten met correcties zijn er niet genoeg testnummers; vraag om minder.")
    return _order(draws, low, high, count, backwards=True)
