"""The verb `transform`: what it says of a build that dbt did not end well."""

import json
from unittest.mock import patch

import pytest

from flows import records, transform
from flows.errors import TidemillError
from flows.settings import Settings


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
