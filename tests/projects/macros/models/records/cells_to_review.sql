{{ pairs_to_review(ref("linked_cells"), ref("raw_cells"), ["cell"]) }}
