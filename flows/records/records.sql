-- The records that Python writes; the others are dbt models in dbt_project/models/records/. Times are UTC.
create schema if not exists raw;
create schema if not exists marts;
create schema if not exists records;
create schema if not exists batches;

-- Which rows of a table its batches have replaced since it was published, all of a file where row_number is null: the
-- publication takes over these, and so do tables that follow row by row. Its comment says which published file that is
-- counted from, and up to which load they are forgotten.
create table if not exists batches.changed_rows (
    relation varchar not null,
    load_id bigint not null,
    file_id bigint not null,
    row_number bigint
);

-- One row per flow run; the other tables carry the run_id of the outermost flow (parent_run_id is null).
create table if not exists records.runs (
    run_id varchar not null,
    parent_run_id varchar,
    flow varchar not null,
    trigger varchar not null,
    nominal_at timestamp,
    started_at timestamp not null,
    ended_at timestamp,
    status varchar not null check (status in ('running', 'completed', 'nothing_new', 'failed', 'interrupted')),
    fingerprint varchar,
    last_load_id bigint,
    dbt_invocation_id varchar,
    code_version varchar,
    package_versions json,
    parameters json,
    error varchar
);

-- One row per file content; an archive member or a sheet is a file of its own.
create table if not exists records.files (
    file_id bigint not null,
    source varchar not null,
    uri varchar not null,
    name varchar not null,
    location varchar not null,
    member varchar,
    sheet varchar,
    content_sha256 varchar not null,
    container_sha256 varchar not null,
    size_bytes bigint not null,
    modified_at timestamp,
    first_seen_at timestamp not null,
    supersedes_file_id bigint
);

-- One row per attempt at a file, also at one that could not be opened (file_id is null then).
create table if not exists records.file_loads (
    load_id bigint not null,
    run_id varchar not null,
    file_id bigint,
    source varchar not null,
    uri varchar not null,
    size_bytes bigint,
    modified_at timestamp,
    version varchar,
    container_sha256 varchar,
    action varchar not null check (
        action in (
            'loaded', 'skipped_same_content', 'superseded', 'quarantined', 'failed', 'replayed', 'waiting', 'vanished'
        )
    ),
    format varchar,
    format_detected_by varchar,
    compression varchar,
    encoding varchar,
    encoding_confidence double,
    dialect json,
    columns json,
    detected_by varchar,
    records_read bigint not null default 0,
    header_records bigint not null default 0,
    preamble_records bigint not null default 0,
    blank_records bigint not null default 0,
    comment_records bigint not null default 0,
    footer_records bigint not null default 0,
    loaded_records bigint not null default 0,
    quarantined_records bigint not null default 0,
    started_at timestamp not null,
    ended_at timestamp not null,
    -- Of the source as it was declared then, and of the code that read it.
    declaration_sha256 varchar,
    error varchar,
    constraint every_record_is_accounted_for check (
        records_read = header_records + preamble_records + blank_records + comment_records + footer_records
        + loaded_records + quarantined_records
    )
);

-- One row per record that ingest could not take; the dbt model records.rejected_rows adds the bad values of cleaning.
create table if not exists records.rejected_records (
    run_id varchar not null,
    file_id bigint not null,
    source varchar not null,
    row_number bigint,
    line bigint,
    byte_offset bigint,
    raw_text varchar,
    raw_bytes blob,
    stage varchar not null,
    error_code varchar not null,
    column_name varchar,
    bad_value varchar,
    expected varchar,
    message varchar not null,
    replay_status varchar check (replay_status in ('replayed', 'file_replayed', 'rejected_again')),
    replay_run_id varchar,
    replay_load_id bigint
);

create table if not exists records.schema_changes (
    run_id varchar not null,
    source varchar not null,
    file_id bigint not null,
    column_name varchar not null,
    change varchar not null check (change in ('added', 'missing', 'renamed', 'reordered', 'type_conflict')),
    file_column_name varchar,
    decision varchar not null
);

-- One row per run and source with declared freshness; last_loaded_at is null before the first file.
create table if not exists records.freshness (
    run_id varchar not null,
    source varchar not null,
    last_loaded_at timestamp,
    checked_at timestamp not null,
    status varchar not null check (status in ('ok', 'warn', 'error'))
);

create table if not exists records.outputs (
    run_id varchar not null,
    name varchar not null,
    location varchar not null,
    row_count bigint not null,
    content_hash varchar not null,
    published_at timestamp not null
);

-- One row per decision on a trained version and one per training that was refused (version is null then). A version may
-- be decided on again, under another gate; `found` is one that was deployed although no record knew it.
-- training_rows_sha256 is that of the rows as JSON texts, training_file_sha256 that of the file at training_rows_location.
create table if not exists records.models (
    run_id varchar not null,
    classifier varchar not null,
    version bigint,
    trained_at timestamp not null,
    trigger varchar not null,
    training_relation varchar not null,
    training_rows bigint,
    training_rows_sha256 varchar,
    training_rows_location varchar,
    training_file_sha256 varchar,
    model_sha256 varchar,
    held_out_rows bigint,
    features json,
    estimator varchar not null,
    params json,
    metrics json,
    package_versions json,
    seed bigint,
    gate json,
    code_version varchar,
    champion_version bigint,
    -- 'promote' was written before promotions were told apart.
    decision varchar not null check (
        decision in ('superior', 'refresh', 'promote', 'found', 'keep', 'insufficient_evidence', 'refused')
    ),
    rule varchar,
    reason varchar not null,
    evidence json,
    gate_sha256 varchar
);

-- One row per run and classifier that came to be trained or not: the trigger that fired (null where none did) with the
-- numbers of all that were asked. `cuts` are the split's times (docs/decisions/0007); training_rows may be a sample of
-- known_rows, the rows with a known target. `model_version` is the version there is afterwards.
create table if not exists records.trainings (
    run_id varchar not null,
    classifier varchar not null,
    decided_at timestamp not null,
    fired varchar,
    triggers json not null,
    decision varchar not null check (decision in ('trained', 'not_due', 'same_rows', 'refused')),
    reason varchar not null,
    model_version bigint,
    known_rows bigint,
    training_rows bigint,
    fitted_on varchar,
    cuts json,
    search json,
    warnings json
);

create table if not exists records.deployments (
    run_id varchar not null,
    classifier varchar not null,
    version bigint not null,
    previous_version bigint,
    deployed_at timestamp not null,
    kind varchar not null check (kind in ('promote', 'found', 'rollback')),
    reason varchar,
    signature varchar,
    model_sha256 varchar
);

-- One row per run, classifier and measure (docs/drift.md): how far the rows a version scores now are from those it was
-- trained on. `size` is the population stability index (feature, score), the difference of shares (missing, label_rate)
-- or the rise in nats (loss). Counts are entities where one is declared. `bins` has the bins' names and counts.
create table if not exists records.drift (
    run_id varchar not null,
    classifier varchar not null,
    version bigint not null,
    kind varchar not null check (kind in ('feature', 'missing', 'label_rate', 'score', 'loss')),
    column_name varchar,
    value_then double,
    value_now double,
    size double not null,
    size_limit double not null,
    statistic double,
    p_value double not null,
    p_value_adjusted double not null,
    p_value_limit double not null,
    is_alarm boolean not null,
    rows_then bigint not null,
    rows_now bigint not null,
    bins json,
    measured_at timestamp not null,
    constraint an_alarm_has_a_size_and_a_test check (
        is_alarm = (size >= size_limit and p_value_adjusted < p_value_limit)
    )
);

-- One row per run and classifier that had a deployed version. `way` (null where refused): the version's `sql` in one
-- statement, or its `pickle` in batches, with the reason why not by SQL. `shadow_version` is the challenger that scored
-- the rows beside it; `shadow_reason` says why none did where shadow columns are declared.
create table if not exists records.predictions (
    run_id varchar not null,
    classifier varchar not null,
    version bigint not null,
    decision varchar not null check (decision in ('scored', 'refused')),
    way varchar check (way in ('sql', 'pickle')),
    reason varchar,
    rows bigint not null,
    shadow_version bigint,
    shadow_reason varchar,
    scored_at timestamp not null,
    constraint what_is_scored_is_scored_some_way check ((decision = 'scored') = (way is not null))
);
