"""A toy exchange for the DAG tests: short waits, no content (the chain itself is faked by the tests)."""

# airflow dag
from datetime import timedelta

from exchanges.core.dag_factory import make_dag
from exchanges.core.declare import Calendar, Exchange, Flow, Message, Purpose, Receipt, Selection

PROEF = Flow(Message("Proef", "proef"), Selection((), "proef", (), (), ()), (), ())

EXCHANGE = Exchange(
    id="proef_levering",
    title="Proeflevering",
    partner="proefpartner",
    direction="out",
    calendar=Calendar(cron="0 6 5 * *"),
    purpose=Purpose(legal_basis="geen", goal="De keten beproeven", retention="geen"),
    flows={"proef": PROEF, "bijzonder": PROEF},
    method="proef",
    receipt=Receipt(message="Proefverslag", answer_within_seconds=3),
)

dag = make_dag(EXCHANGE, retry_delay=timedelta(seconds=0.2), first_poke=timedelta(seconds=0.2))
