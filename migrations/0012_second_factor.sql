-- A second factor beside the password: codes by time, and recovery codes for when the authenticator is lost.

-- The key that an authenticator shares with this instance, sealed under a key that is not in the database. It counts once a first code has
-- shown that the authenticator has it.
create table second_factor (
    person_id uuid primary key references person on delete cascade,
    secret_sealed bytea not null,
    begun_at timestamptz not null,
    confirmed_at timestamptz,
    -- The step of time of the code that was accepted last: none of it or of an earlier one is accepted again.
    last_step bigint not null default 0,
    used_at timestamptz
);

-- Each works once, and only its hash is kept.
create table recovery_code (
    person_id uuid not null references second_factor on delete cascade,
    code_hash bytea not null,
    used_at timestamptz,
    primary key (person_id, code_hash)
);
