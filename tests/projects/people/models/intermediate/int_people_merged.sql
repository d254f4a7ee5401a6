-- One row per person, as far as similar cards tell.
{{ merge_similar(ref("int_people_deduplicated"), ref("int_people_linked")) }}
