"""The chambers: plain functions on a :class:`Context`, each giving a :class:`Result`.

The same functions run from Airflow and from the command line; :mod:`exchanges.core.run` keeps the books.
"""
