"""The command: look-ups load neither Prefect nor dbt, every help says what the README says, errors are one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import publish, records, warehouse
from flows.settings import Settings

HEAVY = ("prefect", "dbt", "sklearn", "pandas", "splink")
LOADED = "import sys; from flows import cli; sys.argv[0] = 'tidemill'\ntry: cli.main()\nfinally: print(sorted({}))"
VERBS = ("run", "ingest", "transform", "train", "deploy", "predict")
COMMANDS = (
    *VERBS,
    "read",
    "replay",
    "trace",
    "example",
    "status",
    "sql",
    "models",
    "rollback",
    "rebuild",
    "prune",
    "serve",
    "endpoint",
)
LOOKUPS = (
    ("--help",),
    ("status",),
    ("models",),
    ("sql", "select 1"),
    ("run", "--help"),
    ("replay", "--help"),
    ("read", "CHANGELOG.md", "--json"),
    ("compare", "marts.numbers", "marts.numbers"),
)


def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "TIDEMILL_WAREHOUSE": str(settings.warehouse),
        "TIDEMILL_LANDING": str(settings.landing),
        "TIDEMILL_MODELS_STORE": str(settings.models_store),
    }


def tidemill(
    settings: Settings, *arguments: str, expect: int = 0, **variables: str
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "flows", *arguments],
        env=environment(settings) | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def publish_numbers(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute("create table marts.numbers as select 1 as number, 'a,b' as text")
    publish.publish(settings, "run-1", ["marts.numbers"])


def test_sql_prints_table_csv_and_json(settings: Settings) -> None:
    publish_numbers(settings)
    query = "select number, text from marts.numbers"
    assert "a,b" in tidemill(settings, "sql", query).stdout
    assert tidemill(settings, "sql", query, "--format", "csv").stdout == 'number,text\n1,"a,b"\n'
    assert json.loads(tidemill(settings, "sql", query, "--format", "json").stdout) == [{"number": 1, "text": "a,b"}]


def test_sql_prints_what_csv_and_json_can_hold(settings: Settings) -> None:
    publish_numbers(settings)
    query = "select 1 as a, 2 as a, 'nan'::double as n, blob '\\x41\\xE4' as b, ['inf'::double] as l, true as t"
    (row,) = json.loads(
        tidemill(settings, "sql", query, "--format", "json").stdout, parse_constant=lambda word: f"no JSON: {word}"
    )
    assert row == {"a": 1, "a_1": 2, "n": None, "b": "A\\xe4", "l": [None], "t": True}
    assert tidemill(settings, "sql", query, "--format", "csv").stdout == "a,a_1,n,b,l,t\n1,2,nan,A\\xE4,[inf],true\n"


def test_a_table_in_a_pipe_shows_every_row(settings: Settings) -> None:
    publish_numbers(settings)
    printed = tidemill(settings, "sql", "select range + 10000 as number from range(300)").stdout
    assert [number for number in range(10000, 10300) if str(number) not in printed] == []


def test_a_classifier_that_was_never_trained_is_named_with_those_that_were(settings: Settings) -> None:
    publish_numbers(settings)
    assert "no classifier 'chrun' was ever trained" in tidemill(settings, "models", "chrun", expect=2).stderr


def test_wrong_calls_end_with_status_2_and_one_message(settings: Settings) -> None:
    publish_numbers(settings)
    for arguments in (
        ("sql", "selec 1"),
        ("sql", "select * from nowhere"),
        ("no-such-verb",),
        ("run", "--nothing"),
        ("serve", "--port", "99999"),
    ):
        assert "Traceback" not in tidemill(settings, *arguments, expect=2).stderr
    assert "read-only" in tidemill(settings, "sql", "delete from marts.numbers", expect=2).stderr


def test_before_the_first_run_the_lookups_say_what_to_do(settings: Settings) -> None:
    for arguments in (("sql", "select 1"), ("status",), ("models",)):
        assert "run `tidemill run` first" in tidemill(settings, *arguments, expect=1).stderr


@pytest.mark.parametrize("arguments", LOOKUPS)
def test_lookups_load_neither_prefect_nor_dbt(settings: Settings, arguments: tuple[str, ...]) -> None:
    publish_numbers(settings)
    # What tells how a text is written is loaded where there is a text.
    heavy = HEAVY if arguments[0] == "read" else (*HEAVY, "clevercsv")
    loaded = f"[name for name in {heavy!r} if name in sys.modules]"
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(loaded), *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_every_command_has_a_help_and_every_setting_an_option(settings: Settings) -> None:
    assert all(command in tidemill(settings, "--help").stdout for command in COMMANDS)
    options = tidemill(settings, "--help").stdout
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in options
    for command in COMMANDS:
        assert len(tidemill(settings, command, "--help").stdout) > 100


def test_a_folder_that_cannot_be_written_is_one_line_that_names_it(settings: Settings) -> None:
    for command, variable in (("run", "WAREHOUSE"), ("replay", "WAREHOUSE"), ("example", "LANDING")):
        wrong = tidemill(settings, command, expect=1, **{f"TIDEMILL_{variable}": "/sys/tidemill"}).stderr
        assert wrong.startswith("tidemill: /sys/tidemill") and wrong.count("\n") == 1


def test_the_lookups_need_no_right_to_write(settings: Settings) -> None:
    publish_numbers(settings)
    settings.lock_file.unlink(missing_ok=True)
    settings.lock_file.symlink_to("/sys/tidemill.lock")  # a lock that cannot be made, also by root
    assert "marts.numbers" in tidemill(settings, "status").stdout


def test_a_wrong_memory_limit_names_the_setting(settings: Settings) -> None:
    publish_numbers(settings)
    wrong = tidemill(settings, "--memory-limit", "much", "sql", "select 1", expect=2)
    assert "TIDEMILL_MEMORY_LIMIT=much" in wrong.stderr


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TIDEMILL_THREADS", "abc", "TIDEMILL_THREADS=abc: Input should be a valid integer"),
        ("TIDEMILL_THREADS", "0", "TIDEMILL_THREADS=0: Input should be greater than or equal to 1"),
        ("TIDEMILL_WAREHOUSE", "pyproject.toml", "pyproject.toml is a file; a folder belongs here"),
        ("TIDEMILL_MODELS_STORE", "pyproject.toml/store", "pyproject.toml is a file; a folder belongs here"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(settings: Settings, variable: str, value: str, message: str) -> None:
    for command in ("run", "status"):
        wrong = tidemill(settings, command, expect=2, **{variable: value}).stderr
        assert wrong.count("\n") == 1
        assert variable in wrong and message in wrong


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api", "127.0.0.1:9"])
def test_a_prefect_server_that_does_not_answer_is_named(settings: Settings, url: str) -> None:
    dead = tidemill(settings, "ingest", expect=1, PREFECT_API_URL=url).stderr
    assert f"PREFECT_API_URL={url}: no Prefect server answers there" in dead
    assert "unset PREFECT_API_URL" in dead
    assert "Traceback" not in dead


def test_a_wrong_schedule_to_serve_on_is_named_before_anything_starts(settings: Settings) -> None:
    wrong = tidemill(settings, "serve", "--cron", "nightly", expect=2).stderr
    assert wrong.startswith("tidemill: --cron: 'nightly' is not a cron schedule such as '0 2 * * *'")


def test_a_folder_without_dbt_project_is_named(settings: Settings, tmp_path: Path) -> None:
    assert f"{tmp_path}: no dbt_project.yml" in tidemill(settings, "--project", str(tmp_path), "run", expect=2).stderr


def test_the_example_fills_only_an_empty_landing_folder_when_asked_so(settings: Settings) -> None:
    tidemill(settings, "example", "--customers", "50")
    files = sorted(settings.landing.glob("**/*.*"))
    assert {path.suffix for path in files} == {".csv", ".gz", ".xlsx", ".parquet"}
    before = {path: path.stat().st_mtime_ns for path in files}
    tidemill(settings, "example", "--if-empty")
    assert {path: path.stat().st_mtime_ns for path in settings.landing.glob("**/*.*")} == before


def test_status_shows_a_failed_run_that_could_not_be_published(settings: Settings) -> None:
    publish_numbers(settings)
    with warehouse.write(settings) as connection:
        records.add(connection, records.Run("r", "run", "test", records.now(), status="failed", error="it broke"))
    assert " run: it broke\n" in tidemill(settings, "status").stdout
