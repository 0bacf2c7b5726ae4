-- A person's own address of the calendar, for programs that read iCalendar. Whoever has the address reads: it is kept as a hash only.

create table calendar_feed (
    person_id uuid primary key references person on delete cascade,
    key_hash bytea not null unique,
    made_at timestamptz not null
);
