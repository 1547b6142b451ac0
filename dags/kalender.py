"""De kalender over alle uitwisselingen: wat nadert, wat te laat is en van wie geen antwoord komt."""

# airflow dag   <- stays: Airflow skips, in silence, a file without both words
from exchanges.core.dag_house import make_calendar_dag

dag = make_calendar_dag()
