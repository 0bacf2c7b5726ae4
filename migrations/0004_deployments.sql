-- Runs, their commands, their logs, their samples.

create table deployment (
    id uuid primary key,
    number bigint generated always as identity unique,
    kind text not null check (kind in ('planned', 'hotfix', 'rollback', 'redeploy')),
    service_id uuid not null references service on delete cascade,
    release_id uuid not null references release on delete cascade,
    environment_id uuid not null references environment on delete cascade,
    parent_id uuid references deployment on delete cascade,
    digest bytea not null references plan,
    -- Mirrors run.state, for indexes.
    state text not null,
    -- domain::deployment::Run: written by the engine alone once the deployment is claimed.
    run jsonb not null,
    previous_version text,
    -- The release that ran before: what the way back restores.
    previous_release_id uuid references release on delete set null,
    by jsonb not null,
    requested_at timestamptz not null,
    started_at timestamptz,
    in_production_at timestamptz,
    ended_at timestamptz,
    -- When an engine should look again. Null: never.
    wake_at timestamptz,
    -- Which engine holds it, until when; `attempt` is the fence: it grows with each claim.
    lease_owner text,
    lease_until timestamptz,
    attempt bigint not null default 0
);
create index deployment_due on deployment (wake_at) where wake_at is not null;
create index deployment_environment on deployment (environment_id, number desc);
create index deployment_release on deployment (release_id, number desc);

-- One rollback a parent: a second decision to take it back finds the first one's child.
create unique index deployment_one_rollback on deployment (parent_id) where kind = 'rollback';

-- Who held which deployment, from when to when, by Postgres's clock. Shows that two engines never hold one together.
create table lease_history (
    deployment_id uuid not null references deployment on delete cascade,
    attempt bigint not null,
    owner text not null,
    claimed_at timestamptz not null,
    lease_until timestamptz not null,
    released_at timestamptz,
    primary key (deployment_id, attempt)
);

-- People's commands to a run. The engine carries them out: one writer a run.
create table intent (
    id uuid primary key,
    deployment_id uuid not null references deployment on delete cascade,
    by_id uuid not null references person,
    at timestamptz not null,
    act jsonb not null,
    consumed_at timestamptz
);
create index intent_open on intent (deployment_id, at) where consumed_at is null;

-- One attempt to perform a command: its own lease and heartbeat.
create table execution (
    id uuid primary key,
    deployment_id uuid not null references deployment on delete cascade,
    step integer not null,
    command text not null,
    attempt integer not null,
    key text not null unique,
    state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'retry', 'cancelled', 'unknown')),
    exit_code integer,
    last_line text not null default '',
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    cancel_requested_at timestamptz,
    lease_owner text,
    lease_until timestamptz,
    -- The process group, to be ended when its supervisor died; meaningful on `lease_host` alone.
    pid integer,
    lease_host text,
    -- Bytes of output that were cut.
    cut_bytes bigint not null default 0
);
create index execution_step on execution (deployment_id, step, attempt desc);
create index execution_open on execution (lease_until) where state in ('queued', 'running');

-- Lines of all executions of a deployment, and the machine's own remarks (execution_id null).
create table log_line (
    id bigint generated always as identity primary key,
    deployment_id uuid not null references deployment on delete cascade,
    execution_id uuid references execution on delete cascade,
    at timestamptz not null,
    stream text not null,
    text text not null
);
create index log_line_cursor on log_line (deployment_id, id);

-- What was measured: domain::analysis::SampleBody of one variant over one interval.
create table sample (
    id bigint generated always as identity primary key,
    deployment_id uuid not null references deployment on delete cascade,
    variant text not null check (variant in ('stable', 'canary')),
    metric text not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    body jsonb not null,
    constraint sample_once unique (deployment_id, variant, metric, to_at)
);
create index sample_cursor on sample (deployment_id, id);

-- The share of traffic over time, as the target showed it.
create table weight_point (
    id bigint generated always as identity primary key,
    deployment_id uuid not null references deployment on delete cascade,
    at timestamptz not null,
    percent integer not null
);
create index weight_point_cursor on weight_point (deployment_id, id);

-- Judgements that changed something, each whole: domain::analysis::Judgement.
create table judgement (
    id bigint generated always as identity primary key,
    deployment_id uuid not null references deployment on delete cascade,
    at timestamptz not null,
    step integer not null,
    body jsonb not null
);
create index judgement_newest on judgement (deployment_id, id desc);

-- State of the scraping between two ticks: domain::analysis::Collector. Rebuilt from nothing when lost.
create table collector (
    deployment_id uuid primary key references deployment on delete cascade,
    body jsonb not null,
    observed_at timestamptz not null
);

-- What runs in an environment, by our record.
create table running (
    environment_id uuid primary key references environment on delete cascade,
    release_id uuid not null references release on delete cascade,
    deployment_id uuid not null references deployment on delete cascade,
    version text not null,
    since timestamptz not null
);
