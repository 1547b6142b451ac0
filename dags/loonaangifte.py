"""Loonaangifte: de maandelijkse aangifte loonheffingen over uitkeringen aan de Belastingdienst."""

# airflow dag   <- stays: Airflow skips, in silence, a file without both words
from exchanges.core.dag_factory import make_dag
from exchanges.loonaangifte.exchange import EXCHANGE

dag = make_dag(EXCHANGE)
