"""Bewaartermijnen: elke maand vernietigen wat lang genoeg is bewaard."""

# airflow dag   <- stays: Airflow skips, in silence, a file without both words
from exchanges.core.dag_house import make_retention_dag

dag = make_retention_dag()
