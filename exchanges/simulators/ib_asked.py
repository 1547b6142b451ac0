"""What the simulated Inlichtingenbureau was asked: the persons in the files of dossiers that came in."""

from __future__ import annotations

from pathlib import Path

from lxml import etree


def asked(inbox: Path, gemeente: str) -> list[str]:
    """The BSNs in every file of dossiers of ``gemeente`` in ``inbox``, sorted, each once."""
    found: set[str] = set()
    for path in sorted(inbox.glob(f"RM_AANLEVERING_{gemeente}_*.xml")):
        for _, element in etree.iterparse(path, tag="{*}Burgerservicenr", resolve_entities=False, no_network=True):
            found.add(element.text or "")
            element.clear()
    return sorted(found - {""})
