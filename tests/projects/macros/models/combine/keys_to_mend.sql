{{ test_joins_once(ref("accounts_joined")) }}
