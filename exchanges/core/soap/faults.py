"""A SOAP fault: whether asking again can help. It is not verified, for nothing of it is used but its code.

Who could forge one can also cut the line; the worst is that a question is asked again or stays unanswered.
"""

from __future__ import annotations

import re
from typing import Any

from exchanges.core.errors import KetensluisError
from exchanges.core.soap.errors import Declined, Refused, Unanswered

# Too few digits for a BSN: a code is told, and a fault is made by whoever is at the other end.
_CODE = re.compile(r"[A-Za-z][A-Za-z._-]{0,39}[0-9]{0,4}", re.ASCII)


def fault_of(element: Any, declared: frozenset[str], where: str) -> KetensluisError:
    """Declined where the fault holds one of the ``declared`` details or says that this question is wrong (Client);
    Refused where it is about all that we send: our headers or our security are not taken; else Unanswered.

    Its texts may quote the question, so they are not told."""
    node = element.find("faultcode")
    prefix, _, name = ((node.text or "") if node is not None else "").strip().rpartition(":")
    detail = element.find("detail")
    told = [one for one in detail if one.tag in declared] if detail is not None else []
    if told:
        code = _code(told[0].findtext("Code"))
        return Declined(code, f"{where} wijst de vraag af (code {code}).")
    code = _code(name)
    if name in ("VersionMismatch", "MustUnderstand") or "wss-wssecurity" in (_namespace(node, prefix)):
        return Refused("toegang", f"{where} neemt ons bericht niet aan (SOAP-fout {code}); vraag de partner waarom.")
    if name.partition(".")[0] == "Client":
        return Declined(code, f"{where} wijst de vraag af (SOAP-fout {code}).")
    return Unanswered(f"{where} meldt een storing (SOAP-fout {code}).")


def _code(said: str | None) -> str:
    text = (said or "").strip()
    return text if _CODE.fullmatch(text) else "onbekend"


def _namespace(node: Any, prefix: str) -> str:
    return (node.nsmap.get(prefix) or "") if node is not None and prefix else ""
