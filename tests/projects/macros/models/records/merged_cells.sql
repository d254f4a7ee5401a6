{{ merge_similar(ref("kept_cells"), ref("linked_cells")) }}
