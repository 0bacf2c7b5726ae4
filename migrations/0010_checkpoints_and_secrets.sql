-- Signed checkpoints of the record.

-- One row: the key that signs. Its private half is sealed by the instance's own key, which is not in the database.
create table audit_key (
    one boolean primary key default true check (one),
    public_key bytea not null,
    sealed bytea not null,
    created_at timestamptz not null default now()
);

-- Signed statements of where the streams of events stood, each with the hash of the one before.
create table checkpoint (
    number bigint primary key check (number > 0),
    at timestamptz not null,
    previous bytea not null,
    key bytea not null,
    hash bytea not null,
    signature bytea not null
);

-- The heads that moved since the checkpoint before. A head is signed once.
create table checkpoint_head (
    checkpoint bigint not null references checkpoint,
    stream_kind text not null,
    stream_id uuid not null,
    seq bigint not null,
    hash bytea not null,
    primary key (stream_kind, stream_id, seq)
);
create index checkpoint_head_checkpoint on checkpoint_head (checkpoint);

create function checkpoint_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'checkpoints are append-only';
end $$;
create trigger checkpoint_append_only before update or delete or truncate on checkpoint
    for each statement execute function checkpoint_is_append_only();
create trigger checkpoint_head_append_only before update or delete or truncate on checkpoint_head
    for each statement execute function checkpoint_is_append_only();

-- Named values that commands are given. One without a service is for every service.
create table secret (
    id uuid primary key,
    service_id uuid references service on delete cascade,
    name text not null,
    created_at timestamptz not null,
    -- When a command was last given it.
    used_at timestamptz
);
create unique index secret_name on secret (coalesce(service_id, '00000000-0000-0000-0000-000000000000'), name);

-- Each value that it had, sealed by the instance's own key, which is not in the database. A plan names the version that it needs.
create table secret_version (
    secret_id uuid not null references secret on delete cascade,
    version integer not null check (version > 0),
    sealed bytea not null,
    set_by uuid not null references person,
    set_at timestamptz not null,
    primary key (secret_id, version)
);

-- Signs of life of engines: each has a row while it works, and a while after it fell silent.
create table engine_alive (
    owner text primary key,
    version text not null,
    since timestamptz not null default now(),
    at timestamptz not null default now()
);
