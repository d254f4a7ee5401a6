-- One row per account of the CRM, with what every other source knows of it: the training table of `churn`.
with
    accounts as (select * from {{ ref("int_accounts_deduplicated") }}),

    activity as (select * from {{ ref("int_activity_deduplicated") }}),

    firms as (select * from {{ ref("int_firms_deduplicated") }}),

    exits as (select * from {{ ref("int_exits_deduplicated") }}),

    usage_per_account as (
        select
            account_id,
            count(*) as active_months,
            avg(logins) as logins_per_month,
            avg(minutes) as minutes_per_month,
            sum(tickets) as tickets,
        from activity
        group by account_id
    ),

    customers as (
        select
            accounts.account_id,
            accounts.country,
            accounts.plan,
            accounts.monthly_fee,
            accounts.balance,
            accounts.support_calls,
            cast(date '2026-01-01' - accounts.opened_on as bigint) as tenure_days,
            usage_per_account.account_id is not null as is_active,
            usage_per_account.logins_per_month,
            usage_per_account.minutes_per_month,
            cast(usage_per_account.tickets as bigint) as tickets,
            firms.industry,
            firms.employees,
            exits.has_exited,
        from accounts
        left join usage_per_account on accounts.account_id = usage_per_account.account_id
        left join firms on accounts.firm_id = firms.firm_id
        left join exits on accounts.account_id = exits.account_id
    )

select *
from customers
