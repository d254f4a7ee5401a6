"""The page on predicting is true: the SQL it shows is what is written, and its queries run."""

import re
from dataclasses import replace

import yaml

from flows import predict, train
from flows.settings import REPOSITORY, Settings
from flows.train import linear
from flows.train.linear import Is, Scaled
from tests.people import LEAVING, RUN, publish_people, recorded, turn

PAGE = (REPOSITORY / "docs" / "predict.md").read_text(encoding="utf-8")
FORMULA, *QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_sql_shown_is_what_is_written() -> None:
    columns = [Scaled("monthly_fee", 49.0, 61.2, 1.0), Is("plan", "basic"), Is("plan", "team")]
    assert linear.query("account_id", columns, [0.004, 0.3, -0.1], -2.1) == FORMULA


def test_the_queries_shown_run(settings: Settings) -> None:
    (declared,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    shadowed = replace(LEAVING, has_shadow=yaml.safe_load(declared)["predict"]["shadow"])
    publish_people(settings)
    turn(settings, shadowed)
    train.train(settings, replace(shadowed, params={"C": 0.001}), RUN)
    predict.predict(settings, shadowed, RUN)
    (scored,), (compared,) = (recorded(settings, query.replace("churn", "leaving")) for query in QUERIES)
    assert scored[1:] == ("leaving", 1, "scored", "sql", None, 2000)
    assert 0 < int(str(compared[0])) < 2000
