-- Who there is, and how they sign in.

create table organisations (
    org_code     text primary key,
    display_name text not null
);
comment on table  organisations              is '单位, from the county pack.';
comment on column organisations.org_code     is '12-digit division code, for a department followed by - and its short code.';
comment on column organisations.display_name is 'Name.';

create table persons (
    person_id    text primary key,
    display_name text not null,
    account      text not null unique
);
comment on table  persons              is '人员, from the county pack.';
comment on column persons.person_id    is 'Unified id: separation of duties is tested on it.';
comment on column persons.display_name is 'Name.';
comment on column persons.account      is 'Name to sign in with.';

create table posts (
    person_id text not null references persons on delete cascade,
    post      text not null,
    primary key (person_id, post)
);
comment on table  posts           is '岗位: who holds which role in which organisation.';
comment on column posts.person_id is 'Who holds it.';
comment on column posts.post      is 'role@organisation.';

create table credentials (
    person_id    text        primary key references persons on delete cascade,
    password_phc text        not null,
    failures     integer     not null default 0 check (failures >= 0),
    failed_at    timestamptz
);
comment on table  credentials              is 'Passwords, as argon2id hashes only.';
comment on column credentials.person_id    is 'Whose.';
comment on column credentials.password_phc is 'Hash with its parameters and salt (PHC string).';
comment on column credentials.failures     is 'Failed sign-ins in a row.';
comment on column credentials.failed_at    is 'When the last one failed.';

create table signing_keys (
    kid        text        primary key,
    pkcs8      bytea       not null,
    created_at timestamptz not null default now()
);
comment on table  signing_keys            is 'Ed25519 keys that sign tokens; the newest signs, all of them verify.';
comment on column signing_keys.kid        is 'Key id, as in the token''s header.';
comment on column signing_keys.pkcs8      is 'Private key, PKCS#8 DER. Readable by this room only.';
comment on column signing_keys.created_at is 'When it was made.';
