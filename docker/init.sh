#!/bin/sh
# Once per start: the databases at the version of the code, and the first administrator. Safe to repeat.
set -eu
airflow db migrate
airflow fab-db migrate
if ! airflow users list --output plain 2>/dev/null | grep -qw "$KETENSLUIS_ADMIN"; then
    airflow users create --role Admin --username "$KETENSLUIS_ADMIN" --password "$KETENSLUIS_ADMIN_PASSWORD" \
        --firstname Beheer --lastname Ketensluis --email "$KETENSLUIS_ADMIN@localhost"
fi
