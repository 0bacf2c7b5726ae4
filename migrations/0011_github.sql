-- What a source repository tells by webhook: commits, reviews, checks.

-- One connection a service. Its secret signs every delivery; it is sealed, since it has to be readable again.
create table source_hook (
    id uuid primary key,
    service_id uuid not null unique references service on delete cascade,
    secret bytea not null,
    -- In whose name what it tells is done: who connected it. It ends with that person's account.
    connected_by uuid not null references person,
    connected_at timestamptz not null
);

-- Deliveries by the id that the source gives them: one that comes again does nothing. Kept for a month.
create table hook_delivery (
    hook_id uuid not null references source_hook on delete cascade,
    id text not null,
    event text not null,
    received_at timestamptz not null,
    -- What it brought, in a word: used, nothing, unreadable.
    outcome text not null check (outcome in ('used', 'nothing', 'unreadable')),
    told text not null default '',
    primary key (hook_id, id)
);
create index hook_delivery_newest on hook_delivery (hook_id, received_at desc);

-- Commits that were pushed, each once: when one came to version control is where its lead time begins.
create table pushed_commit (
    service_id uuid not null references service on delete cascade,
    commit_sha text not null,
    branch text not null,
    message text not null default '',
    author text not null default '',
    at timestamptz not null,
    pushed_at timestamptz not null,
    primary key (service_id, commit_sha)
);

-- The last word of each reviewer on a commit.
create table commit_review (
    service_id uuid not null references service on delete cascade,
    commit_sha text not null,
    reviewer text not null,
    verdict text not null check (verdict in ('approved', 'changes_requested', 'dismissed')),
    url text not null default '',
    at timestamptz not null,
    primary key (service_id, commit_sha, reviewer)
);
