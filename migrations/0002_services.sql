-- What is deployed, and where.

create table service (
    id uuid primary key,
    name text not null unique,
    repository text not null default '',
    description text not null default '',
    customer_facing boolean not null default false,
    sample boolean not null default false,
    created_at timestamptz not null default now(),
    row_version integer not null default 1
);

create table service_person (
    service_id uuid not null references service on delete cascade,
    person_id uuid not null references person on delete cascade,
    part text not null check (part in ('owner', 'stakeholder')),
    primary key (service_id, person_id, part)
);
create index service_person_person on service_person (person_id);

-- An environment of a service; `position` is the promotion order. `settings` is domain::service::Settings.
create table environment (
    id uuid primary key,
    service_id uuid not null references service on delete cascade,
    name text not null,
    position integer not null,
    tier text not null check (tier in ('development', 'staging', 'production')),
    settings jsonb not null,
    row_version integer not null default 1,
    constraint environment_name unique (service_id, name),
    constraint environment_position unique (service_id, position) deferrable initially deferred
);

-- Versions of an environment's policy (domain::service::Policy). The newest counts; none is ever changed.
create table policy (
    environment_id uuid not null references environment on delete cascade,
    version integer not null,
    body jsonb not null,
    saved_by uuid references person on delete set null,
    saved_at timestamptz not null default now(),
    primary key (environment_id, version)
);

-- Holds on an environment. At most one is not lifted.
create table environment_lock (
    id uuid primary key,
    environment_id uuid not null references environment on delete cascade,
    by jsonb not null,
    reason jsonb not null,
    since timestamptz not null,
    until timestamptz,
    lifted_at timestamptz,
    lifted_by uuid references person on delete set null
);
create unique index environment_lock_one on environment_lock (environment_id) where lifted_at is null;

-- Versioned forms. A release keeps the version that it was made from.
create table template (
    id uuid primary key,
    kind text not null check (kind in ('checklist', 'incident_report')),
    name text not null,
    version integer not null,
    markdown text not null,
    created_at timestamptz not null default now(),
    unique (kind, name, version)
);
