"""Rechtmatigheidscontrole: uitkeringsdossiers van gemeenten naar het Inlichtingenbureau."""

# airflow dag   <- stays: Airflow skips, in silence, a file without both words
from exchanges.core.dag_factory import make_dag
from exchanges.ib_rechtmatigheid.exchange import EXCHANGE

dag = make_dag(EXCHANGE)
