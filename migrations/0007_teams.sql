-- Teams and the roles that they give; service accounts. New tables, and columns with defaults: safe while an older version runs.

create table team (
    id uuid primary key,
    name text not null,
    description text not null default '',
    created_at timestamptz not null,
    row_version integer not null default 1
);
create unique index team_name on team (lower(name));

create table team_member (
    team_id uuid not null references team on delete cascade,
    person_id uuid not null references person on delete cascade,
    since timestamptz not null,
    primary key (team_id, person_id)
);
create index team_member_person on team_member (person_id);

-- A role that a team gives its members, and where: on the instance (both null), on a service, or on one of its environments.
create table team_role (
    id uuid primary key,
    team_id uuid not null references team on delete cascade,
    role text not null check (role in ('viewer', 'support', 'engineer', 'approver', 'admin')),
    service_id uuid references service on delete cascade,
    environment_id uuid references environment on delete cascade,
    since timestamptz not null,
    constraint team_role_place check (environment_id is null or service_id is not null)
);
-- Each role once a place. Nulls would differ from each other.
create unique index team_role_once on team_role (
    team_id, role,
    coalesce(service_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(environment_id, '00000000-0000-0000-0000-000000000000')
);
create index team_role_service on team_role (service_id);
create index team_role_environment on team_role (environment_id);

-- A service account is a program with a role: a row like a person's, so that whatever it does has somebody who did it.
alter table person
    add column kind text not null default 'person' check (kind in ('person', 'service')),
    -- Of a service account: what it is for.
    add column description text not null default '',
    add constraint person_service_has_no_password check (kind = 'person' or password_hash is null);
-- Names of people may repeat, those of service accounts may not.
create unique index person_service_name on person (lower(name)) where kind = 'service' and active;
