"""Databases filled from Parquet, as a supplier's database would hold the same facts; shared with the system tests."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from exchanges.administration.model import TABLES

_TYPES = {
    pa.string(): sa.Text, pa.int32(): sa.Integer, pa.int64(): sa.BigInteger, pa.date32(): sa.Date,
    pa.bool_(): sa.Boolean,
}


def fill(engine: sa.Engine, folder: Path, names: list[str]) -> None:
    """A table ``klant_<name>`` per table of the model, with the rows of its Parquet file."""
    metadata = sa.MetaData()
    for name in names:
        columns = [sa.Column(f.name, _TYPES.get(f.type, sa.DateTime(timezone=True)), nullable=f.nullable)
                   for f in TABLES[name].schema]
        made = sa.Table(f"klant_{name}", metadata, *columns)
        made.create(engine)
        rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
        if rows:
            with engine.begin() as connection:
                connection.execute(made.insert(), rows)


def mapping(path: Path, names: list[str], **queries: str) -> Path:
    """A mapping file with a query per table, in the order of the key; ``queries`` replace or add."""
    lines = ["[query]"]
    for name in names:
        table = TABLES[name]
        own = f"SELECT {', '.join(table.schema.names)} FROM klant_{name} ORDER BY {', '.join(table.key)}"
        queries.setdefault(name, own)
    lines += [f'{name} = """{query}"""' for name, query in queries.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
