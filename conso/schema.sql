-- What conso itself writes: the run journal (ops) and the forecasts, which come back in through raw like any
-- publisher. Idempotent: run at every start. The publishers' raw tables are made by ingest, from their contracts.

create schema if not exists ops;
create schema if not exists raw;

create table if not exists ops.warehouse (
  singleton     boolean primary key default true check (singleton),
  world         text not null check (world in ('demo', 'real')),
  source        text not null,
  clock_utc     timestamptz,  -- null: the system clock runs
  clock_basis   text not null check (clock_basis in ('system', 'frozen', 'data')),
  updated_at_utc timestamptz not null default now()
);
comment on table ops.warehouse is 'One row: whether this warehouse is synthetic, where its data came from, what time it is in it';

create table if not exists ops.run (
  run_id          text primary key,
  command         text not null,
  source          text,
  started_at_utc  timestamptz not null default now(),
  finished_at_utc timestamptz,
  status          text not null default 'running' check (status in ('running', 'succeeded', 'failed', 'interrupted')),
  pid             integer not null
);

create table if not exists ops.step (
  run_id          text not null references ops.run on delete cascade,
  step            text not null,
  started_at_utc  timestamptz not null default now(),
  finished_at_utc timestamptz,
  status          text not null default 'running' check (status in ('running', 'succeeded', 'failed', 'interrupted')),
  changed         boolean,
  summary         text,
  figures         jsonb not null default '{}',
  error           text,
  primary key (run_id, step)
);

create table if not exists ops.transform_seen (
  table_name text primary key,
  row_count  bigint not null,
  xid_sum    numeric not null,  -- of the transactions (xmin) that wrote the rows: a row that went, or came late, shows
  xid_max    bigint not null
);
comment on table ops.transform_seen is 'What each raw table held when the last whole build of the marts began';

create table if not exists ops.check_result (
  run_id         text not null,
  checked_at_utc timestamptz not null default now(),
  table_name     text not null,
  expectation    text not null,
  severity       text not null check (severity in ('critical', 'warning')),
  success        boolean not null,
  observed       jsonb not null default '{}',
  primary key (run_id, table_name, expectation)
);

create table if not exists raw.forecast (
  target_start_utc timestamptz not null,
  issued_at_utc    timestamptz not null,
  model_name       text not null,
  model_version    text not null,
  p10_mw           double precision not null,
  p50_mw           double precision not null,
  p90_mw           double precision not null,
  degraded         text,  -- null: every input was there; else what was missing
  is_synthetic     boolean not null,
  known_at_utc     timestamptz not null,
  primary key (target_start_utc, issued_at_utc, model_name),
  check (p10_mw <= p50_mw and p50_mw <= p90_mw),
  check (p50_mw between 20000 and 120000)
);
comment on table raw.forecast is 'Day-ahead forecasts of the real-time load, hourly, each frozen once issued';

create or replace function raw.refuse_change_of_frozen_forecast() returns trigger language plpgsql as $$
begin
  raise exception 'forecasts are frozen once issued: % on raw.forecast refused', tg_op
    using hint = 'Issue a new forecast instead; old ones are evidence.';
end $$;
create or replace trigger forecast_is_frozen before update or delete on raw.forecast
  for each row execute function raw.refuse_change_of_frozen_forecast();

create table if not exists raw.backtest_run (
  backtest_id      text primary key,  -- checksum of data, features and parameters: the same backtest has the same id
  model_name       text not null,
  model_version    text,
  first_target_utc timestamptz not null,
  last_target_utc  timestamptz not null,
  is_synthetic     boolean not null,
  scores           jsonb not null,
  is_current       boolean not null default true
);
create table if not exists raw.backtest_forecast (
  backtest_id      text not null references raw.backtest_run on delete cascade,
  model_name       text not null,  -- ours, rte_d1, naive_d7 and whatever else is compared
  target_start_utc timestamptz not null,
  issued_at_utc    timestamptz not null,
  p10_mw           double precision,
  p50_mw           double precision not null,
  p90_mw           double precision,
  observed_mw      double precision,
  primary key (backtest_id, model_name, target_start_utc)
);
comment on table raw.backtest_forecast is 'What each model would have forecast, trained only on what was known before';
