"""An artefact as columns: ``name`` in the ledger is its role (``bericht``), ``file_name`` the name it is shown with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from exchanges.core.ledger.tables import artefact
from exchanges.core.store.artefact import Artefact


def artefact_values(item: Artefact) -> dict[str, Any]:
    return {"file_name": item.name, "sha256": item.sha256, "size": item.size, "media_type": item.media_type,
            "rows": item.rows}


def artefact_of(row: Any) -> Artefact:
    return Artefact(row["sha256"], row["size"], row["media_type"], row["rows"], row["file_name"])


def newest(connection: sa.Connection, id: str, name: str) -> Artefact | None:
    row = connection.execute(
        sa.select(artefact).where(artefact.c.delivery == id, artefact.c.name == name)
        .order_by(artefact.c.id.desc()).limit(1)
    ).mappings().first()
    return artefact_of(row) if row else None
