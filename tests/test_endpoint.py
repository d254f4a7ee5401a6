"""The endpoint answers as the warehouse would, and says of each row what is unlike training, or what is wrong."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from flows import predict as predicting
from flows import publish, store, train, warehouse
from flows.declaration import Classifier
from flows.declaration.declared import Feature
from flows.endpoint import linear
from flows.endpoint.limits import Limits
from flows.endpoint.schema import schema
from flows.errors import TidemillError
from flows.settings import Settings
from tests.asking import ask, opened, predict, send
from tests.people import LEAVING, RUN, publish_people

PARTS = ("year", "quarter", "month", "week", "day", "weekday", "hour")
DATED: Classifier = replace(
    LEAVING,
    features=(
        *LEAVING.features,
        Feature("is_new", "boolean", "boolean"),
        Feature("visits", "bigint", "numeric"),
        *(Feature(f"joined_at_{part}", "bigint", "numeric", "joined_at", part) for part in PARTS),
    ),
)
ROW = {"age": 30.5, "city": "Ulm"}


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store whose deployed version learned from every kind of column; the tests only read it."""
    folder = tmp_path_factory.mktemp("dated")
    settings = Settings(warehouse=folder / "warehouse", models_store=folder / "models_store", threads=2)
    publish_dated_people(settings)
    deployed(settings, DATED)
    return settings


def deployed(settings: Settings, classifier: Classifier) -> None:
    """Deploy the only version, whatever the gate would say of it."""
    train.train(settings, classifier, RUN)
    store.deploy(settings, classifier.name, 1)


def publish_dated_people(settings: Settings) -> None:
    with warehouse.write(settings) as connection:
        connection.execute(
            "create or replace table marts.people as select 'P' || number as person_id, "
            "if(number % 10 = 0, null, (hash(number) % 80 + 10)::double) as age, "
            "['Ulm', 'Bonn', null][number % 3 + 1] as city, [true, false, null][number % 7 % 3 + 1] as is_new, "
            "if(number % 11 = 0, null, number % 13) as visits, "
            "if(number % 50 = 0, null, timestamp '2019-12-28 00:30:00' + to_hours(number * 7)) as joined_at, "
            "hash(number * 7) % 100 < coalesce(hash(number) % 80 + 10, 40) as has_left from range(2000) as n(number)"
        )
    publish.publish(settings, "run-1", ["marts.people"])


def rows_as_sent(settings: Settings) -> tuple[list[dict[str, Any]], dict[str, tuple[float, bool]]]:
    """Every row of the mart as a client would send it, and what the warehouse predicts for it."""
    with warehouse.write(settings) as connection:
        texts = connection.execute(
            "select to_json(each)::varchar from (select * replace (strftime(joined_at, '%Y-%m-%dT%H:%M:%S') as "
            "joined_at) from marts.people) as each"
        ).fetchall()
        scored = connection.execute("select person_id, probability, decision from marts.leaving_predictions").fetchall()
    return [json.loads(text) for (text,) in texts], {key: (probability, said) for key, probability, said in scored}


def test_the_same_rows_get_the_predictions_of_the_warehouse(dated: Settings) -> None:
    expect_the_warehouses_predictions(dated, DATED)


def test_an_estimator_without_coefficients_answers_through_its_pickle(settings: Settings) -> None:
    publish_dated_people(settings)
    classifier = replace(DATED, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 4})
    deployed(settings, classifier)
    expect_the_warehouses_predictions(settings, classifier)


def expect_the_warehouses_predictions(settings: Settings, classifier: Classifier) -> None:
    predicting.predict(settings, classifier, RUN)
    rows, expected = rows_as_sent(settings)
    answer = predict(opened(settings, limits=Limits(rows=2000, body_bytes=2**21)), *rows)
    assert (answer["classifier"], answer["version"]) == ("leaving", 1)
    given = {each["key"]: (each["probability"], each["decision"]) for each in answer["predictions"]}
    assert given.keys() == expected.keys() and len(given) == 2000
    assert max(abs(given[key][0] - expected[key][0]) for key in given) < 1e-12
    assert all(given[key][1] == expected[key][1] for key in given)


def test_a_moment_with_a_zone_is_read_in_utc_as_the_warehouse_does(dated: Settings) -> None:
    moments = ["2019-12-31T23:30:00Z", "2020-01-01T01:30:00+02:00", "2019-12-31 23:30:00", "2019-12-31t23:30:00.000z"]
    rows = [ROW | {"is_new": None, "visits": None, "joined_at": each} for each in moments]
    served = opened(dated).serving.board.served()["leaving"]
    read = [served.schema.features(each) for each in served.schema.batch.model_validate({"rows": rows}).rows]  # type: ignore[attr-defined]
    assert all(each == read[0] for each in read)
    assert [read[0][f"joined_at_{part}"] for part in PARTS] == [2019, 4, 12, 1, 31, 2, 23]


def test_a_version_that_does_not_say_which_dates_it_learned_from_takes_the_parts_themselves(dated: Settings) -> None:
    made = schema(replace(store.read_manifest(dated, "leaving", 1), date_parts={}), max_rows=1)
    assert [each.name for each in made.inputs[4:]] == [f"joined_at_{part}" for part in PARTS]
    row = {each.name: 3 if each.name.startswith("joined_at") else None for each in made.inputs}
    (read,) = made.batch.model_validate({"rows": [row]}).rows  # type: ignore[attr-defined]
    assert made.features(read)["joined_at_hour"] == 3.0


def test_what_training_did_not_see_is_answered_with_warnings(leaving: Settings) -> None:
    of = opened(leaving)
    usual, strange = predict(of, ROW, {"age": 900, "city": "Rome"})["predictions"]
    assert usual["warnings"] == []
    assert [(each["field"], each["kind"]) for each in strange["warnings"]] == [
        ("age", "out_of_range"),
        ("city", "unseen_category"),
    ]
    assert "900 is outside the range of training (10 to 89)" in strange["warnings"][0]["message"]
    assert "'Rome' is not among the categories of training (2)" in strange["warnings"][1]["message"]


def test_null_is_imputed_and_warned_of_only_where_training_saw_none(settings: Settings) -> None:
    publish_people(settings)
    with warehouse.write(settings) as connection:
        connection.execute("update marts.people set age = 40 where age is null")
    publish.publish(settings, "run-1", ["marts.people"])
    deployed(settings, LEAVING)
    (given,) = predict(opened(settings), {"age": None, "city": None})["predictions"]
    assert [(each["field"], each["kind"]) for each in given["warnings"]] == [("age", "never_missing")]


def test_the_key_is_given_back_and_other_fields_are_ignored(leaving: Settings) -> None:
    rows = [ROW | {"person_id": "P7", "has_left": True}, ROW | {"person_id": 7}, ROW]
    assert [each["key"] for each in predict(opened(leaving), *rows)["predictions"]] == ["P7", 7, None]
    assert predict(opened(leaving))["predictions"] == []


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ({"city": "Ulm"}, "age", "age: Field required; expected is a number (double) or null; seen in training: 10"),
        (ROW | {"age": "30"}, "age", "age: Input should be a valid number; expected is a number"),
        (ROW | {"age": True}, "age", "expected is a number"),
        (ROW | {"age": 1e39}, "age", "less than or equal to 1000"),
        (ROW | {"city": 7}, "city", "city: Input should be a valid string; expected is a text or null; seen in"),
        (ROW | {"person_id": 1.5}, "person_id", "person_id: "),
        (ROW | {"person_id": 2**63}, "person_id", "person_id: "),
    ],
)
def test_a_missing_or_mistyped_field_is_named_with_what_belongs_there(
    leaving: Settings, row: dict[str, Any], field: str, message: str
) -> None:
    problems = predict(opened(leaving), ROW, row, expect=422)["detail"]
    assert all(each["loc"] == ["body", "rows", 1, field] for each in problems)
    assert message in problems[0]["msg"]


@pytest.mark.parametrize(
    "joined_at",
    ["2020-13-01", "20200101", "yesterday", 1577836800, "2020-W01-1", "\uff12020-1-1", "0001-01-01T00:00:00+23:59"],
)
def test_a_date_is_iso_text_and_whole_numbers_and_booleans_are_no_others(dated: Settings, joined_at: object) -> None:
    row = ROW | {"is_new": 1, "visits": 1.5, "joined_at": joined_at}
    problems = predict(opened(dated), row, expect=422)["detail"]
    assert [each["loc"][-1] for each in problems] == ["is_new", "visits", "joined_at"]
    assert "a date or timestamp such as 2026-01-31" in problems[2]["msg"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"rows": [{"age": NaN, "city": null}]}',
        b'{"rows": [{"age": -Infinity, "city": null}]}',
        b'{"rows": [{"age": 1e999, "city": null}]}',
        b'{"rows": [{"age": 1, "city": "\\ud800"}]}',
        b'{"rows": [{"age": 1, "city": "\xff"}]}',
        b'{"rows": [{"age": 1, "age": 2, "city": null}]}',
        b'{"rows": [], "rows": [{"\\ud800": 1, "\\ud800": 2}]}',
        b'{"rows": [{"age": ' + b"1" * 5000 + b', "city": null}]}',
        b'{"rows": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": ' * 990 + b"1" + b"}" * 990,
        b'{"rows": {"age": 1, "city": null}}',
        b'{"rows": null}',
        b"[]",
    ],
)
def test_what_is_no_strict_json_or_no_batch_is_refused(leaving: Settings, body: bytes) -> None:
    answered = send(opened(leaving), body)
    assert answered.status_code == 422 and answered.json()["detail"][0]["loc"][0] == "body"


def test_hundreds_of_wrong_rows_are_answered_with_the_first_problems(leaving: Settings) -> None:
    problems = predict(opened(leaving), *[{}] * 500, expect=422)["detail"]
    assert len(problems) == 21 and problems[-1]["msg"] == "and 980 more"


def test_a_body_is_bounded_by_the_bytes_that_arrive(leaving: Settings) -> None:
    of = opened(leaving, limits=Limits(body_bytes=1000))

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 100

    for content, headers in ((b" " * 1001, {}), (endless(), {}), (endless(), {"content_length": "10"})):
        refused = send(of, content, **headers)
        assert refused.status_code == 413 and "larger than 1,000 bytes; send fewer rows" in refused.text


def test_rows_are_bounded(leaving: Settings) -> None:
    of = opened(leaving, limits=Limits(rows=2))
    assert len(predict(of, ROW, ROW)["predictions"]) == 2
    (problem,) = predict(of, ROW, ROW, ROW, expect=422)["detail"]
    assert "at most 2 items" in problem["msg"]


def test_another_content_type_is_refused(leaving: Settings) -> None:
    of, body = opened(leaving), json.dumps({"rows": [ROW]}).encode()
    assert send(of, body, content_type="application/json; charset=utf-8").status_code == 200
    for headers in ({"content_type": "text/plain"}, {"content_type": ""}, {"content_encoding": "gzip"}):
        assert send(of, body, **headers).status_code == 415


def test_an_unknown_classifier_is_answered_with_those_there_are(leaving: Settings) -> None:
    answered = ask(opened(leaving), "POST", "/classifiers/leavign/predict", json={"rows": [ROW]})
    assert answered.status_code == 404 and "'leavign' here (has: leaving)" in answered.text


def test_numbers_at_the_end_of_what_a_double_holds_are_no_server_error(leaving: Settings) -> None:
    (given,) = predict(opened(leaving), {"age": 1e38, "city": "x" * 10_000})["predictions"]
    assert given["probability"] in (0.0, 1.0) and len(given["warnings"][1]["message"]) < 200


def test_coefficients_that_do_not_give_the_stored_probabilities_are_not_used(leaving: Settings) -> None:
    model = store.load(leaving, "leaving", 1)
    assert model.coefficients
    formula = json.loads(model.coefficients) | {"intercept": 0.1}
    with pytest.raises(TidemillError, match="its coefficients give"):
        linear.scorer(replace(model, coefficients=json.dumps(formula).encode()))
