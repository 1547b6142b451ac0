"""Settings: where things are, which municipalities there are and how partners are reached.

From the environment (``KETENSLUIS_HOME``, ``KETENSLUIS_PRODUCTION``, …) and from ``<home>/ketensluis.toml``:

    [gemeente.0153]
    naam = "Enschede"
    bron = { soort = "parquet", locatie = "/data/0153" }
    methode = { dkd_reintegratie = "verzamelbestand" }
    vanaf = { dkd_reintegratie = "2026-10" }             # first period that goes through Ketensluis; leave out: all

    [gemeente.0153.gegevens.naam_van_de_uitwisseling]    # in declarations: $kenmerk
    kenmerk = "…"

    [gemeente.0153.lijsten]                              # lists with signals; without a key they have pseudonyms
    sleutel = "age1…"                                    # who works with signals; age-keygen makes one
    sleutel_beperkt = "age1…"                            # who may see criminal-justice data
    kanaal = { soort = "map", map = "/…", in = "." }     # where they are put; leave out: <home>/lijsten

    [partner.naam_van_de_partner]
    soort = "sftp"
    host = "127.0.0.1"
    poort = 2222
    gebruiker = "gemeente"
    sleutel = "/…/id_ed25519"
    known_hosts = "/…/known_hosts"
    in = "in"
    uit = "uit"
"""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from exchanges.core.errors import UsageError


class SourceSettings(BaseModel):
    """Where the administration of a municipality is read."""

    model_config = ConfigDict(extra="forbid")
    soort: Literal["parquet", "csv", "sql"]
    locatie: str
    mapping: str | None = None


class PartnerSettings(BaseModel):
    """How a partner is reached. ``in`` and ``uit`` are its directories, seen from the partner. ``grens_mb`` is how many
    megabytes, compressed, its channel takes; 0: as many as there are."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    soort: Literal["sftp", "map"]
    host: str = ""
    poort: int = 22
    gebruiker: str = ""
    sleutel: Path = Path()
    known_hosts: Path = Path()
    map: Path = Path()
    inkomend: str = Field("in", alias="in")
    uitgaand: str = Field("uit", alias="uit")
    wachttijd: float = 20.0
    grens_mb: int = Field(0, ge=0)


class ListSettings(BaseModel):
    """For whom lists are sealed (public age keys), and where they are put besides ``<home>/lijsten``."""

    model_config = ConfigDict(extra="forbid")
    sleutel: str = ""
    sleutel_beperkt: str = ""
    kanaal: PartnerSettings | None = None


class GemeenteSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    naam: str
    bron: SourceSettings
    methode: dict[str, str] = Field(default_factory=dict)
    vanaf: dict[str, str] = Field(default_factory=dict)
    gegevens: dict[str, dict[str, str | int]] = Field(default_factory=dict)
    uitwisselingen: list[str] | None = None
    lijsten: ListSettings = Field(default_factory=ListSettings)


class Municipalities(BaseModel):
    model_config = ConfigDict(extra="forbid")
    gemeente: dict[str, GemeenteSettings] = Field(default_factory=dict)
    partner: dict[str, PartnerSettings] = Field(default_factory=dict)


class Settings(BaseSettings):
    """``home`` holds ledger, artefacts, reports and keys unless the others say otherwise."""

    model_config = SettingsConfigDict(env_prefix="KETENSLUIS_", extra="ignore")
    home: Path = Path("var")
    production: bool = False
    ledger: str = ""
    store: str = ""
    config: Path | None = None
    pseudonym_key: str = ""
    source: str = "exchanges.administration.adapters:open_source"
    strangers: str = "exchanges.administration.door:strangers"
    memory_mb: int = 224

    @property
    def root(self) -> Path:
        return self.home.expanduser().resolve()

    @property
    def ledger_url(self) -> str:
        return self.ledger or f"sqlite:///{self.root / 'ledger.sqlite'}"

    @property
    def store_url(self) -> str:
        return self.store or str(self.root / "artefacten")

    def municipalities(self) -> Municipalities:
        """Raises UsageError, one line, when the file is missing or not as described above."""
        path = self.config or self.root / "ketensluis.toml"
        try:
            return Municipalities.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise UsageError(f"Instellingen {path} ontbreken; maak ze, of zet KETENSLUIS_CONFIG.") from None
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else None
            where = ".".join(str(part) for part in first["loc"]) if first else str(error)
            raise UsageError(f"Instellingen {path} kloppen niet bij {where}.") from None

    def pseudonymise_with(self) -> bytes:
        """The key of the pseudonyms: from the environment, else a file made once, readable by the owner only."""
        if self.pseudonym_key:
            return self.pseudonym_key.encode()
        path = self.root / "pseudoniem.sleutel"
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32), encoding="ascii")
            try:
                os.link(fresh, path)
            except FileExistsError:  # another process was first; its key counts
                pass
            finally:
                fresh.unlink()
        return path.read_text(encoding="ascii").strip().encode()

    def work(self) -> Path:
        """The folder for what a step needs while it runs; on the same disk as the store."""
        path = self.root / "werk"
        path.mkdir(parents=True, exist_ok=True)
        return path


def settings(**changes: Any) -> Settings:
    return Settings(**changes)
