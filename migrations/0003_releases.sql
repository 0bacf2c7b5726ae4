-- Plans, checklists, approvals.

create table release (
    id uuid primary key,
    service_id uuid not null references service on delete cascade,
    -- Also in the form; here for the constraint and for search.
    version text not null,
    title text not null,
    -- domain::release::ReleaseForm without its row version.
    form jsonb not null,
    template_id uuid not null references template,
    created_by uuid not null references person,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    row_version integer not null default 1,
    constraint release_version unique (service_id, version)
);
create index release_created on release (created_at desc);

-- Everybody who changed something that the plan digest covers: their approval does not count.
create table release_editor (
    release_id uuid not null references release on delete cascade,
    person_id uuid not null references person,
    at timestamptz not null,
    primary key (release_id, person_id)
);

create table checklist_item (
    id uuid primary key,
    release_id uuid not null references release on delete cascade,
    section text not null,
    position integer not null,
    text text not null,
    condition text not null default '',
    state text not null default 'open' check (state in ('open', 'done', 'not_applicable')),
    evidence text not null default '',
    by_id uuid references person,
    at timestamptz,
    row_version integer not null default 1,
    unique (release_id, position)
);

-- Frozen plans under their digest: what was approved and what runs.
create table plan (
    digest bytea primary key,
    scheme integer not null,
    body jsonb not null,
    created_at timestamptz not null default now()
);

-- A request for approval of one plan digest.
create table approval_request (
    id uuid primary key,
    release_id uuid not null references release on delete cascade,
    environment_id uuid not null references environment on delete cascade,
    digest bytea not null references plan,
    requested_by uuid not null references person,
    requested_at timestamptz not null
);
create index approval_request_newest on approval_request (release_id, environment_id, requested_at desc);

-- One person's decision. The role is the one held when deciding: membership counts then.
create table approval (
    id uuid primary key,
    request_id uuid not null references approval_request on delete cascade,
    person_id uuid not null references person,
    role text not null,
    decision text not null check (decision in ('approve', 'reject')),
    comment text not null default '',
    digest bytea not null references plan,
    at timestamptz not null,
    constraint approval_once unique (request_id, person_id)
);
