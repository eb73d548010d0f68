#!/bin/sh
# Runs once, as the superuser, in an empty database cluster: the role that owns Garner's tables and its database.
# The owner is no superuser, so that row-level security binds it; it makes the app's role itself.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/owner_password)" --username postgres <<'SQL'
CREATE ROLE garner_owner LOGIN NOSUPERUSER NOCREATEDB CREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE garner OWNER garner_owner;
\connect garner
CREATE EXTENSION vector;
SQL
