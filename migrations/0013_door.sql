-- The door's switches.

-- Whether people may sign in by a password. Off, they come in by providers alone; `slipway admin reset --allow-passwords` switches it on again.
alter table instance add column passwords boolean not null default true;
