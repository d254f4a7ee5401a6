"""What scoring costs: the SQL of a logistic regression in one statement, beside pandas and beside numpy alone.

Run `python benchmarks/predict.py [ROWS] [ROUNDS] [--alone]`; the default is 1,000,000 rows of 10 numbers, 2 booleans
and 3 texts of 3, 10 and 30 categories, a tenth of the values missing: 58 prepared columns. Each way runs in a process
of its own, in turn (A B C A B C …), and the median of the ratios of neighbours is printed, because absolute times say
little on a shared machine. Imports and the unpickling are not counted. `--alone` takes the first way only. Nothing is
asserted but that the tables hold the same probabilities.

* `sql`: the statement that `predict` executes, from a table to a table of a DuckDB file
* `pickle_pandas`: fetch a DataFrame, `predict_proba` of the whole pipeline, write the same table
* `pipeline_alone`: `predict_proba` of the whole pipeline on a DataFrame that is in memory; nothing is read or written
* `numpy_dense`, `numpy_sparse`: `predict_proba` of the estimator on the prepared matrix, which is in memory before the
  clock starts; nothing is read, prepared or written
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.costs import Cost, in_turn, measure, print_ratios, report, reported_by

NUMBERS, BOOLEANS, CATEGORIES = 10, 2, (3, 10, 30)
NAMES = [
    *(f"number_{i}" for i in range(NUMBERS)),
    *(f"is_{i}" for i in range(BOOLEANS)),
    *(f"text_{i}" for i in range(len(CATEGORIES))),
]
TRAINED_ON = 50_000


def rows_sql(rows: int) -> str:
    columns = [f"(hash(i * {j + 3}) % 100000) / 100.0::double" for j in range(NUMBERS)]
    columns += [f"hash(i * {j + 31}) % 2 = 0" for j in range(BOOLEANS)]
    columns += [f"'category ' || hash(i * {j + 53}) % {n}" for j, n in enumerate(CATEGORIES)]
    some = (
        f"if(hash(i * {j + 101}) % 10 = 0, null, {each}) as {name}"
        for j, (each, name) in enumerate(zip(columns, NAMES, strict=True))
    )
    left = "hash(i * 7) % 1000 < (hash(i * 3) % 100000) / 100.0"
    return f"select i as id, {', '.join(some)}, {left} as has_left from range({rows}) as numbers(i)"


def opened(folder: Path) -> Any:
    import duckdb

    connection = duckdb.connect(folder / "rows.duckdb", config={"storage_compatibility_version": "latest"})
    connection.execute("set disabled_optimizers = 'common_subplan'")
    return connection


def prepare(folder: Path, rows: int) -> None:
    """Write the table, the fitted pipeline, the statement, and the prepared matrices."""
    from flows import records, store, train
    from flows.declaration import Classifier
    from flows.declaration.declared import Feature, Gate
    from flows.predict import predictions
    from flows.train import formula
    from flows.training_rows import feature_query, rows_of

    kinds = {"number": ("double", "numeric"), "is": ("boolean", "boolean"), "text": ("varchar", "categorical")}
    features = tuple(Feature(name, *kinds[name.split("_")[0]]) for name in NAMES)  # type: ignore[arg-type]
    classifier = Classifier(
        "leaving", "benchmark", "main", "people", "id", "has_left", None, features,
        "sklearn.linear_model.LogisticRegression", {}, None, Gate(),
    )  # fmt: skip
    with opened(folder) as connection:
        connection.execute(f"create table people as {rows_sql(rows)}")
        connection.execute("create schema marts")
        selected = f"select id, {feature_query(classifier)}, has_left::double as _target from people limit {TRAINED_ON}"
        trained_on = rows_of(classifier, connection.execute(selected).df())
    pipeline = train.fit(classifier, trained_on)
    written = formula.write_out(pipeline, "id", trained_on)
    manifest = store.Manifest(
        "leaving", 1, "has_left", "id", None, {}, "", {}, 0.5, 0, "", 0, "", 0, "", "", None, {}, scored_by="sql"
    )
    scoring = predictions.Scoring(classifier, store.Model(pipeline, manifest, written.sql), "people", records.now())
    (folder / "statement.sql").write_text(f"create or replace table predictions as {predictions.statement(scoring)}")
    (folder / "fetch.sql").write_text(f"select id, {feature_query(classifier)} from people")
    (folder / "pipeline.pkl").write_bytes(pickle.dumps(pipeline))


def prepare_matrices(folder: Path) -> None:
    import numpy as np
    from scipy import sparse

    pipeline = pickle.loads((folder / "pipeline.pkl").read_bytes())
    with opened(folder) as connection:
        frame = connection.execute((folder / "fetch.sql").read_text()).df()
    matrix = sparse.csr_matrix(pipeline["prepare"].transform(frame.drop(columns="id")))
    sparse.save_npz(folder / "sparse.npz", matrix, compressed=False)
    np.save(folder / "dense.npy", matrix.toarray())


def sql(folder: Path) -> Callable[[], object]:
    connection, statement = opened(folder), (folder / "statement.sql").read_text()

    def work() -> None:
        connection.execute(statement)

    return work


def pickle_pandas(folder: Path) -> Callable[[], object]:
    import pandas as pd

    pipeline = pickle.loads((folder / "pipeline.pkl").read_bytes())
    connection, fetch = opened(folder), (folder / "fetch.sql").read_text()

    def work() -> None:
        frame = connection.execute(fetch).df()
        probability = pipeline.predict_proba(frame.drop(columns="id"))[:, 1]
        scored = pd.DataFrame({"id": frame["id"], "probability": probability, "decision": probability >= 0.5})
        connection.register("scored", scored)
        connection.execute(
            "create or replace table predictions_pandas as select *, 1::bigint as version, "
            "now()::timestamp as scored_at from scored"
        )

    return work


def pipeline_alone(folder: Path) -> Callable[[], object]:
    pipeline = pickle.loads((folder / "pipeline.pkl").read_bytes())
    with opened(folder) as connection:
        frame = connection.execute((folder / "fetch.sql").read_text()).df().drop(columns="id")

    def work() -> None:
        pipeline.predict_proba(frame)

    return work


def numpy_dense(folder: Path) -> Callable[[], object]:
    import numpy as np

    return on_matrix(folder, np.load(folder / "dense.npy"))


def numpy_sparse(folder: Path) -> Callable[[], object]:
    from scipy import sparse

    return on_matrix(folder, sparse.load_npz(folder / "sparse.npz"))


def on_matrix(folder: Path, matrix: Any) -> Callable[[], object]:
    estimator = pickle.loads((folder / "pipeline.pkl").read_bytes())["estimate"]

    def work() -> None:
        estimator.predict_proba(matrix)

    return work


WAYS = {each.__name__: each for each in (sql, pickle_pandas, pipeline_alone, numpy_dense, numpy_sparse)}


def in_child(folder: Path, way: str) -> Cost:
    return reported_by([sys.executable, __file__, "--way", way, str(folder)])


def furthest(folder: Path) -> float:
    """Return how far the two tables are apart at most."""
    with opened(folder) as connection:
        row = connection.execute(
            "select max(abs(predictions.probability - predictions_pandas.probability)), count(*) from predictions "
            "inner join predictions_pandas using (id)"
        ).fetchone()
    return float(row[0])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--way", nargs=2, metavar=("WAY", "FOLDER"))
    given = parser.parse_args()
    if given.way:
        name, folder = given.way
        report(measure(WAYS[name](Path(folder))))
        return
    with tempfile.TemporaryDirectory() as place:
        compare(Path(place), given.rows, given.rounds, given.alone)


def compare(folder: Path, rows: int, rounds: int, is_alone: bool) -> None:
    # In processes of their own: a child's peak memory begins with its parent's.
    ready = f"import sys; from pathlib import Path; sys.path.insert(0, {str(Path(__file__).parent.parent)!r}); "
    here = f"Path({str(folder)!r})"
    steps = [f"prepare({here}, {rows})"] + ([] if is_alone else [f"prepare_matrices({here})"])
    for step in steps:
        code = f"{ready}from benchmarks.predict import *; {step}"
        subprocess.run([sys.executable, "-c", code], check=True)
    ways = {name: partial(in_child, folder, name) for name in WAYS if name == "sql" or not is_alone}
    costs = in_turn(ways, rounds)
    print_ratios(costs, "sql")
    if not is_alone:
        assert furthest(folder) < 1e-9


if __name__ == "__main__":
    main()
