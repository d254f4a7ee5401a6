"""The whole loop on the example: real files, real dbt, a real Prefect server, processes of their own."""

from pathlib import Path

from tests.place import Finished, Place


def test_the_summary_is_what_the_records_say(finished: Finished) -> None:
    place, printed = finished.place, finished.printed
    ((loaded, quarantined),) = place.ask(
        "select sum(loaded_records), sum(quarantined_records) from records.file_loads where action = 'loaded'"
    )
    assert f"{loaded:,} loaded, {quarantined:,} quarantined" in printed
    ((formatted,),) = place.ask("select sum(n_values) from records.formatting_changes")
    ((problems,),) = place.ask("select count(*) from records.rejected_rows where stage = 'clean'")
    assert f"{formatted:,} reformatted, {problems:,} problems (crm.accounts monthly_fee 30, " in printed
    ((kept, scored),) = place.ask(
        "select count(*), (select count(*) from marts.churn_predictions) from marts.customers"
    )
    assert kept == scored
    ((decision, reason),) = place.ask("select decision, reason from records.models")
    assert f"deploy: {decision} ({reason})" in printed
    assert f"{scored:,} rows scored by version 1" in printed


def test_every_flow_run_is_recorded_under_the_outermost(finished: Finished) -> None:
    place, printed = finished.place, finished.printed
    ((run_id,),) = place.ask("select run_id from records.runs where parent_run_id is null")
    assert str(run_id) in printed
    assert place.ask("select flow, status from records.runs where parent_run_id is not null order by started_at") == [
        (verb, "completed") for verb in ("ingest", "transform", "train", "deploy", "predict")
    ]
    for table in ("file_loads", "models", "deployments", "outputs", "formatting_changes", "comparisons"):
        assert place.ask(f"select distinct run_id from records.{table}") == [(run_id,)], table
    assert place.ask(f"select dbt_invocation_id is not null from records.runs where run_id = '{run_id}'") == [(True,)]


def test_every_record_of_every_file_is_accounted_for(finished: Finished) -> None:
    place = finished.place
    counted = "header_records + preamble_records + blank_records + comment_records + footer_records"
    assert place.ask(f"select count(*) from records.file_loads where records_read <> {counted} + loaded_records "
                     "+ quarantined_records") == [(0,)]  # fmt: skip
    assert place.ask("select count(*) > 9, sum(records_read) > 1000 from records.file_loads") == [(True, True)]
    ((loaded, fates),) = place.ask(
        "select (select sum(loaded_records) from records.file_loads), (select count(*) from records.row_ledger)"
    )
    assert loaded == fates


def test_the_records_count_what_was_injected(finished: Finished) -> None:
    place, faults = finished.place, finished.faults
    fates = dict(place.ask("select fate, count(*) from records.row_ledger group by fate"))
    assert fates["duplicate"] == faults["duplicate_inside"] + faults["duplicate_across"]
    assert fates["superseded"] == faults["newer_version"]
    rejected = {
        (code, column): count
        for code, column, count in place.ask(
            "select error_code, column_name, count(*) from records.rejected_rows group by all"
        )
    }
    assert rejected == {
        ("missing-cell", None): faults["too_few_fields"],
        ("extra-cell", None): faults["too_many_fields"],
        ("encoding-error", None): faults["undecodable"],
        ("row-error", None): faults["broken_json"],
        ("type-error", "opened_on"): faults["impossible_date"],
        ("type-error", "monthly_fee"): faults["impossible_number"],
    }
    changes = {
        (column, rule): count
        for column, rule, count in place.ask(
            "select column_name, rule, sum(n_values) from records.formatting_changes "
            "where model = 'stg_crm__accounts' group by all"
        )
    }
    assert changes["plan", "null_token"] == faults["not_available"]
    assert changes["country", "trim"] == faults["blank"]
    assert changes["name", "trim"] == faults["stray_spaces"]
    assert changes["email", "case"] == faults["mixed_case"]
    ((without_activity, without_billing),) = place.ask(
        "select count(*) filter (not is_in_activity and is_in_crm), count(*) filter (not is_in_billing and is_in_crm) "
        "from marts.account_coverage"
    )
    assert without_activity == faults["missing_in_activity"] + faults["broken_json"]
    assert without_billing == faults["missing_in_billing"]
    # A plan that is not available in one place is unknown there, and so differs too.
    assert place.ask("select changed, left_duplicate_keys, right_duplicate_keys from records.comparisons") == [
        (faults["plan_mismatch"] + faults["not_available"], 0, 0)
    ]


def test_running_again_finds_nothing_new_and_changes_no_byte(finished: Finished) -> None:
    place = finished.place
    before = place.published_file.read_bytes()
    assert "nothing is new" in place.tidemill("run")
    assert place.published_file.read_bytes() == before
    assert "nothing_new" in place.tidemill("status")


def test_a_run_with_nothing_new_loads_no_heavy_package(finished: Finished) -> None:
    heavy = ("prefect", "dbt", "sklearn", "pandas", "clevercsv", "pyarrow")
    asked = f"print('loaded', [name for name in {heavy} if name in sys.modules])"
    printed = finished.place.run("-c", f"import sys; from flows import console; console.run_flow('run'); {asked}")
    assert "nothing is new" in printed
    assert "loaded []" in printed


def test_a_failing_data_test_keeps_the_published_file_byte_for_byte(continued: Place) -> None:
    place = continued
    before = place.published_file.read_bytes()
    project = place.own_project()
    yaml = project / "models" / "marts" / "_marts__models.yml"
    yaml.write_text(yaml.read_text().replace("values: [GB, DE]", "values: [FR]"))
    printed = place.tidemill("--project", str(project), "run", expect=1)
    assert "accepted_values_customers_country__FR" in printed
    assert "the published data stays as it was" in printed
    assert place.published_file.read_bytes() == before
    assert "failed" in place.tidemill("status")


def test_a_refused_file_fails_the_run_although_the_rest_is_done(continued: Place) -> None:
    place = continued
    (place.landing / "crm" / "accounts" / "broken.csv").write_bytes(b"")
    printed = place.tidemill("run", expect=1)
    assert "broken.csv: it is empty" in printed
    assert "rows scored" in printed
    assert "nothing is new" in place.tidemill("run")


def test_without_any_file_the_loop_says_what_is_missing(emptied: Place) -> None:
    place = emptied
    place.landing.mkdir(parents=True)
    printed = place.tidemill("run", expect=1)
    assert "0 rows with a known target, too few to train on" in printed


def test_a_wrong_declaration_ends_with_status_2_and_names_the_file(continued: Place) -> None:
    place, project = continued, continued.own_project()
    yaml = project / "models" / "marts" / "_marts__models.yml"
    yaml.write_text(yaml.read_text().replace("target: has_exited", "target: has_exitd"))
    printed = place.tidemill("--project", str(project), "run", expect=2)
    assert "_marts__models.yml: exposure churn: target 'has_exitd'" in printed
    assert "'has_exited'" in printed


def test_dbt_tells_how_fresh_every_source_is(continued: Place) -> None:
    place, project = continued, str(Path("dbt_project").resolve())
    own = ("--target-path", str(place.folder / "warehouse" / "target"), "--log-path", str(place.folder / "logs"))
    printed = place.run(
        "-m", "dbt.cli.main", "source", "freshness", "--project-dir", project, "--profiles-dir", project, *own
    )
    assert printed.count("PASS freshness of") == 4
