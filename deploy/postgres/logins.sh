#!/usr/bin/env bash
# A login and a schema for each room, with the password that stands in its secret. Runs before every start: what is there
# already stays, and a changed secret becomes the password.
set -euo pipefail

PGPASSWORD=$(< /run/secrets/postgres_admin)
export PGPASSWORD PGOPTIONS=--client-min-messages=warning
for secret in /run/secrets/database_*; do
    room=${secret##*/database_}
    # Passwords go in on standard input: the arguments of a process can be read by others.
    {
        printf '\\set room %s\n' "$room"
        printf '\\set password `cat %s`\n' "$secret"
        cat <<'SQL'
select format('create role %I login', :'room')
 where not exists (select from pg_roles where rolname = :'room') \gexec
alter role :"room" with login nosuperuser nocreatedb nocreaterole password :'password';
create schema if not exists :"room" authorization :"room";
revoke all on schema :"room" from public;
select format('grant connect, temporary on database %I to %I', current_database(), :'room') \gexec
SQL
    } | psql --no-psqlrc --quiet --tuples-only --set ON_ERROR_STOP=1
    printf '%s: login and schema are there\n' "$room"
done
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
select format('revoke all on database %I from public', current_database()) \gexec
SQL
