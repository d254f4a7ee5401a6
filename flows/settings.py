"""Knows the paths and switches (`TIDEMILL_*`) and their defaults; knows nothing of what lies there."""

import os
from pathlib import Path

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where everything is and how much of the machine may be used.

    Each field is read from the environment as `TIDEMILL_<FIELD>`; the defaults lie inside the repository.
    """

    model_config = SettingsConfigDict(env_prefix="TIDEMILL_", frozen=True)

    project: Path = Field(REPOSITORY / "dbt_project", description="the dbt project, the only declaration")
    warehouse: Path = Field(REPOSITORY / "warehouse", description="folder of warehouse.duckdb and published.duckdb")
    landing: Path = Field(Path(), description="folder where raw files arrive (default: landing in the warehouse)")
    models_store: Path = Field(REPOSITORY / "models_store", description="folder of the trained classifiers")
    memory_limit: str = Field("", description="DuckDB's memory limit, such as 4GB (default: DuckDB's own, 80 %)")
    threads: int = Field(os.cpu_count() or 1, ge=1, description="threads DuckDB may use")

    @model_validator(mode="before")
    @classmethod
    def _landing_beside_the_warehouse(cls, values: dict[str, object]) -> dict[str, object]:
        if not values.get("landing"):
            values["landing"] = Path(str(values.get("warehouse") or REPOSITORY / "warehouse")) / "landing"
        return values

    @model_validator(mode="after")
    def _absolute_paths(self) -> "Settings":
        for name in ("project", "warehouse", "landing", "models_store"):
            object.__setattr__(self, name, getattr(self, name).expanduser().absolute())
        return self

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file the flows and dbt write."""
        return self.warehouse / "warehouse.duckdb"

    @property
    def published_file(self) -> Path:
        """The DuckDB file readers open: replaced whole, only after every test has passed."""
        return self.warehouse / "published.duckdb"

    @property
    def lock_file(self) -> Path:
        """The file that is locked while a process writes the warehouse."""
        return self.warehouse / "warehouse.lock"

    @property
    def target_path(self) -> Path:
        """Dbt's target folder for the flows, apart from the terminal's, so that the two never mix."""
        return self.warehouse / "target"

    @property
    def profiles_dir(self) -> Path:
        """The project's own `profiles.yml`, or Tidemill's where the project has none."""
        return self.project if (self.project / "profiles.yml").exists() else REPOSITORY / "dbt_project"

    def environment(self) -> dict[str, str]:
        """Return these settings as the environment variables that `profiles.yml` reads."""
        return {
            "TIDEMILL_WAREHOUSE": str(self.warehouse),
            "TIDEMILL_MEMORY_LIMIT": self.memory_limit,
            "TIDEMILL_THREADS": str(self.threads),
        }
