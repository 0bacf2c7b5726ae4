-- Times in which environments may not, or may only, be deployed to.

create table time_rule (
    id uuid primary key,
    kind text not null check (kind in ('freeze', 'window')),
    name text not null,
    reason text not null,
    -- domain::freeze::Place.
    place jsonb not null,
    -- What the place names, so that a rule goes with it.
    service_id uuid references service on delete cascade,
    environment_id uuid references environment on delete cascade,
    -- domain::freeze::Schedule: by the clock on the wall of a zone.
    schedule jsonb not null,
    on_run text not null check (on_run in ('continue', 'hold', 'roll_back')),
    by_id uuid not null references person,
    at timestamptz not null,
    ended_at timestamptz,
    -- Its times are known up to here; the hourly sweep looks further.
    known_until timestamptz not null,
    row_version integer not null default 1
);
create index time_rule_in_force on time_rule (id) where ended_at is null;

-- The times of a rule as moments. Recurrences and zones are expanded when a rule is saved, since the rules know neither.
create table time_span (
    rule_id uuid not null references time_rule on delete cascade,
    from_at timestamptz not null,
    to_at timestamptz not null check (to_at > from_at),
    primary key (rule_id, from_at)
);
create index time_span_end on time_span (rule_id, to_at);

-- One release let into one environment against a rule, for a while.
create table time_override (
    id uuid primary key,
    rule_id uuid not null references time_rule on delete cascade,
    release_id uuid not null references release on delete cascade,
    environment_id uuid not null references environment on delete cascade,
    by_id uuid not null references person,
    reason text not null,
    at timestamptz not null,
    until timestamptz not null
);
create index time_override_of on time_override (release_id, environment_id);
