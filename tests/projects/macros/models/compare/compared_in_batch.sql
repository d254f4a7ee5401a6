{{ compare(ref("before"), ref("after"), key="id", columns=["name"], changed=ref("batch")) }}
