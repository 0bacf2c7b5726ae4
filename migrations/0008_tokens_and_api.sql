-- Access tokens, answers kept for repeated requests, and what programs report of commits.

-- A program's way in, in the name of a person. The token itself is shown once; only its hash is kept.
create table access_token (
    id uuid primary key,
    person_id uuid not null references person on delete cascade,
    name text not null,
    -- Words of domain::access::TokenScope.
    scopes text[] not null,
    -- Its first characters, by which one that leaked is recognised.
    beginning text not null,
    hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- Written at most once a minute.
    last_used_at timestamptz,
    last_network text,
    revoked_at timestamptz,
    revoked_by uuid references person on delete set null,
    constraint access_token_hash unique (hash)
);
create index access_token_person on access_token (person_id, created_at desc);

-- The answer to a write that named an Idempotency-Key, for a day: the same request again gets it and does nothing.
create table api_answer (
    token_id uuid not null references access_token on delete cascade,
    key text not null,
    -- SHA-256 over method, address and body.
    request bytea not null,
    begun_at timestamptz not null,
    -- Null while the first request is being answered.
    status integer,
    headers jsonb,
    body bytea,
    primary key (token_id, key)
);
create index api_answer_age on api_answer (begun_at);

-- The last report of a named check for a commit.
create table commit_check (
    service_id uuid not null references service on delete cascade,
    commit_sha text not null,
    name text not null,
    state text not null check (state in ('running', 'passed', 'failed')),
    url text not null default '',
    figure double precision,
    most double precision,
    by jsonb not null,
    reported_at timestamptz not null,
    primary key (service_id, commit_sha, name)
);

-- The commits that a release brings, as the program that registered it told, the oldest first.
create table release_commit (
    release_id uuid not null references release on delete cascade,
    position integer not null,
    commit_sha text not null,
    message text not null default '',
    author text not null default '',
    at timestamptz not null,
    primary key (release_id, position)
);
create index release_commit_sha on release_commit (commit_sha);

-- Whether checks ticked the item: then a later failure opens it again. What a person ticked stays.
alter table checklist_item add column by_check boolean not null default false;
