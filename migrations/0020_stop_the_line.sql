-- A hold on everything: while one stands, nothing is deployed in any environment. It has no end of its own.

create table line_stop (
    id uuid primary key,
    -- domain::access::By.
    by jsonb not null,
    reason text not null,
    since timestamptz not null,
    lifted_at timestamptz,
    lifted_by uuid references person on delete set null
);
-- One at a time.
create unique index line_stop_one on line_stop ((true)) where lifted_at is null;
