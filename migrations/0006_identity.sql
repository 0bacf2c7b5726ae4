-- Company sign-in: providers, what they know people as, and what is shown of a session.

-- A provider by which people sign in. Its client secret is sealed under a key that is not in the database.
create table sign_in_provider (
    id uuid primary key,
    -- Its name in addresses; the provider knows the address to come back to, so it never changes.
    slug text not null unique,
    kind text not null check (kind in ('oidc', 'github', 'gitlab', 'google', 'microsoft')),
    name text not null,
    issuer text not null,
    client_id text not null,
    client_secret_sealed bytea,
    enabled boolean not null default true,
    -- Whether strangers with a proven address join, and with which role.
    joins boolean not null default false,
    join_role text not null default 'viewer' check (join_role in ('viewer', 'support', 'engineer', 'approver', 'admin')),
    -- Domains of addresses that may join; empty: all.
    domains text[] not null default '{}',
    -- [{"group": "platform", "role": "engineer"}, …]
    groups jsonb not null default '[]',
    groups_claim text not null default 'groups',
    created_at timestamptz not null,
    row_version integer not null default 1
);

-- What a provider knows somebody as: issuer and subject, never the address, which may change hands.
create table identity (
    id uuid primary key,
    person_id uuid not null references person on delete cascade,
    provider_id uuid not null references sign_in_provider on delete cascade,
    issuer text not null,
    subject text not null,
    -- As the provider said at the last sign-in; shown to the person and used for nothing.
    email text,
    linked_at timestamptz not null,
    used_at timestamptz,
    constraint identity_subject unique (issuer, subject),
    constraint identity_one unique (person_id, provider_id)
);

-- Whether the role was given by a group of a provider: then it goes when the membership does.
alter table person add column role_by_group boolean not null default false;

-- What is shown of a session to whom it belongs. The number names it, and opens nothing.
alter table session add column number bigint generated always as identity;
alter table session add column since timestamptz not null default now();
alter table session add column seen_at timestamptz not null default now();
alter table session add column network text not null default '';
alter table session add column agent text not null default '';
create unique index session_number on session (number);
