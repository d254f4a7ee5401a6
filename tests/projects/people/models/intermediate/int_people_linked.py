"""One row per row of int_people_deduplicated: the entity it belongs to, and the row it lost to."""

from flows.linkage import link


def model(dbt, session):
    return link(dbt, session, dbt.ref("int_people_deduplicated"), dbt.config.meta_get("linkage"))
