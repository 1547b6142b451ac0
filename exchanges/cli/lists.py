"""``sluis unseal``: open a sealed list, as the municipality does."""

from __future__ import annotations

from pathlib import Path

import typer

from exchanges.cli.show import JSON, emit


def unseal(
    bestand: Path = typer.Argument(help="Verzegeld bestand (.zip.age)."),
    sleutel: Path = typer.Option(..., help="Bestand met de geheime sleutel (AGE-SECRET-KEY-1…)."),
    naar: Path = typer.Option(..., help="Map waar de lijsten komen te staan."),
    as_json: bool = JSON,
) -> None:
    """The key comes from a file, never from the arguments. Files that are there are not written over."""
    import tempfile
    import zipfile

    from exchanges.core.access.look import look_in_list
    from exchanges.core.errors import BusinessError, UsageError
    from exchanges.core.lists.seal import unseal as open_sealed

    for path in (bestand, sleutel):
        if not path.is_file():
            raise UsageError(f"Bestand {path} bestaat niet; controleer het pad.")
    # What is no text is no key either, and that is said of it.
    lines = [line.strip() for line in sleutel.read_text(encoding="utf-8", errors="replace").splitlines()]
    secret = next((line for line in lines if line and not line.startswith("#")), "")
    try:
        naar.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (FileExistsError, NotADirectoryError, PermissionError):
        raise UsageError(f"{naar} is geen map waar geschreven kan worden; kies een andere.") from None
    with tempfile.TemporaryDirectory(dir=naar, prefix=".open-") as folder:
        opened = Path(folder) / "lijsten.zip"
        open_sealed(bestand, secret, opened)
        # Whoever has the public key can seal something: it need not be a list.
        strange = f"{bestand} bevat geen lijsten; vraag het bestand opnieuw op."
        if not zipfile.is_zipfile(opened):
            raise BusinessError(strange)
        with zipfile.ZipFile(opened) as files:
            names = files.namelist()
            if len(set(names)) < len(names) or any(Path(name).name != name for name in names):
                raise BusinessError(strange)
            there = [name for name in names if (naar / name).exists()]
            if there:
                raise UsageError(f"In {naar} staat {there[0]} al; kies een andere map.")
            look_in_list(bestand)
            for name in names:
                made = Path(files.extract(name, Path(folder) / "uit"))
                made.chmod(0o600)
                made.replace(naar / name)
    if as_json:
        emit({"folder": str(naar), "files": names})
    else:
        typer.echo("\n".join(str(naar / name) for name in names))
