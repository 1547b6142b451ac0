"""Settings that say too little are refused; nothing is put wherever the program was started."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from exchanges.core.errors import TransportError, UsageError
from exchanges.core.settings import PartnerSettings
from exchanges.core.steps.deliver import channel_of
from exchanges.core.transport import SftpChannel


def test_a_folder_must_be_named() -> None:
    with pytest.raises(UsageError, match="zet in de instellingen met map"):
        channel_of(PartnerSettings(soort="map"))


@pytest.mark.parametrize("given", [{}, {"sleutel": Path("k")}, {"known_hosts": Path("k")}])
def test_key_and_known_hosts_must_be_named(given: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match="sleutel en known_hosts zijn verplicht"):
        channel_of(PartnerSettings(soort="sftp", host="h", gebruiker="g", **given))


def test_a_waiting_time_of_nothing_is_called_as_in_the_settings() -> None:
    key = Path("k")
    known = PartnerSettings(soort="sftp", host="h", gebruiker="g", sleutel=key, known_hosts=key, wachttijd=0)
    with pytest.raises(UsageError, match="wachttijd"):
        channel_of(known)


def test_how_long_a_partner_may_take_is_as_in_the_settings() -> None:
    key = Path("k")
    known = PartnerSettings(soort="sftp", host="h", gebruiker="g", sleutel=key, known_hosts=key, wachttijd=7,
                            snelheid_min=32)  # fmt: skip
    channel = channel_of(known)
    assert isinstance(channel, SftpChannel)
    assert (channel.settings.timeout, channel.settings.least_speed) == (7, 32_000)


def test_a_folder_without_an_inbox_is_named(tmp_path: Path) -> None:
    local = tmp_path / "a.xml"
    local.write_bytes(b"x")
    known = PartnerSettings(soort="map", map=tmp_path / "partner")
    known.map.mkdir()
    with channel_of(known) as channel, pytest.raises(TransportError, match=r"partner/in bestaat niet\.$"):
        channel.deliver(local, "in", "A.xml", hashlib.sha256(b"x").hexdigest())
