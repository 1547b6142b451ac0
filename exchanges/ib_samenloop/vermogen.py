"""Bank fields of a signal whose BSN the Belastingdienst could not verify: unknown, and never a balance of zero.

What IB writes then depends on form and version (spec ib-signalen section 5, I4, verified): up to 07 such a signal is
not delivered; CSV 08 and 09 leave the bank fields empty; XML 08 and 09 have ``N.v.t.`` for IBAN and product, ``0`` for
balance and interest, and no other bank elements.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.ib_samenloop.values import Mask, filled

MARK = "N.v.t."
_MARKED = ("iban", "bankproduct")
_ZERO = ("saldo", "rente")


def bank_fields(written: str, texts: dict[str, pa.Array],
                stated: pa.Array) -> tuple[dict[str, pa.Array], Mask, Mask]:
    """(texts, unknown, strange): the texts with those of unknown rows null; which rows are unknown; and which are
    neither a balance nor what ``written`` (``niet``, ``leeg``, ``nvt``) says an unknown one looks like.

    ``stated`` is what the signal itself says of the BSN: true is verified.
    """
    size = len(stated)
    empty = {name: ~filled(text) for name, text in texts.items()}
    marked = {name: _is_mark(text) for name, text in texts.items() if name in _MARKED}
    any_mark = np.logical_or.reduce(list(marked.values()))
    unknown = np.zeros(size, bool)
    if written == "leeg":
        unknown = np.logical_and.reduce(list(empty.values()))
    elif written == "nvt":
        unknown = np.logical_and.reduce([
            *marked.values(), *(_is_zero(texts[name]) for name in _ZERO),
            *(mask for name, mask in empty.items() if name not in (*_MARKED, *_ZERO)),
        ])
    says_yes, says_no = _is_true(stated), _is_true(pc.invert(stated))
    strange = (unknown & says_yes) | (~unknown & says_no) | (any_mark & ~unknown)
    gone = pa.array(unknown)
    return ({name: pc.if_else(gone, pa.scalar(None, pa.string()), text) for name, text in texts.items()}, unknown,
            strange)


def _is_mark(text: pa.Array) -> Mask:
    """However it is capitalised: taken for an account, its zero would be a balance."""
    return _is_true(pc.equal(pc.utf8_lower(text), MARK.lower()))


def _is_zero(text: pa.Array) -> Mask:
    return _is_true(pc.match_substring_regex(text, r"^0(\.0{1,2})?$"))


def _is_true(mask: pa.Array) -> Mask:
    out: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return out
