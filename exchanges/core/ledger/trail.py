"""Events (append-only) and the partner's receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from exchanges.core.errors import BusinessError
from exchanges.core.ledger import booked, chain
from exchanges.core.ledger.artefacts import artefact_of, artefact_values
from exchanges.core.ledger.model import EventRow, ReceiptRow
from exchanges.core.ledger.tables import delivery, event, receipt
from exchanges.core.ledger.turn import take_turn
from exchanges.core.store.artefact import Artefact

RECEIVED = "verwerkingsverslag ontvangen"


def append(connection: sa.Connection, id: str | None, actor: str, action: str, object: str, result: str,
           details: Mapping[str, Any], booked: Mapping[str, Any] | None = None) -> None:
    """In the chain when the transaction ends. ``booked`` is what :mod:`exchanges.core.ledger.booked` gives."""
    chain.append(connection, delivery=id, actor=actor, action=action, object=object, result=result, details=details,
                 booked=booked)


def append_once(connection: sa.Connection, id: str | None, actor: str, action: str, object: str, result: str,
                details: Mapping[str, Any]) -> bool:
    """Whether it was appended: not when the same action on the same object of ``id`` is there already."""
    take_turn(connection, f"{id} {action} {object}")
    known = connection.execute(
        sa.select(event.c.place)
        .where(event.c.delivery == id, event.c.action == action, event.c.object == object).limit(1)
    ).first()
    if known is None:
        append(connection, id, actor, action, object, result, details)
    return known is None


def events(connection: sa.Connection, id: str | None) -> list[EventRow]:
    rows = connection.execute(sa.select(event).where(event.c.delivery == id).order_by(event.c.place)).mappings()
    return [EventRow(row["moment"], row["actor"], row["action"], row["object"], row["result"], row["details"],
                     row["origin"], row["place"], row["hash"])
            for row in rows]


def last_events(
    connection: sa.Connection, action: str, result: str, exchange: str, gemeente: str | None
) -> dict[str, datetime]:
    """When that was last done with that result, by delivery of the exchange."""
    query = (
        sa.select(event.c.delivery, sa.func.max(event.c.moment).label("moment"))
        .join(delivery, delivery.c.id == event.c.delivery)
        .where(delivery.c.exchange == exchange, event.c.action == action, event.c.result == result)
        .group_by(event.c.delivery)
    )
    if gemeente is not None:
        query = query.where(delivery.c.gemeente == gemeente)
    return {row["delivery"]: row["moment"] for row in connection.execute(query).mappings()}


def save_receipt(connection: sa.Connection, id: str, status: str, accepted: int, rejected: int, answer: Artefact,
                 details: Mapping[str, Any]) -> None:
    """The same report again changes nothing but its reading; another one is refused."""
    values = {"status": status, "accepted": accepted, "rejected": rejected, "details": dict(details),
              **artefact_values(answer)}
    known = connection.execute(
        sa.select(receipt).where(receipt.c.delivery == id).with_for_update()
    ).mappings().first()
    if known is None:
        values = {"delivery": id, "received": datetime.now(UTC), **values}
        connection.execute(sa.insert(receipt).values(**values))
        _answered(connection, values)
    elif known["sha256"] == answer.sha256:
        if any(known[name] != value for name, value in values.items()):
            connection.execute(sa.update(receipt).where(receipt.c.delivery == id).values(**values))
            _answered(connection, {**known, **values})
    else:
        raise BusinessError(
            f"Levering {id} heeft al een verwerkingsverslag met andere inhoud ({known['sha256'][:12]}…); het tweede is "
            "niet verwerkt. Vraag de partner welk verslag geldt."
        )


def _answered(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    counts = {name: values[name] for name in ("accepted", "rejected")}
    append(connection, values["delivery"], "ketensluis", RECEIVED, values["sha256"], values["status"], counts,
           booked.row("ontvangst", values))


def get_receipt(connection: sa.Connection, id: str) -> ReceiptRow | None:
    row = connection.execute(sa.select(receipt).where(receipt.c.delivery == id)).mappings().first()
    if row is None:
        return None
    return ReceiptRow(row["status"], row["accepted"], row["rejected"], artefact_of(row), row["details"],
                      row["received"])
