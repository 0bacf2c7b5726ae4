-- People, how they sign in, and the record of everything that happens.

-- One row: the instance itself. The set-up code is kept hashed, and gone once the first administrator exists.
create table instance (
    one boolean primary key default true check (one),
    name text not null default 'Slipway',
    setup_code_hash bytea,
    created_at timestamptz not null default now()
);
insert into instance default values;

-- The only place where a person's name and address are kept: erasing this row's words erases them everywhere.
create table person (
    id uuid primary key,
    email text not null,
    name text not null,
    role text not null check (role in ('viewer', 'support', 'engineer', 'approver', 'admin')),
    password_hash text,
    active boolean not null default true,
    time_zone text not null default 'UTC',
    theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
    -- Belongs to the sample workspace, and goes with it.
    sample boolean not null default false,
    created_at timestamptz not null default now(),
    row_version integer not null default 1
);
create unique index person_email on person (lower(email));

-- An invitation link. Only the hash of its token is kept.
create table invitation (
    id uuid primary key,
    email text not null,
    role text not null check (role in ('viewer', 'support', 'engineer', 'approver', 'admin')),
    token_hash bytea not null unique,
    invited_by uuid not null references person,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid references person,
    revoked_at timestamptz
);

-- Sessions of signed-in browsers. The id is kept hashed: a copy of this table signs nobody in.
create table session (
    id_hash bytea primary key,
    person_id uuid references person on delete cascade,
    data jsonb not null,
    expires_at timestamptz not null
);
create index session_expiry on session (expires_at);
create index session_person on session (person_id);

-- Failed sign-ins of the last while, by address and by network, for the rate limit. Keys are hashed.
create table sign_in_failure (
    id bigint generated always as identity primary key,
    key_hash bytea not null,
    at timestamptz not null default now()
);
create index sign_in_failure_key on sign_in_failure (key_hash, at);

-- One thing that happened to one aggregate. Append-only; each stream is a hash chain without a gap.
create table event (
    id bigint generated always as identity primary key,
    stream_kind text not null,
    stream_id uuid not null,
    seq bigint not null,
    at timestamptz not null,
    by jsonb not null,
    body jsonb not null,
    hash bytea not null,
    unique (stream_kind, stream_id, seq)
);
create index event_at on event (at);

create function event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'events are append-only';
end $$;
create trigger event_append_only before update or delete or truncate on event
    for each statement execute function event_is_append_only();
