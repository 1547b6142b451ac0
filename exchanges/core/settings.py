"""Settings: where things are, which municipalities there are and how partners are reached.

From the environment (``KETENSLUIS_HOME``, ``KETENSLUIS_PRODUCTION``, …) and from ``<home>/ketensluis.toml``:

    akkoord = "vereist"                                  # or "niet": no approval before sending; never in production
    afwijking = { dkd_reintegratie = 20 }                # percent, of all municipalities; see below

    namens = ["portaal"]                                 # accounts that may speak for others: --actor; leave out: none

    [rollen]                                             # who may do what; leave out: everybody everything
    "a.jansen" = "consulent"                             # account = integratie, consulent, auditor or beheerder

    [airflow]                                            # which account a user of Airflow has; leave out: of that name
    "Anna Jansen" = "a.jansen"

    [toegang]
    eigenaar = "…"                                       # who reviews the roles
    beveiligingsplan = "…"                               # where it is, for the yearly account

    [gemeente.0153]
    naam = "Enschede"
    bron = { soort = "parquet", locatie = "/data/0153" }
    methode = { dkd_reintegratie = "verzamelbestand" }
    vanaf = { dkd_reintegratie = "2026-10" }             # first period that goes through Ketensluis; leave out: all
    akkoord = ["a.jansen", "b.bakker"]                   # who may agree to a delivery; leave out: anybody else
    afwijking = { dkd_reintegratie = 15 }                # percent that may differ without; leave out: as below, or 10

    kanaal = { dkd_reintegratie = "soap" }               # for this municipality, instead of the partner's soort

    [gemeente.0153.soap]                                 # as whom it is known; leave out: as the partner's
    oin = "0000000…"
    certificaat = "/…/0153.pem"
    sleutel = "/…/0153.key"                              # and _ondertekening of both, as with a partner

    [gemeente.0153.dienst.naam_van_de_uitwisseling]      # where it is asked itself, over SOAP: sluis serve
    adres = "0.0.0.0"                                    # and poort, pad: where it listens
    poort = 8443
    pad = "/GSDDossierReintegratie-v0200"
    certificaat = "/…/server.pem"                        # with what is between it and the root; also signs, unless
    sleutel = "/…/server.key"                            # there is a certificaat_ondertekening, sleutel_ondertekening
    ca = "/…/pkioverheid.pem"
    crl = "/…/pkioverheid.crl.pem"
    oin = "0000000…"                                     # ours
    oin_partner = "0000000…"                             # of who may ask
    # Seldom needed: certificaat_partner, tijdslimiet = 30, gelijktijdig = 8, klok = 60

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
    # Seldom needed: wachttijd = 20 (seconds for an answer), snelheid_min = 16 (kB per second: slower is given up),
    # wachtzin = "env:NAAM" or "airflow:VERBINDING" (where the passphrase of the key is; never the passphrase itself)

    [partner.naam_van_een_partner_die_men_vraagt]
    soort = "soap"

    [partner.naam_van_een_partner_die_men_vraagt.soap]   # WUS 2W-be-S; certificates, keys and lists are PEM files
    url = "https://…"
    certificaat = "/…/gemeente.pem"                      # ours, with what is between it and the root
    sleutel = "/…/gemeente.key"
    ca = "/…/pkioverheid.pem"                            # roots and what is below them; two generations may be in it
    crl = "/…/pkioverheid.crl.pem"                       # a list of each; leave out: what was revoked is unknown
    oin = "0000000…"                                     # ours, in both our certificates
    oin_partner = "0000000…"                             # of who signs the answers
    tijdslimiet = 30                                     # seconds per question
    gelijktijdig = 4                                     # questions at the same time
    # Seldom needed: wachtzin (where the passphrase of the key is, as above), certificaat_ondertekening,
    # sleutel_ondertekening and wachtzin_ondertekening (another certificate to sign with: G4),
    # certificaat_partner (the only ones that may sign), pogingen = 4, klok = 60 (seconds that clocks may differ),
    # oin_server (of the server, where another than oin_partner takes the connection; "" looks at the host name only),
    # grens_mb = 8 (of an answer), bevestiging = false (the partner does not confirm our signature, against WB014)
"""

from __future__ import annotations

import os
import secrets
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from exchanges.core.disk import make_home
from exchanges.core.errors import UsageError

Approval = Literal["vereist", "niet"]
Role = Literal["integratie", "consulent", "auditor", "beheerder"]
# How far a number may be from that of the delivery before without anybody agreeing to it.
Percent = Annotated[Decimal, Field(ge=0, le=1000)]
# Eight digits of the register, then the number in it (OIN-Stelsel); some registers have letters.
_OIN = r"^[0-9]{8}[0-9A-Z]{12}$"
# Where a passphrase is, see exchanges.core.transport.passphrase.
Place = Annotated[str, Field(pattern=r"^((env|airflow):[A-Za-z0-9_.-]+)?$")]


class SourceSettings(BaseModel):
    """Where the administration of a municipality is read."""

    model_config = ConfigDict(extra="forbid")
    soort: Literal["parquet", "csv", "sql"]
    locatie: str
    mapping: str | None = None


class OwnSoapSettings(BaseModel):
    """As whom we are known over SOAP; of a municipality, instead of what the settings of a partner say. ``wachtzin``
    says where the passphrase of ``sleutel`` is, and of ``sleutel_ondertekening`` unless that has one of its own."""

    model_config = ConfigDict(extra="forbid")
    oin: str = Field(pattern=_OIN)
    certificaat: Path
    sleutel: Path
    wachtzin: Place = ""
    certificaat_ondertekening: Path | None = None
    sleutel_ondertekening: Path | None = None
    wachtzin_ondertekening: Place = ""

    @model_validator(mode="after")
    def _signing_is_whole(self) -> Self:
        if (self.certificaat_ondertekening is None) != (self.sleutel_ondertekening is None):
            raise ValueError("certificaat_ondertekening and sleutel_ondertekening go together")
        return self


class SoapSettings(OwnSoapSettings):
    """How a partner is asked over SOAP: see the example above (spec transport, sections 2 and 3)."""

    url: str = Field(pattern=r"^https://[^/?#@\s]+(/[^?#\s]*)?$")
    ca: Path
    crl: Path | None = None
    certificaat_partner: Path | None = None
    oin_partner: str = Field(pattern=_OIN)
    oin_server: str | None = Field(None, pattern=f"{_OIN}|^$")
    tijdslimiet: float = Field(30.0, gt=0, le=600)
    gelijktijdig: int = Field(4, ge=1, le=32)
    pogingen: int = Field(4, ge=1, le=10)
    klok: float = Field(60.0, ge=0, le=600)
    grens_mb: int = Field(8, ge=1, le=256)
    bevestiging: bool = True


class ServiceSettings(OwnSoapSettings):
    """How we are asked over SOAP: see the example above. ``oin_partner`` is of who may ask."""

    adres: str = "127.0.0.1"
    poort: int = Field(8443, ge=0, le=65535)
    pad: str = Field(pattern=r"^/[^?#\s]*$")
    ca: Path
    crl: Path | None = None
    certificaat_partner: Path | None = None
    oin_partner: str = Field(pattern=_OIN)
    tijdslimiet: float = Field(30.0, gt=0, le=600)
    gelijktijdig: int = Field(8, ge=1, le=64)
    klok: float = Field(60.0, ge=0, le=600)


class PartnerSettings(BaseModel):
    """How a partner is reached. ``in`` and ``uit`` are its directories, seen from the partner. ``grens_mb`` is how many
    megabytes, compressed, its channel takes; 0: as many as there are. ``wachttijd`` in seconds holds for every answer,
    ``snelheid_min`` in kB per second for files. ``wachtzin``: see :mod:`exchanges.core.transport.passphrase`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    soort: Literal["sftp", "map", "soap"]
    soap: SoapSettings | None = None
    host: str = ""
    poort: int = 22
    gebruiker: str = ""
    sleutel: Path = Path()
    wachtzin: Place = ""
    known_hosts: Path = Path()
    map: Path = Path()
    inkomend: str = Field("in", alias="in")
    uitgaand: str = Field("uit", alias="uit")
    wachttijd: float = 20.0
    snelheid_min: int = Field(16, ge=1)
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
    kanaal: dict[str, Literal["sftp", "map", "soap"]] = Field(default_factory=dict)
    soap: OwnSoapSettings | None = None
    dienst: dict[str, ServiceSettings] = Field(default_factory=dict)
    gegevens: dict[str, dict[str, str | int]] = Field(default_factory=dict)
    uitwisselingen: list[str] | None = None
    lijsten: ListSettings = Field(default_factory=ListSettings)
    akkoord: list[str] = Field(default_factory=list)
    afwijking: dict[str, Percent] = Field(default_factory=dict)


class AccessSettings(BaseModel):
    """Whose the rights are, and where the security plan is; both are in what is accounted for every year."""

    model_config = ConfigDict(extra="forbid")
    eigenaar: str = ""
    beveiligingsplan: str = ""


class Municipalities(BaseModel):
    model_config = ConfigDict(extra="forbid")
    akkoord: Approval | None = None
    afwijking: dict[str, Percent] = Field(default_factory=dict)
    namens: list[str] = Field(default_factory=list)
    rollen: dict[str, Role] = Field(default_factory=dict)
    airflow: dict[str, str] = Field(default_factory=dict)
    toegang: AccessSettings = AccessSettings()
    gemeente: dict[str, GemeenteSettings] = Field(default_factory=dict)
    partner: dict[str, PartnerSettings] = Field(default_factory=dict)


_WANTED = {"bool": "kies true of false", "int": "geef een geheel getal"}


def _ill_formed(error: ValidationError) -> str:
    """Which variables of the environment cannot be what they are; never what they are, which may be a key."""
    wrong = {str(one["loc"][0]).upper(): _WANTED.get(one["type"].partition("_")[0]) for one in error.errors()}
    told = ", ".join(f"KETENSLUIS_{name}" + (f" ({what})" if what else "") for name, what in sorted(wrong.items()))
    return f"Deze instellingen van de omgeving zijn niet te lezen: {told}."


class Settings(BaseSettings):
    """``home`` holds ledger, artefacts, reports and keys unless the others say otherwise. ``keys``: where the keys of
    municipalities are, see :func:`exchanges.core.store.opening.key_ring`. ``print_reports``: reports also as PDF and
    XLSX."""

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
    anchors: str = ""
    anchor_key: str = ""
    log: str = ""
    log_level: str = "info"
    keys: str = ""
    work_folder: str = ""
    approval: str = ""
    actors: str = ""
    print_reports: bool = True

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise UsageError(_ill_formed(error)) from None

    @property
    def root(self) -> Path:
        return self.home.expanduser().resolve()

    @property
    def ledger_url(self) -> str:
        return self.ledger or f"sqlite:///{self.root / 'ledger.sqlite'}"

    @property
    def anchor_folders(self) -> list[Path]:
        """Where anchors of the chain are put: ``<home>/ankers``, and the folder ``anchors`` that this program can add
        to and change nothing in (a write-once volume)."""
        return [self.root / "ankers", *([Path(self.anchors).expanduser()] if self.anchors else [])]

    @property
    def anchor_key_file(self) -> Path:
        """The key that signs anchors, made once; ``anchor_key`` puts it elsewhere."""
        return Path(self.anchor_key).expanduser() if self.anchor_key else self.root / "anker.sleutel"

    @property
    def store_url(self) -> str:
        return self.store or str(self.root / "artefacten")

    @property
    def approval_required(self) -> bool:
        """Whether a second person must agree before a delivery leaves, where there is cause: as the environment
        (``KETENSLUIS_APPROVAL``) says, else the file, else yes. Raises UsageError for another word, and where
        production does without."""
        chosen = self.approval or self.municipalities().akkoord or "vereist"
        if chosen not in get_args(Approval):
            raise UsageError(f"KETENSLUIS_APPROVAL is {chosen!r}; kies vereist of niet.")
        if chosen == "niet" and self.production:
            raise UsageError(
                "In productie kan akkoord niet uit: zet KETENSLUIS_APPROVAL of akkoord in de instellingen op vereist."
            )
        return chosen == "vereist"

    @property
    def anybody_may_be_anybody(self) -> bool:
        """Whether a name that is given is believed, so that one can play two people (``KETENSLUIS_ACTORS=vrij``).
        Raises UsageError for another word, and in production."""
        if self.actors not in ("", "vrij"):
            raise UsageError(f"KETENSLUIS_ACTORS is {self.actors!r}; kies vrij, of laat het weg.")
        if self.actors and self.production:
            raise UsageError("In productie is wie iets doet het account: laat KETENSLUIS_ACTORS weg.")
        return bool(self.actors)

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

    def pseudonymise_with(self, *, make: bool = True) -> bytes:
        """The key of the pseudonyms: from the environment, else a file made once, readable by the owner only; not made
        for who only looks, to whom nobody would be in the books under another key (``make``). Raises UsageError for
        one that is not there then, and one that is empty: who has a pseudonym then has the person."""
        if self.pseudonym_key:
            return self.pseudonym_key.encode()
        path = self.root / "pseudoniem.sleutel"
        if not path.exists():
            if not make:
                raise UsageError(f"De sleutel van de pseudoniemen is niet in {path}; zet haar uit een kopie terug.")
            make_home(self.root)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            with fresh.open("w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())  # or after a power cut the file is there, and nothing in it
            try:
                os.link(fresh, path)
            except FileExistsError:  # another process was first; its key counts
                pass
            finally:
                fresh.unlink()
        key = path.read_text(encoding="ascii").strip()
        if not key:
            raise UsageError(f"Bestand {path} is leeg; zet de sleutel van de pseudoniemen uit een kopie terug.")
        return key.encode()

    def work(self) -> Path:
        """The folder for what a step needs while it runs, in clear and for this user alone: ``work_folder``, which may
        be one in memory or on an encrypted disk, else ``<home>/werk``."""
        path = Path(self.work_folder).expanduser() if self.work_folder else self.root / "werk"
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


def settings(**changes: Any) -> Settings:
    return Settings(**changes)
