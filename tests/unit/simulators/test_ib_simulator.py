"""The simulator over the wire, with every fault, against our own channel."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest
from lxml import etree

from exchanges.core.errors import BusinessError, InputRefused, TransportError
from exchanges.core.transport import SftpChannel
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib import IbSimulator, serve
from tests.unit.simulators.files import NAME, bsns, collection, index, put, sidecar

REPORT = NAME.replace(".xml", ".verslag.xml")
DATA = collection(bsns(40))
HASH = hashlib.sha256(DATA).hexdigest()
Start = Callable[..., IbSimulator]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[IbSimulator] = []

    def one(**faults: int | bool) -> IbSimulator:
        lines: list[str] = []
        ib = IbSimulator(tmp_path / "ib", faults=Faults(**faults), status=lines.append)
        ib.lines = lines  # type: ignore[attr-defined]
        ib.start()
        running.append(ib)
        return ib

    yield one
    for ib in running:
        ib.stop()
    told = [line for ib in running for line in ib.lines]  # type: ignore[attr-defined]
    assert not re.search(r"(?<![0-9a-f])[0-9]{9}(?![0-9a-f])", "\n".join(told))


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return put(tmp_path, DATA, "local.xml")


def send(ib: IbSimulator, local: Path, name: str = NAME) -> object:
    with SftpChannel(replace(ib.settings, timeout=10)) as channel:
        return channel.deliver(local, "in", name, hashlib.sha256(local.read_bytes()).hexdigest())


def status(report: Path | None) -> str | None:
    assert report is not None
    return str(etree.parse(report).findtext("Kop/Bestandsstatus"))


def test_deliver_and_fetch_the_report(start: Start, local: Path, tmp_path: Path) -> None:
    ib = start()
    with SftpChannel(ib.settings) as channel:
        sent = channel.deliver(local, "in", NAME, HASH)
        assert sent.host_key.startswith("SHA256:") and "Ketensluis" in sent.server and sent.seen
        assert ib.wait_for_report(NAME)
        assert channel.listdir("uit") == [REPORT, f"{REPORT}.sha256"]
        fetched = channel.fetch("uit", REPORT, tmp_path / "v.xml", 10**6)
    assert status(fetched) == "verwerkt"
    assert ib.lines == [f"{NAME}: 40 berichten, 40 geaccepteerd, 0 afgewezen"]  # type: ignore[attr-defined]
    assert {path.name for path in ib.inbox.iterdir()} == {NAME, f"{NAME}.sha256"}


def test_an_index_file_is_answered_too(start: Start, tmp_path: Path) -> None:
    ib = start()
    send(ib, put(tmp_path, index(bsns(4)), "index.xml"), "DKD_VERWIJSINDEX_0153.xml")
    assert status(ib.wait_for_report("DKD_VERWIJSINDEX_0153.xml")) == "verwerkt"


def test_the_same_file_again_gives_no_second_report_not_even_after_a_restart(start: Start, local: Path) -> None:
    ib = start()
    send(ib, local)
    first = ib.wait_for_report(NAME)
    assert first is not None
    before = first.stat().st_mtime_ns, first.stat().st_ino
    ib.stop()

    again = start()
    for path in [*again.inbox.iterdir()]:
        path.unlink()
    send(again, local)
    send(again, put(local.parent, collection(bsns(1)), "volgende.xml"), "VOLGENDE.xml")
    assert again.wait_for_report("VOLGENDE.xml")
    assert (first.stat().st_mtime_ns, first.stat().st_ino) == before
    assert any("al eerder ontvangen" in line for line in again.lines)  # type: ignore[attr-defined]


def test_the_same_name_with_other_content_is_refused_by_the_partner(start: Start, local: Path, tmp_path: Path) -> None:
    ib = start(move_on_arrival=True)
    send(ib, local)
    first = ib.wait_for_report(NAME)
    assert first is not None
    inode = first.stat().st_ino
    send(ib, put(tmp_path, collection(bsns(2)), "other.xml"))
    with ib._memory.changed:
        assert ib._memory.changed.wait_for(lambda: first.stat().st_ino != inode, 30)
    assert status(first) == "afgekeurd"


def test_a_file_that_comes_another_way_is_answered(start: Start) -> None:
    ib = start()
    put(ib.inbox, sidecar(DATA), f"{NAME}.sha256")
    put(ib.inbox, DATA)
    assert status(ib.wait_for_report(NAME)) == "verwerkt"


def test_no_answer_without_the_sidecar(start: Start) -> None:
    ib = start()
    put(ib.inbox, DATA)
    assert ib.wait_for_report(NAME, timeout=1.5) is None


def test_a_bad_file_is_answered_with_the_reason(start: Start, tmp_path: Path) -> None:
    ib = start()
    send(ib, put(tmp_path, DATA[:-30], "half.xml"))
    assert status(ib.wait_for_report(NAME)) == "afgekeurd"


def test_reject_records_and_reject_file(start: Start, local: Path) -> None:
    ib = start(reject_every=10)
    send(ib, local)
    report = ib.wait_for_report(NAME)
    assert status(report) == "deels_verwerkt"
    assert [code.text for code in etree.parse(report).iter("Code")] == ["IB-AFW-01"] * 4


def test_never_answer(start: Start, local: Path) -> None:
    ib = start(never_answer=True)
    send(ib, local)
    assert ib.wait_for_report(NAME, timeout=1.5) is None
    assert list(ib.outbox.iterdir()) == []


def test_without_posix_rename(start: Start, local: Path) -> None:
    ib = start(no_posix_rename=True)
    send(ib, local)
    assert status(ib.wait_for_report(NAME)) == "verwerkt"


def test_without_links_posix_rename_is_used_and_does_not_overwrite(start: Start, local: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    ib = start()
    monkeypatch.setattr(os, "link", no_links)
    send(ib, local)
    assert status(ib.wait_for_report(NAME)) == "verwerkt"
    with SftpChannel(ib.settings) as channel:
        session = channel._open()
        session.write("in/x.xml", iter([b"x"]))
        with pytest.raises(TransportError):
            session.rename("in/x.xml", f"in/{NAME}")
    assert (ib.inbox / NAME).read_bytes() == DATA


def test_without_links_and_without_posix_rename_it_is_a_transport_error(start: Start, local: Path,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    ib = start(no_posix_rename=True)
    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(TransportError, match="hernoemen"):
        send(ib, local)


def test_move_on_arrival_is_no_failure(start: Start, local: Path) -> None:
    ib = start(move_on_arrival=True)
    sent = send(ib, local)
    assert (sent.already, sent.seen) == (False, False)  # type: ignore[attr-defined]
    assert status(ib.wait_for_report(NAME)) == "verwerkt"
    assert list(ib.inbox.iterdir()) == []


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return put(tmp_path, collection(bsns(3000)), "groot.xml")


def test_dropped_twice_then_delivered_once(start: Start, large: Path) -> None:
    ib = start(drop_after=300_000, drop_times=2)
    for _ in range(2):
        with pytest.raises(TransportError, match="verbroken"):
            send(ib, large)
        left = list(ib.inbox.iterdir())
        assert len(left) == 1 and left[0].name.startswith(f".{NAME}.") and left[0].stat().st_size < large.stat().st_size
    send(ib, large)
    assert {path.name for path in ib.inbox.iterdir()} == {NAME, f"{NAME}.sha256"}
    assert (ib.inbox / NAME).read_bytes() == large.read_bytes()
    assert status(ib.wait_for_report(NAME)) == "verwerkt"


def test_full_disk_is_a_transport_error_and_leaves_room(start: Start, large: Path, local: Path) -> None:
    ib = start(disk_full_after=200_000)
    with pytest.raises(TransportError, match="schijf vol") as raised:
        send(ib, large)
    assert raised.value.exit_code == 3 and raised.value.retryable
    assert list(ib.inbox.iterdir()) == []
    send(ib, local)


def test_slow_is_not_a_failure_when_every_answer_is_in_time(start: Start, large: Path) -> None:
    ib = start(bytes_per_second=2_000_000)
    send(ib, large)
    assert (ib.inbox / NAME).read_bytes() == large.read_bytes()


def test_too_slow_is_a_transport_error(start: Start, large: Path) -> None:
    ib = start(bytes_per_second=1000)
    with pytest.raises(TransportError, match="antwoordt niet binnen"), SftpChannel(ib.settings) as channel:
        # Shortened only now: a busy machine may need longer to connect.
        channel._open()._sftp.get_channel().settimeout(0.7)
        channel.deliver(large, "in", NAME, hashlib.sha256(large.read_bytes()).hexdigest())


@pytest.mark.parametrize(("faults", "text"), [({"changed_host_key": True}, "andere dan in"),
                                              ({"refuse_auth": True}, "weigert de aanmelding")])
def test_no_way_in(start: Start, local: Path, faults: dict[str, bool], text: str,
                   caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    ib = start(**faults)
    with caplog.at_level(logging.DEBUG, logger="paramiko"), pytest.raises(TransportError, match=text) as raised:
        send(ib, local)
    assert "\n" not in str(raised.value)
    key_text = ib.known_hosts.read_text().split()[2]
    assert key_text not in str(raised.value) + caplog.text + "".join(capfd.readouterr())
    assert list(ib.inbox.iterdir()) == []


def test_another_key_and_another_user_do_not_get_in(start: Start, tmp_path: Path) -> None:
    from exchanges.simulators.keys import new_key

    ib = start()
    new_key(tmp_path / "stranger")
    for change in ({"key_file": tmp_path / "stranger"}, {"username": "iemand"}):
        with pytest.raises(TransportError, match="weigert de aanmelding"), SftpChannel(replace(ib.settings, **change)):
            pass


def test_overwriting_is_refused_over_the_wire(start: Start, local: Path, tmp_path: Path) -> None:
    ib = start()
    send(ib, local)
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud"):
        send(ib, put(tmp_path, collection(bsns(2)), "other.xml"))
    assert (ib.inbox / NAME).read_bytes() == DATA


def test_fetch_is_capped_over_the_wire(start: Start, tmp_path: Path) -> None:
    ib = start()
    put(ib.outbox, b"x" * 1000, "v.xml")
    with SftpChannel(ib.settings) as channel:
        with pytest.raises(InputRefused):
            channel.fetch("uit", "v.xml", tmp_path / "v", 999)
        assert channel.fetch("uit", "weg.xml", tmp_path / "v", 999) is None
    assert not (tmp_path / "v").exists()


def test_the_client_sees_and_touches_nothing_else(start: Start, tmp_path: Path) -> None:
    """A bare SFTP client, not ours, tries what it may not."""
    ib = start()
    put(ib.outbox, b"x", "v.xml")
    (ib.inbox / "link").symlink_to("/etc/passwd")
    client = paramiko.SSHClient()
    client.load_host_keys(str(ib.known_hosts))
    client.connect(ib.host, ib.port, ib.username, pkey=paramiko.PKey.from_path(ib.client_key), allow_agent=False,
                   look_for_keys=False)
    with client, client.open_sftp() as sftp:
        assert sorted(sftp.listdir("/")) == ["in", "uit"]
        for path in ("/.ib/client_key", "/in/../.ib/client_key", "/../../etc/passwd", "/in/link", "/in/a/b"):
            with pytest.raises(OSError):
                sftp.open(path, "r").read()
        for attempt in (lambda: sftp.open("/uit/x", "w"), lambda: sftp.open("/x", "w"), lambda: sftp.mkdir("/in/a"),
                        lambda: sftp.symlink("/etc/passwd", "/in/l"), lambda: sftp.rename("/uit/v.xml", "/in/v.xml")):
            with pytest.raises(OSError):
                attempt()
        with pytest.raises(paramiko.SSHException):
            client.get_transport().open_session().exec_command("id")
    assert (ib.outbox / "v.xml").exists()


def test_only_modern_algorithms_are_agreed(start: Start) -> None:
    ib = start()
    with SftpChannel(ib.settings) as channel:
        transport = channel._open()._client.get_transport()
        offered = [*transport.preferred_ciphers, *transport.preferred_macs, *transport.preferred_kex,
                   *transport.preferred_keys, *transport.preferred_pubkeys]
    assert not [name for name in offered if re.search("cbc|md5|sha1|dss|rc4", name) or name == "ssh-rsa"]
    good = [cipher for cipher in paramiko.Transport._preferred_ciphers if "cbc" not in cipher]
    transport = paramiko.Transport((ib.host, ib.port), disabled_algorithms={"ciphers": good})
    with pytest.raises(paramiko.SSHException):
        transport.start_client(timeout=10)
    transport.close()


def test_serve_says_where_it_listens_and_stops(tmp_path: Path) -> None:
    told: list[str] = []
    ready, stop = threading.Event(), threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        ready.set()

    thread = threading.Thread(target=serve, args=(tmp_path / "ib",), kwargs={"status": tell, "stop": stop})
    thread.start()
    assert ready.wait(30)
    host, port = re.search(r"luistert op ([\d.]+):(\d+)", told[0]).groups()  # type: ignore[union-attr]
    socket.create_connection((host, int(port)), timeout=5).close()
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    with pytest.raises(OSError):
        socket.create_connection((host, int(port)), timeout=5)
