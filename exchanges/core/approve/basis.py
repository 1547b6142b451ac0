"""What a delivery rests on besides the administration: selection, parameters, schema and mapping, as digests.

Kept with the step ``select`` of every delivery, so that the next one can tell what has changed since.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

from exchanges.core.steps.context import Context


@dataclass(frozen=True)
class Basis:
    """Digests are sha256 in hex. ``parameters`` are the published values by name, ``local`` is over what the
    municipality says of itself (its values may name somebody)."""

    selection: str
    parameters: dict[str, str]
    local: str
    schema: str
    schema_version: str
    mapping: str
    mapping_version: str

    @classmethod
    def of(cls, context: Context) -> Basis:
        """Of this delivery, as declared and set today."""
        flow, entry, mapping = context.declared, context.entry, context.mapping
        schema = hashlib.sha256(b"".join(entry.xsds[root].read_bytes() for root in sorted(entry.xsds)))
        return cls(
            selection=digest_of([_plain(flow.selection), _plain(flow.rules), flow.whole, flow.may_be_empty]),
            parameters={name: str(row.value) for name, row in sorted(context.parameter_rows.items())},
            local=digest_of(context.gemeente.gegevens.get(context.exchange.id, {})),
            schema=schema.hexdigest(),
            schema_version=f"{entry.message} {entry.version}",
            mapping=mapping.sha256,
            mapping_version=f"{mapping.message} {mapping.version}",
        )

    @classmethod
    def kept(cls, found: Any) -> Basis | None:
        """As a former delivery left it in the ledger; None when it left none, or one of another form."""
        names = {field.name for field in fields(cls)}
        return cls(**found) if isinstance(found, dict) and found.keys() == names else None


def digest_of(value: object) -> str:
    """Sha256 (hex) over plain values as canonical JSON: sorted names, no blanks."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> Any:
    """A declaration as plain values, without what is at its default: a field that a later version of the program adds
    changes nothing."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    own = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return {name: _plain(held) for name, held, default in own if default is MISSING or held != default}
