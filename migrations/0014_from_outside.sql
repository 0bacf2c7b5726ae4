-- What comes from outside: deployments that Slipway did not make, releases that a source repository published.

-- A deployment that something else made. It approves nothing; a success says what runs in its environment from then on.
create table outside_deployment (
    id uuid primary key,
    service_id uuid not null references service on delete cascade,
    environment_id uuid not null references environment on delete cascade,
    -- Who told: a program by the API, or the source repository by its webhook. Each counts its own ids.
    source text not null check (source in ('report', 'github')),
    -- As the source names it: the same again is the same deployment.
    external_id text not null,
    version text not null,
    commit_sha text not null default '',
    state text not null check (state in ('started', 'succeeded', 'failed')),
    -- What deployed, in its own words.
    tool text not null,
    url text not null default '',
    started_at timestamptz,
    finished_at timestamptz,
    -- When the state came to be, as the source tells it: an older report changes nothing.
    at timestamptz not null,
    -- A deployment of ours that it was a part of: then it went around nothing, and our own record says what runs.
    deployment_id uuid references deployment on delete set null,
    by jsonb not null,
    reported_at timestamptz not null,
    constraint outside_once unique (service_id, source, external_id)
);
create index outside_newest on outside_deployment (environment_id, at desc) where state = 'succeeded' and deployment_id is null;
create index outside_of_version on outside_deployment (service_id, version);
create index outside_listed on outside_deployment (at desc);

-- Releases that the source repository published, by tag.
create table source_release (
    service_id uuid not null references service on delete cascade,
    tag text not null,
    -- The tag without a "v" before its number: what the release of that version is found by.
    version text not null,
    name text not null default '',
    url text not null default '',
    prerelease boolean not null default false,
    published_at timestamptz not null,
    primary key (service_id, tag)
);
create index source_release_version on source_release (service_id, version);

-- How a source repository is asked for what its webhook missed: the source does not deliver again by itself.
create table source_asking (
    hook_id uuid primary key references source_hook on delete cascade,
    -- Name of the secret that holds the token; the newest version counts.
    secret text not null,
    api_url text not null,
    -- Everything up to here was asked to its end. Null: not yet.
    sure_at timestamptz,
    tried_at timestamptz,
    error text not null default '',
    -- The source's limit is reached until then.
    rests_until timestamptz
);

-- The tag of each answer, and what it led to: an unchanged one is not sent again.
create table source_answer (
    hook_id uuid not null references source_hook on delete cascade,
    address text not null,
    etag text not null,
    next text,
    asks jsonb not null,
    asked_at timestamptz not null,
    primary key (hook_id, address)
);

-- What had been missed and was found by asking.
create table source_filled (
    id bigint generated always as identity primary key,
    hook_id uuid not null references source_hook on delete cascade,
    at timestamptz not null,
    told text not null
);
create index source_filled_newest on source_filled (hook_id, id desc);

-- A team may own a service, beside people or instead of them: its members are its owners for as long as they are members.
alter table service add column owner_team uuid references team;
create index service_owner_team on service (owner_team) where owner_team is not null;
