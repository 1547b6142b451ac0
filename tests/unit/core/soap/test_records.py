"""The records of a file as messages: each as it stands there, with nothing of what is around it."""

from __future__ import annotations

import pytest
from lxml import etree

from exchanges.core.mapping.table import load_mapping
from exchanges.core.soap.records import records

VWI = "http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300"
OWN = "urn:ketensluis:aanname:dkd-verwijsindexbestand:v0001"


def element(bsn):
    return (
        f"<vwi:IBVerwijsindex><Burgerservicenr>{bsn}</Burgerservicenr><ClusteringIb><CdClusteringIb>04</CdClusteringIb>"
        "<IndDkd>1</IndDkd></ClusteringIb></vwi:IBVerwijsindex>"
    )


@pytest.fixture
def file(tmp_path):
    def write(bsns):
        path = tmp_path / "bericht.xml"
        body = "\n".join(map(element, bsns))
        path.write_text(
            f'<?xml version="1.0"?>\n<b:Verwijsindexbestand xmlns:b="{OWN}" xmlns:vwi="{VWI}">'
            f"<Kop><Gemeentecode>0153</Gemeentecode></Kop>\n{body}\n</b:Verwijsindexbestand>\n"
        )
        return path

    return write


def test_in_their_order_and_each_by_itself(file):
    bsns = [f"{number:09d}" for number in range(500)]
    found = list(records(file(bsns), load_mapping("DKDVerwijsindexbestand", "v0001")))
    assert [etree.fromstring(one).findtext("Burgerservicenr") for one in found] == bsns
    own = element(bsns[0]).replace("<vwi:IBVerwijsindex>", f'<vwi:IBVerwijsindex xmlns:vwi="{VWI}">')
    assert found[0] == own.encode()


def test_the_tree_does_not_grow_with_the_file(file):
    """What was given is let go of: the root has no more children than a read ahead holds."""
    found = records(file([f"{number:09d}" for number in range(2000)]), load_mapping("DKDVerwijsindexbestand", "v0001"))
    sizes = []
    for _ in found:
        root = found.gi_frame.f_locals["element"].getparent()
        sizes.append(0 if root is None else len(root))
    assert max(sizes) < 400


def test_no_records_no_messages(file):
    assert list(records(file([]), load_mapping("DKDVerwijsindexbestand", "v0001"))) == []
