{{ compare(ref("before"), ref("after"), key=[], columns=["id", "name"]) }}
