"""The README is true: its output is what the commands print, its commands run, its tables name what there is."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from flows.cli import app
from flows.settings import REPOSITORY, Settings
from tests.place import Finished

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^( *)```(\w*)\n(.*?)^\1```", README, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^\.venv/bin/tidemill (.+)$", README, re.MULTILINE)


def timeless(printed: str, folder: Path) -> list[str]:
    """The lines without what differs from run to run: places, run ids, seconds and, on a slow machine, progress."""
    for place in (folder, REPOSITORY):
        printed = printed.replace(str(place), "…")
    printed = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<run id>", printed)
    lines = (line for line in printed.splitlines() if not line.startswith("progress: "))
    return sorted(re.sub(r"^seconds .*", "seconds", line) for line in lines)


def test_the_output_shown_is_what_the_commands_print(finished: Finished) -> None:
    ((_, _, shown),) = [block for block in BLOCKS if block[1] == "text"]
    assert timeless(shown, finished.place.folder) == timeless(finished.printed, finished.place.folder)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shown_runs(finished: Finished, command: str) -> None:
    assert finished.place.tidemill(*shlex.split(command))


def test_at_least_the_look_ups_are_shown() -> None:
    assert {command.split()[0] for command in COMMANDS} >= {"status", "models", "sql"}


def test_every_yaml_block_can_be_read() -> None:
    blocks = [yaml.safe_load(text) for _, language, text in BLOCKS if language == "yaml"]
    assert [next(iter(block)) for block in blocks] == ["sources", "exposures"]


def test_every_verb_and_setting_is_named() -> None:
    verbs = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {verb for verb in verbs if f"`tidemill {verb}`" in README} >= {
        "ingest", "transform", "train", "deploy", "predict", "run"
    }  # fmt: skip
    settings = {f"TIDEMILL_{name.upper()}" for name in Settings.model_fields}
    assert settings == set(re.findall(r"`(TIDEMILL_\w+)`", README))


def test_it_is_shorter_than_200_lines() -> None:
    assert len(README.splitlines()) < 200
