{{
    deduplicate(
        ref("customers"),
        partition_by=["lower(customer_id)"],
        order_by=[most_trusted(["crm", "web"]), most_complete(["email"])],
    )
}}
