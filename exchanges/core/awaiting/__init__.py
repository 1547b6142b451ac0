"""Waiting, in Airflow, for a file that a partner puts ready: a task and what the triggerer runs for it."""
