#!/bin/sh
# Run by the postgres image when its data folder is empty: the ledger has a database and a role of its own.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$LEDGER_DB_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE ketensluis LOGIN PASSWORD :'password';
CREATE DATABASE ketensluis OWNER ketensluis;
REVOKE ALL ON DATABASE ketensluis FROM PUBLIC;
SQL
