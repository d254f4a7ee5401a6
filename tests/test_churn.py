"""The example's classifier, by its record: clearly better than a dummy, without being perfect."""

from tests.place import Finished


def test_churn_is_clearly_better_than_a_dummy_without_being_perfect(finished: Finished) -> None:
    ((decision, reason, over_dummy, auc_lower, auc_upper),) = finished.place.ask(
        "select decision, reason, (metrics ->> '$.log_loss_improvement.lower')::double, "
        "(metrics ->> '$.roc_auc.lower')::double, (metrics ->> '$.roc_auc.upper')::double "
        "from records.models where classifier = 'churn'"
    )
    assert (decision, str(reason).startswith("log loss improves on the dummy by")) == ("superior", True)
    assert over_dummy > 0.02
    assert 0.6 < auc_lower < auc_upper < 0.95


def test_churn_learns_from_numbers_and_categories(finished: Finished) -> None:
    ((features,),) = finished.place.ask("select features::varchar[] from records.models where classifier = 'churn'")
    assert {"balance", "tenure_days", "country", "plan", "is_active"} <= set(features)
