"""LKS-signalen van het Inlichtingenbureau, zodra het bestand er is."""

# airflow dag   <- stays: Airflow skips, in silence, a file without both words
from exchanges.core.dag_factory import make_dag
from exchanges.ib_lks.exchange import EXCHANGE

dag = make_dag(EXCHANGE)
