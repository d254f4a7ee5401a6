{{ deduplicate(ref("customers")) }}
