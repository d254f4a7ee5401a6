"""The page of the models: its query scores a table, its commands run as they stand, its files are the store's."""

import re
import shlex
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from flows import store, warehouse
from flows.commands.models import app
from flows.settings import REPOSITORY, Settings
from flows.store import layout
from tests.people import LEAVING, publish_people, turn
from tests.test_drift_measures import watched

PAGE = (REPOSITORY / "docs" / "models.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def deployed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two deployed versions, the later one watched, in the place where commands look for them."""
    for name in ("warehouse", "landing", "models_store"):
        monkeypatch.setenv(f"TIDEMILL_{name.upper()}", str(getattr(settings, name)))
    publish_people(settings, count=8000)
    stump = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
    for each in (stump, LEAVING):
        turn(settings, each)
    assert store.deployed_version(settings, "leaving") == 2
    watched(settings)
    return settings


def test_the_query_of_the_page_scores_a_table(deployed: Settings) -> None:
    (query,) = [block for block in BLOCKS if "model.sql" in block]
    text = (layout.version_folder(deployed, "leaving", 2) / layout.SQL_FILE).read_text(encoding="utf-8")
    query = query.replace("<the text of model.sql>", text).replace("marts.customers", "marts.people")
    with warehouse.read_published(deployed) as connection:
        scored = connection.execute(f"select count(probability) from ({query})").fetchall()
        assert scored == connection.execute("select count(*) from marts.people").fetchall()


def test_each_command_of_the_page_runs_with_its_options(deployed: Settings) -> None:
    (commands,) = [block for block in BLOCKS if "tidemill prune" in block]
    lines = [line.partition("#")[0].strip() for line in commands.splitlines()]
    assert [line.split()[:2] for line in lines] == [
        ["tidemill", name] for name in ("models", "drift", "rollback", "rebuild", "prune")
    ]
    for line in lines:
        given = re.sub(r"\bNAME\b", "leaving", re.sub(r"\bN\b", "1", line.replace("[", "").replace("]", "")))
        ran = CliRunner().invoke(app, shlex.split(given)[1:])
        assert ran.exit_code == 0, (given, ran.output, ran.exception)
    assert store.deployed_version(deployed, "leaving") == 1


def test_the_page_names_every_file_of_a_version() -> None:
    assert set(re.findall(r"^\| `([\w.]+)`", PAGE, re.MULTILINE)) == {*layout.FILES, layout.MANIFEST_FILE}
