"""Settings of a source: wrong ones are usage errors, secrets do not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.administration.adapters import SourceConfig, open_source
from exchanges.administration.adapters.csv_folder import CsvFolder
from exchanges.administration.adapters.parquet_folder import ParquetFolder
from exchanges.core.errors import SourceError, UsageError
from tests.unit.administration.adapters.sources import row, table, take, write_parquet


def test_kinds(tmp_path: Path) -> None:
    assert isinstance(open_source(SourceConfig("parquet", str(tmp_path), "0153")), ParquetFolder)
    assert isinstance(open_source(kind="csv", location=str(tmp_path), gemeente="0153", mapping=None, production=True),
                      CsvFolder)


def test_wrong_settings() -> None:
    with pytest.raises(UsageError, match="excel"):
        open_source(kind="excel", location="x", gemeente="0153")
    with pytest.raises(UsageError, match="mapping"):
        open_source(kind="sql", location="sqlite://", gemeente="0153")


def test_a_password_does_not_show() -> None:
    config = SourceConfig("sql", "postgresql://lezer:geheim@host/db", "0153", "m.toml")
    assert "geheim" not in repr(config)


def test_the_location_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SourceConfig("sql", "env:BRON_0153", "0153", "m.toml")
    monkeypatch.delenv("BRON_0153", raising=False)
    with pytest.raises(UsageError, match="BRON_0153"):
        _ = config.url
    monkeypatch.setenv("BRON_0153", "sqlite:///x")
    assert config.url == "sqlite:///x"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_folder_that_is_not_there(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match="bestaat niet"):
        take(kind, tmp_path / "nergens", tmp_path / "w", "persoon")


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_required_table_that_is_not_there(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=f"tabel persoon ontbreekt; zet persoon.{kind} in"):
        take(kind, tmp_path, tmp_path / "w", "persoon")


def test_an_optional_table_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    write_parquet(tmp_path / "b", "persoon", table("persoon", row("persoon")))
    snapshot = take("parquet", tmp_path / "b", tmp_path / "w", "persoon", optional=("verwijsindex", "persoon"))
    assert list(snapshot.tables) == ["persoon"]


def test_a_table_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="klant"):
        take("parquet", tmp_path, tmp_path / "w", "klant")
