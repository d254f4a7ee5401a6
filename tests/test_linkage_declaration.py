"""`config.meta.linkage`: every wrong key or value is one error with file, key and remedy."""

from typing import Any

import pytest

from flows import transform
from flows.declaration import Comparison
from flows.declaration.linkages import linkages
from flows.errors import DeclarationError
from tests.linked_people import DECLARED, linkage

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"blocking": {}}, r": unknown key 'blocking' \(has: key, .*\); did you mean 'blocking_rules'\?$"),
    ({"comparisons": {}}, r": 'comparisons' is missing$"),
    ({"comparisons": {"name": "jaro_winkler"}}, r"\.comparisons\.name: 'jaro_winkler' needs thresholds; write {jaro_w"),
    ({"comparisons": {"name": "equal"}}, r"\.comparisons\.name: 'equal' is not one method \(has: exact, levenshtein, "),
    (
        {"comparisons": {"name": {"jaro_winkle": 0.9}}},
        r"\.comparisons\.name: 'jaro_winkle' .*; did you mean 'jaro_winkler'\?$",
    ),
    (
        {"comparisons": {"name": {"jaro_winkler": 2}}},
        r"\.comparisons\.name\.jaro_winkler: '2' does not lie between 0 and 1",
    ),
    (
        {"comparisons": {"name": {"levenshtein": 0.9}}},
        r"\.comparisons\.name\.levenshtein: '0\.9' is not a whole number from 1 on$",
    ),
    ({"comparisons": {"name": {"jaro": []}}}, r"\.comparisons\.name\.jaro: no thresholds; write \[0\.9, 0\.75\]$"),
    ({"blocking_rules": {"Same phone": ["phone"]}}, r"\.blocking_rules: 'Same phone' is no name in snake_case"),
    (
        {"blocking_rules": {"decided_same": ["phone"]}},
        r"\.blocking_rules: 'decided_same' is what the ledger says of pairs",
    ),
    ({"blocking_rules": {"same_phone": []}}, r"\.blocking_rules\.same_phone: names no column"),
    (
        {"blocking_rules": {"same_phone": ["phone"]}},
        r"\.blocking_rules: every rule uses 'phone', so that nothing can be learned",
    ),
    ({"match_threshold": 95}, r"\.match_threshold: '95' does not lie between 0 and 1; write 0\.95 for 95 %$"),
    ({"review_threshold": 0.99}, r"\.review_threshold: 0\.99 is above match_threshold \(0\.95\); lower it$"),
    ({"max_cluster_size": 1}, r"\.max_cluster_size: '1' is not a whole number from 2 on$"),
    ({"key": 7}, r"\.key: '7' is not a list of texts"),
]


@pytest.mark.parametrize(("changed", "message"), WRONG)
def test_a_wrong_linkage_is_named_with_what_is_allowed(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=r"^model people_linked: config\.meta\.linkage" + message):
        linkage(**changed)


def test_thresholds_go_from_the_most_alike_to_the_least_however_they_are_written() -> None:
    comparisons = {"name": {"jaro": [0.7, 0.9]}, "phone": {"levenshtein": [2, 1]}, "city": "exact"}
    assert linkage(comparisons=comparisons).comparisons == (
        Comparison("name", "jaro", (0.9, 0.7)),
        Comparison("phone", "levenshtein", (1, 2)),
        Comparison("city", "exact", ()),
    )


def node(language: str, declared: Any) -> dict[str, Any]:
    return {
        "name": "people_linked",
        "language": language,
        "original_file_path": "models/people_linked.py",
        "patch_path": "shop://models/_models.yml",
        "config": {"meta": {"linkage": declared}},
    }


def test_the_manifests_linkages_are_read_with_the_file_they_stand_in() -> None:
    assert [each.name for each in linkages({"nodes": {"one": node("python", DECLARED)}})] == ["people_linked"]
    with pytest.raises(
        DeclarationError, match=r"^models/_models\.yml: model people_linked: config\.meta\.linkage: unknown"
    ):
        linkages({"nodes": {"one": node("python", DECLARED | {"sed": 1})}})
    with pytest.raises(DeclarationError, match=r"config\.meta\.linkage is for a Python model"):
        linkages({"nodes": {"one": node("sql", DECLARED)}})


def test_of_a_python_models_traceback_the_user_sees_the_last_line() -> None:
    failed = (
        "Runtime Error in model people_linked\n  Python model failed:\n  Traceback (most recent call last):\n"
        '    File "/tmp/x.py", line 6, in model\n  flows.errors.TidemillError: model people_linked: splink is missing\n'
    )
    assert transform._said({"message": failed}) == "model people_linked: splink is missing"
    assert transform._said({"message": "Binder Error: no such column"}) == "Binder Error: no such column"
