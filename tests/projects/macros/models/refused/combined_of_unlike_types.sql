-- A text and a number under one name.
{{ combine({"shop": ref("shop"), "web": ref("web")}, renamed={"shop": {"note": "quantity"}}) }}
