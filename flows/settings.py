"""Knows the paths and switches (`TIDEMILL_*`) and their defaults; knows nothing of what lies there."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.errors import DeclarationError

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where everything is and how much of the machine may be used.

    Each field is read from the environment as `TIDEMILL_<FIELD>`; the defaults lie inside the repository.

    Raises
    ------
    DeclarationError
        When a value is of the wrong kind, or a file lies where a folder belongs.
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
    def _absolute_folders(self) -> "Settings":
        for name in ("project", "warehouse", "landing", "models_store"):
            folder = getattr(self, name).expanduser().absolute()
            _may_be_a_folder(name, folder)
            object.__setattr__(self, name, folder)
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _said_in_the_users_words(cls, values: Any, handler: ModelWrapValidatorHandler["Settings"]) -> "Settings":
        try:
            return handler(values)
        except ValidationError as error:
            wrong = error.errors()[0]
            name = str(wrong["loc"][0])
            meaning = cls.model_fields[name].description
            raise DeclarationError(f"{_variable(name)}={wrong['input']}: {wrong['msg']} ({meaning})") from error

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file the flows and dbt write."""
        return self.warehouse / "warehouse.duckdb"

    @property
    def published_file(self) -> Path:
        """The DuckDB file readers open: replaced whole, only after every test has passed."""
        return self.warehouse / "published.duckdb"

    def report_file(self, classifier: str) -> Path:
        """Return the page with the pictures of a classifier's drift."""
        return self.warehouse / "report" / f"{classifier}.html"

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
        """Return these settings as the environment variables that `profiles.yml` and Python models read."""
        return {
            "TIDEMILL_WAREHOUSE": str(self.warehouse),
            "TIDEMILL_MODELS_STORE": str(self.models_store),
            "TIDEMILL_MEMORY_LIMIT": self.memory_limit,
            "TIDEMILL_THREADS": str(self.threads),
        }


def _variable(field: str) -> str:
    return f"TIDEMILL_{field.upper()}"


def _may_be_a_folder(field: str, path: Path) -> None:
    nearest = next(each for each in (path, *path.parents) if each.exists())
    if not nearest.is_dir():
        raise DeclarationError(f"{_variable(field)}={path}: {nearest} is a file; a folder belongs here")
