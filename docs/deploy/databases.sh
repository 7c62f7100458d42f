#!/bin/sh
# Run once by the PostgreSQL image, when its volume is new: two databases, each with its own user.
set -eu
psql --username postgres --set=ON_ERROR_STOP=1 \
     --set=csi="$CSI_DB_PASSWORD" --set=prefect="$PREFECT_DB_PASSWORD" <<'SQL'
CREATE USER csi PASSWORD :'csi';
CREATE DATABASE csi OWNER csi;
CREATE USER prefect PASSWORD :'prefect';
CREATE DATABASE prefect OWNER prefect;
SQL
