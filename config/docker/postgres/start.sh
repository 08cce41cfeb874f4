#!/bin/bash
# Makes the cluster on the first start, then runs PostgreSQL in the foreground.
set -euo pipefail
bin=$(echo /usr/lib/postgresql/*/bin)
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  # Logging in is by password from everywhere, also from inside the container.
  "$bin/initdb" --pgdata="$data" --username=bridge --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
    --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
  # Not over TCP: nobody can see the database before it is complete.
  PGPASSWORD=$POSTGRES_PASSWORD "$bin/pg_ctl" --pgdata="$data" --options="-c listen_addresses=''" --wait start
  PGPASSWORD=$POSTGRES_PASSWORD psql --username=bridge --dbname=postgres --command="CREATE DATABASE bridge"
  "$bin/pg_ctl" --pgdata="$data" --mode=fast --wait stop
fi
unset POSTGRES_PASSWORD
exec "$bin/postgres" -D "$data" -c listen_addresses='*'
