"""The correction of the demo: wage values that were not filled in are, and the last month is delivered again.

As ``sluis correct replace`` does it: a delivery of its own, with the next number, that somebody else agrees to.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from exchanges.core.settings import Settings
from exchanges.demo_agreed import REASON, WHO

ACTOR = "a.jansen"
WHY = "Demo: ontbrekende loonwaarden zijn ingevuld."
_WAGE_VALUE = 4_500  # 45,00%
_PATIENCE = 30.0  # seconds for the answer of a partner that answers at once


def mend(subsidies: Path) -> None:
    """Give every wage-cost subsidy without a wage value, or with none, one; in the Parquet file itself."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(subsidies)
    at = table.schema.get_field_index("loonwaarde_perc")
    known = pc.greater(pc.fill_null(table.column(at), 0), 0)
    given = pc.if_else(known, table.column(at), pa.scalar(_WAGE_VALUE, table.field(at).type))
    pq.write_table(table.set_column(at, table.field(at), given), subsidies)


def replaced(id: str) -> str:
    """Deliver the period of ``id`` again from the administration as it is now; gives the id of the replacement. What
    stops a delivery passes through."""
    from exchanges.core import correct, run
    from exchanges.core.approve import desk
    from exchanges.core.errors import AwaitingApproval

    settings = Settings()
    opened: list[correct.Opened] = []
    with suppress(AwaitingApproval):  # it always does: a correction is agreed to by somebody else
        correct.replace(id, actor=ACTOR, reason=WHY, settings=settings, on_open=opened.append)
    new = opened[0].delivery
    desk.give(new, actor=WHO, reason=REASON, settings=settings, **desk.look(new, settings).shown.as_dict())
    run.run_delivery(new, settings, wait=_PATIENCE)
    return new
