-- One row per account any source knows, and who does not know it.
with
    combined as (select * from {{ ref("int_accounts_combined") }}),

    account_coverage as (
        select
            account_id,
            count(*) filter (where _source = 'crm') > 0 as is_in_crm,
            count(*) filter (where _source = 'activity') > 0 as is_in_activity,
            count(*) filter (where _source = 'billing') > 0 as is_in_billing,
        from combined
        group by account_id
    )

select *
from account_coverage
