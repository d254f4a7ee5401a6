"""The verb `transform`: what it says of a build that dbt did not end well."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from flows import records, transform
from flows.errors import TidemillError
from flows.settings import Settings


@pytest.mark.parametrize("name", ["model.sql", "model.py", "_models.yml", "seed.csv"])
def test_whatever_dbt_reads_changes_the_projects_fingerprint(tmp_path: Path, name: str) -> None:
    project = Settings(project=tmp_path)
    before = transform.project_fingerprint(project)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_text("1")
    assert transform.project_fingerprint(project) != before


def test_a_build_that_was_interrupted_is_not_called_a_failed_one(settings: Settings) -> None:
    def interrupted(_: Settings) -> None:
        results = {"results": [{"unique_id": "model.tidemill.customers", "status": "skipped", "message": None}]}
        (settings.target_path / "run_results.json").write_text(json.dumps(results))
        raise ValueError("dbt build did not succeed")

    settings.target_path.mkdir(parents=True)
    with (
        patch.object(transform, "_invoke_dbt", interrupted),
        pytest.raises(TidemillError, match=r"^transform: dbt was interrupted; nothing is published\. Run again$"),
    ):
        transform.transform(settings, records.Run("run-1", "transform", "test", records.now()))
