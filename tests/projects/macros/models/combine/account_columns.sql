{{ columns_of_combination({"shop": ref("shop"), "web": ref("web")}, renamed={"shop": {"account": "account_id"}}) }}
