-- Interruptions, and what the public is told.

create table incident (
    id uuid primary key,
    number bigint generated always as identity unique,
    service_id uuid not null references service on delete cascade,
    deployment_id uuid references deployment on delete set null,
    state text not null check (state in ('investigating', 'identified', 'monitoring', 'resolved')),
    severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
    -- domain::incident::IncidentForm without its row version.
    form jsonb not null,
    opened_by jsonb not null,
    opened_at timestamptz not null,
    started_at timestamptz not null,
    detected_at timestamptz,
    resolved_at timestamptz,
    row_version integer not null default 1
);
create index incident_open on incident (service_id) where resolved_at is null;
create unique index incident_of_deployment on incident (deployment_id) where deployment_id is not null;

create table incident_update (
    id uuid primary key,
    incident_id uuid not null references incident on delete cascade,
    state text not null,
    body text not null,
    at timestamptz not null,
    by jsonb not null
);
create index incident_update_newest on incident_update (incident_id, at desc);

create table action_item (
    id uuid primary key,
    incident_id uuid not null references incident on delete cascade,
    position integer not null,
    text text not null,
    ticket text not null default '',
    done boolean not null default false
);

-- A line of the public status page.
create table component (
    id uuid primary key,
    service_id uuid not null unique references service on delete cascade,
    name text not null,
    description text not null default '',
    position integer not null default 0,
    state text not null,
    since timestamptz not null
);

-- Each change of a component's state: what the last 90 days are drawn from.
create table component_change (
    id bigint generated always as identity primary key,
    component_id uuid not null references component on delete cascade,
    at timestamptz not null,
    state text not null
);
create index component_change_time on component_change (component_id, at);
