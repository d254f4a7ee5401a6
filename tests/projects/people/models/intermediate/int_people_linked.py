"""One row per row of int_people_deduplicated: the entity it belongs to, and the row it lost to."""

from flows.linkage import link


def model(dbt, session):
    cards, reviewed = dbt.ref("int_people_deduplicated"), dbt.ref("int_decisions_deduplicated")
    return link(dbt, session, cards, dbt.config.meta_get("linkage"), reviewed)
