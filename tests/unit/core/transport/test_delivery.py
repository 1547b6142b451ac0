"""The delivery protocol, cut off at every single operation and run again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from exchanges.core.errors import BusinessError, TransportError, UsageError
from exchanges.core.transport.delivery import deliver
from exchanges.core.transport.names import temp_name
from tests.unit.core.transport.flaky import DATA, NAME, OTHER, Flaky, sha


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of small deliveries: no need to wait for a disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    path = tmp_path / "local.xml"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "partner" / "in").mkdir(parents=True)
    return tmp_path / "partner"


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "in").iterdir()}


def operations(root: Path, local: Path) -> int:
    files = Flaky(root)
    deliver(files, local, "in", NAME, sha(DATA))
    for path in (root / "in").iterdir():
        path.unlink()
    return len(files.operations)


COMPLETE = {NAME: DATA, f"{NAME}.sha256": f"{sha(DATA)}  {NAME}\n".encode()}


def test_a_delivery_is_the_file_and_its_sidecar_and_nothing_else(root: Path, local: Path) -> None:
    sent = deliver(Flaky(root), local, "in", NAME, sha(DATA))
    assert contents(root) == COMPLETE
    assert (sent.remote_path, sent.size, sent.sha256, sent.already, sent.seen) == (
        f"in/{NAME}", len(DATA), sha(DATA), False, True)


def test_the_sidecar_has_its_name_before_the_data_has(root: Path, local: Path) -> None:
    files = Flaky(root)
    deliver(files, local, "in", NAME, sha(DATA))
    renames = [operation for operation in files.operations if operation.startswith("rename")]
    assert renames == [f"rename in/{NAME}.sha256", f"rename in/{NAME}"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_cut_off_anywhere_the_next_attempt_finishes(root: Path, local: Path, after: bool) -> None:
    for break_at in range(operations(root, local)):
        first = Flaky(root, break_at, after)
        try:
            deliver(first, local, "in", NAME, sha(DATA))
        except TransportError:
            visible = set(contents(root)) - {f"{NAME}.sha256"}
            assert all(name.startswith(".") for name in visible) or contents(root)[NAME] == DATA
        deliver(Flaky(root), local, "in", NAME, sha(DATA))
        assert contents(root) == COMPLETE, first.operations[-1]
        for path in (root / "in").iterdir():
            path.unlink()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_cut_off_twice_the_third_attempt_finishes(root: Path, local: Path, after: bool) -> None:
    count = operations(root, local)
    for first in range(count):
        for second in range(count):
            for break_at, late in ((first, True), (second, after)):
                try:
                    deliver(Flaky(root, break_at, late), local, "in", NAME, sha(DATA))
                except TransportError:
                    continue
            deliver(Flaky(root), local, "in", NAME, sha(DATA))
            assert contents(root) == COMPLETE, (first, second)
            for path in (root / "in").iterdir():
                path.unlink()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_partner_that_takes_the_file_gets_it_once(root: Path, local: Path, after: bool) -> None:
    for break_at in range(operations(root, local)):
        attempts = [Flaky(root, break_at, after, takes=True), Flaky(root, takes=True), Flaky(root, takes=True)]
        for files in attempts:
            try:
                sent = deliver(files, local, "in", NAME, sha(DATA))
            except TransportError:
                assert files is attempts[0]
        assert [data for files in attempts for data in files.taken] == [DATA], break_at
        assert (sent.already, sent.seen) == (True, False)
        for path in (root / "in").iterdir():
            path.unlink()


class Remembered:
    """What was said of the naming, also when the process is gone."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def tells(self) -> bool:
        return True

    def begun(self) -> bool:
        return self.said[-1:] == ["begin"]

    def begin(self) -> None:
        self.said.append("begin")

    def undone(self) -> None:
        self.said.append("undone")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_partner_that_takes_the_sidecar_along_gets_it_once(root: Path, local: Path, after: bool) -> None:
    """Nothing of it is to be seen afterwards. Cut off twice, anywhere, and then tried until it is done."""
    count = operations(root, local)
    for first in range(count):
        for second in range(count + 2):  # where the temporary file was found, it takes more
            naming, taken, sent = Remembered(), [], None
            for break_at, late in ((first, after), (second, True), (None, False), (None, False)):
                files = Flaky(root, break_at, late, takes=True, leaves=False)
                with suppress(TransportError):
                    sent = deliver(files, local, "in", NAME, sha(DATA), naming=naming)
                taken += files.taken
            assert taken == [DATA] and contents(root) == {}, (first, second)
            assert sent is not None and (sent.already, sent.seen) == (True, False)


class Newcomer(Remembered):
    """Remembers nothing of before: another may have sent it."""

    def tells(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("naming", "said", "again"),
    [
        (Remembered, [], True),
        (Remembered, ["begin", "undone"], True),
        (Remembered, ["begin"], False),
        (Newcomer, [], False),
    ],
)
def test_a_sidecar_alone_proves_what_the_memory_does_not_deny(root: Path, local: Path, naming: type[Remembered],
                                                              said: list[str], again: bool) -> None:  # fmt: skip
    """The temporary file that went with it was taken away by somebody."""
    deliver(Flaky(root), local, "in", NAME, sha(DATA))
    (root / "in" / NAME).unlink()
    remembered = naming()
    remembered.said = said
    sent = deliver(Flaky(root), local, "in", NAME, sha(DATA), naming=remembered)
    assert sent.already is not again and (contents(root) == COMPLETE) is again


def test_without_remembering_it_would_get_it_twice(root: Path, local: Path) -> None:
    files = [Flaky(root, takes=True, leaves=False) for _ in range(2)]
    for one in files:
        deliver(one, local, "in", NAME, sha(DATA))
    assert [data for one in files for data in one.taken] == [DATA, DATA]


def test_taken_at_once_is_no_failure(root: Path, local: Path) -> None:
    sent = deliver(Flaky(root, takes=True), local, "in", NAME, sha(DATA))
    assert (sent.already, sent.seen) == (False, False)


class Liar(Flaky):
    """Confirms that the file got its name. What happens to it: nothing, it goes elsewhere, or it loses a byte."""

    does = "nothing"

    def rename(self, old: str, new: str) -> None:
        if not new.endswith(NAME):
            self.inner.rename(old, new)
        elif self.does == "elsewhere":
            (self.inner.root / old).rename(self.inner.root / "elders.xml")
        elif self.does == "less":
            self.inner.rename(old, new)
            (self.inner.root / new).write_bytes(DATA[:-1])


def test_a_name_that_was_confirmed_and_not_given_is_no_delivery(root: Path, local: Path) -> None:
    naming = Remembered()
    with pytest.raises(TransportError, match="nog onder zijn tijdelijke naam"):
        deliver(Liar(root), local, "in", NAME, sha(DATA), naming=naming)
    assert not naming.begun()
    deliver(Flaky(root), local, "in", NAME, sha(DATA), naming=naming)
    assert contents(root) == COMPLETE


def test_a_file_that_is_another_under_its_name_is_no_delivery(root: Path, local: Path) -> None:
    files = Liar(root)
    files.does = "less"
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud"):
        deliver(files, local, "in", NAME, sha(DATA))


def test_a_file_that_went_elsewhere_was_taken(root: Path, local: Path) -> None:
    """A partner may put it where it likes; what cannot be seen is not said to have been seen."""
    files = Liar(root)
    files.does = "elsewhere"
    sent = deliver(files, local, "in", NAME, sha(DATA))
    assert (sent.already, sent.seen) == (False, False)


def test_what_is_said_to_be_left_is_not_cleaned_up_without_end(root: Path, local: Path) -> None:
    class Littered(Flaky):
        def names(self, directory: str) -> list[str]:
            return [f".{NAME}.{number:012x}.part" for number in range(100_000)]

    files = Littered(root)
    deliver(files, local, "in", NAME, sha(DATA))
    assert len(files.operations) < 100 and contents(root) == COMPLETE


def test_a_connection_that_breaks_after_the_rename_is_no_failure(root: Path, local: Path) -> None:
    last = operations(root, local) - 1
    sent = deliver(Flaky(root, last), local, "in", NAME, sha(DATA))
    assert (sent.already, sent.seen) == (False, False)
    assert contents(root) == COMPLETE


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_other_content_after_an_interrupted_attempt_replaces_it_unless_it_was_delivered(
        root: Path, local: Path, tmp_path: Path, after: bool) -> None:
    other = tmp_path / "other.xml"
    other.write_bytes(OTHER)
    refused = 0
    count = operations(root, local)
    for break_at in range(count):
        with suppress(TransportError):
            deliver(Flaky(root, break_at, after), local, "in", NAME, sha(DATA))
        if contents(root).get(NAME) == DATA:
            refused += 1
            with pytest.raises(BusinessError, match=r"zelfde naam, andere inhoud.*laat de andere daar weghalen"):
                deliver(Flaky(root), other, "in", NAME, sha(OTHER))
            assert contents(root)[NAME] == DATA
        else:
            deliver(Flaky(root), other, "in", NAME, sha(OTHER))
            assert contents(root) == {NAME: OTHER, f"{NAME}.sha256": f"{sha(OTHER)}  {NAME}\n".encode()}
        for path in (root / "in").iterdir():
            path.unlink()
    assert 0 < refused < count


def test_delivered_and_taken_then_other_content_is_refused(root: Path, local: Path, tmp_path: Path) -> None:
    deliver(Flaky(root, takes=True), local, "in", NAME, sha(DATA))
    other = tmp_path / "other.xml"
    other.write_bytes(OTHER)
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud"):
        deliver(Flaky(root), other, "in", NAME, sha(OTHER))
    assert set(contents(root)) == {f"{NAME}.sha256"}


@pytest.mark.parametrize("there", [OTHER, DATA[:-1], b""], ids=["same size", "shorter", "empty"])
def test_never_overwrites(root: Path, local: Path, there: bytes) -> None:
    (root / "in" / NAME).write_bytes(there)
    # A sidecar that vouches for our hash must not fool us: the bytes decide.
    (root / "in" / f"{NAME}.sha256").write_text(f"{sha(DATA)}  {NAME}\n")
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud") as raised:
        deliver(Flaky(root), local, "in", NAME, sha(DATA))
    assert contents(root)[NAME] == there
    assert raised.value.exit_code == 1 and not raised.value.retryable


def test_same_bytes_without_sidecar_gets_its_sidecar(root: Path, local: Path) -> None:
    (root / "in" / NAME).write_bytes(DATA)
    sent = deliver(Flaky(root), local, "in", NAME, sha(DATA))
    assert sent.already and contents(root) == COMPLETE


def test_above_the_read_back_limit_the_sidecar_decides(root: Path, local: Path) -> None:
    files = Flaky(root)
    deliver(files, local, "in", NAME, sha(DATA), readback_limit=0)
    assert not [operation for operation in files.operations if operation.startswith("read")]
    again = Flaky(root)
    assert deliver(again, local, "in", NAME, sha(DATA), readback_limit=0).already
    assert not [operation for operation in again.operations if operation == f"read in/{NAME}"]


def test_files_of_others_are_left_alone(root: Path, local: Path) -> None:
    mine = [f".{NAME}.{'0' * 12}.part", f".{NAME}.sha256.{'a' * 12}.part"]
    theirs = [f".{NAME}.part", f".{NAME}.{'0' * 11}.part", f".x{NAME}.{'0' * 12}.part", f"{NAME}.part", "ander.xml"]
    for name in mine + theirs:
        (root / "in" / name).write_bytes(b"?")
    deliver(Flaky(root), local, "in", NAME, sha(DATA))
    assert set(contents(root)) == {*COMPLETE, *theirs}


def test_a_sidecar_that_is_not_ours_stops(root: Path, local: Path) -> None:
    (root / "in" / f"{NAME}.sha256").write_text("iets anders\n")
    with pytest.raises(BusinessError, match="geen controlebestand"):
        deliver(Flaky(root), local, "in", NAME, sha(DATA))
    assert set(contents(root)) == {f"{NAME}.sha256"}


class Damaging(Flaky):
    """Loses or changes a byte on the way."""

    def __init__(self, root: Path, change: bytes) -> None:
        super().__init__(root)
        self.change = change

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        content = b"".join(chunks)
        super().write(path, iter([content[:-1] + self.change]))


@pytest.mark.parametrize(("change", "text"), [(b"", "niet heel"), (b"?", "beschadigd")])
def test_damage_on_the_way_is_seen_and_never_gets_the_name(root: Path, local: Path, change: bytes, text: str) -> None:
    with pytest.raises(TransportError, match=text):
        deliver(Damaging(root, change), local, "in", NAME, sha(DATA))
    assert contents(root) == {}


def test_a_file_changed_after_its_check_is_not_delivered(root: Path, local: Path) -> None:
    with pytest.raises(BusinessError, match="veranderd na de controle"):
        deliver(Flaky(root), local, "in", NAME, sha(OTHER))
    assert contents(root) == {}


def test_an_empty_or_missing_file_is_not_delivered(root: Path, tmp_path: Path) -> None:
    (tmp_path / "leeg").touch()
    with pytest.raises(BusinessError, match="leeg"):
        deliver(Flaky(root), tmp_path / "leeg", "in", NAME, sha(b""))
    with pytest.raises(BusinessError, match="niet te lezen"):
        deliver(Flaky(root), tmp_path / "weg", "in", NAME, sha(b""))


class Racing(Flaky):
    """Another sender puts its file under our name at the last moment."""

    def rename(self, old: str, new: str) -> None:
        if new.endswith(NAME):
            (self.inner.root / new).write_bytes(OTHER)
        super().rename(old, new)


def test_losing_a_race_overwrites_nothing_and_leaves_no_sidecar_of_ours(root: Path, local: Path) -> None:
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud"):
        deliver(Racing(root), local, "in", NAME, sha(DATA))
    left = contents(root)
    assert left[NAME] == OTHER and f"{NAME}.sha256" not in left


class Ahead(Flaky):
    """Somebody else's file gets the name while ours is still on its way."""

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        super().write(path, chunks)
        (self.inner._at("in") / NAME).write_bytes(OTHER)


def test_a_file_that_came_meanwhile_gets_no_sidecar_of_ours_even_for_a_moment(root: Path, local: Path) -> None:
    files = Ahead(root)
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud"):
        deliver(files, local, "in", NAME, sha(DATA))
    assert contents(root)[NAME] == OTHER
    assert [one for one in files.operations if "sha256" in one and not one.startswith("size")] == []


class NoListing(Flaky):
    def names(self, directory: str) -> list[str]:
        raise TransportError("geen rechten")


def test_a_partner_that_forbids_listing_can_be_delivered_to(root: Path, local: Path) -> None:
    assert not deliver(NoListing(root), local, "in", NAME, sha(DATA)).already
    assert contents(root) == COMPLETE


@pytest.mark.parametrize("of", ["", ".sha256"], ids=["data", "sidecar"])
@pytest.mark.parametrize("partner", [Flaky, NoListing])
def test_a_link_under_a_name_of_ours_leads_nowhere(root: Path, local: Path, partner: type[Flaky], of: str) -> None:
    (root / "ander.txt").write_text("van een ander")
    (root / "in" / temp_name(f"{NAME}{of}", sha(DATA))).symlink_to(root / "ander.txt")
    deliver(partner(root), local, "in", NAME, sha(DATA))
    assert (root / "ander.txt").read_text() == "van een ander"
    assert contents(root) == COMPLETE and not any(path.is_symlink() for path in (root / "in").iterdir())


def test_progress_counts_the_upload_and_the_read_back(root: Path, local: Path) -> None:
    seen: list[tuple[int, int]] = []
    deliver(Flaky(root), local, "in", NAME, sha(DATA), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2 * len(DATA), 2 * len(DATA))
    assert seen == sorted(seen)


@pytest.mark.parametrize("name", ["", "1.xml", ".x.xml", "a b.xml", "a/b.xml", "é.xml", "a" * 201, "a.sha256", "a.part",
                                  "a\n.xml", "../a.xml"])
def test_names_that_cannot_be(root: Path, local: Path, name: str) -> None:
    with pytest.raises(UsageError):
        deliver(Flaky(root), local, "in", name, sha(DATA))
    assert contents(root) == {}


@pytest.mark.parametrize("directory", ["../in", "in/..", "in\n"])
def test_directories_that_cannot_be(root: Path, local: Path, directory: str) -> None:
    with pytest.raises(UsageError):
        deliver(Flaky(root), local, directory, NAME, sha(DATA))


def test_a_hash_must_be_a_sha256(root: Path, local: Path) -> None:
    with pytest.raises(UsageError, match="sha256"):
        deliver(Flaky(root), local, "in", NAME, "ABC")
