{{ compare(ref("before"), ref("after"), key="id", columns=["number", "day", "price"]) }}
