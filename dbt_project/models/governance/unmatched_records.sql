-- Grain: one row per record of a system that could not be matched with what it belongs to.
with

unmatched as (

    -- Accounts of the product that nobody bills: each is a customer of its own.
    select
        'app.account' as system,
        accounts.account_id as record_id,
        'no billing customer is named by it, names it or has its domain' as reason,
        cast(null as double) as amount,
        cast(coalesce(sum(days.event_count), 0) as bigint) as record_count,
        min(cast(accounts.created_at as date)) as first_seen_on,
    from {{ ref('int_customers__accounts') }} as accounts
    left join {{ ref('int_product__user_days') }} as days
        on accounts.account_id = days.account_id
    where accounts.matched_by = 'nothing'
    group by accounts.account_id

    union all

    -- Whoever pays without an account in the product.
    select
        'billing.customer' as system,
        balances.customer_id as record_id,
        'no account of the product belongs to it' as reason,
        cast(max_by(balances.arr, balances.snapshot_on) as double) as amount,
        1 as record_count,
        min(balances.snapshot_on) as first_seen_on,
    from {{ ref('fct_mrr_balances') }} as balances
    left join {{ ref('int_customers__accounts') }} as accounts
        on balances.customer_id = accounts.customer_id
    where
        accounts.customer_id is null
        and balances.mrr > 0
        -- Without the product's data nobody can have an account.
        and (select count(*) from {{ ref('stg_app__accounts') }}) > 0
    group by balances.customer_id

    union all

    -- What somebody pays for, and MRR does not know or cannot be sure of.
    select
        doubtful.source_name || '.subscription_item' as system,
        concat_ws('/', doubtful.customer_id, doubtful.item_id) as record_id,
        doubtful.reason,
        cast(doubtful.invoiced_a_month as double) as amount,
        1 as record_count,
        doubtful.first_seen_on,
    from {{ ref('int_subscriptions__doubtful_items') }} as doubtful

    union all

    select
        identities.system,
        case
            when identities.system = 'delighted.person'
                then {{ keyed_hash('identities.record_id') }}
            else identities.record_id
        end as record_id,
        'neither an id nor a domain of its own says which customer it is' as reason,
        null as amount,
        1 as record_count,
        null as first_seen_on,
    from {{ ref('int_customers__identities') }} as identities
    where identities.customer_id is null

    union all

    -- Money that a deal won from a company that never became a customer.
    select
        'hubspot.deal' as system,
        deals.deal_id as record_id,
        'won, but its company is no customer' as reason,
        cast(deals.won_amount as double) as amount,
        1 as record_count,
        deals.closed_on as first_seen_on,
    from {{ ref('fct_deals') }} as deals
    where deals.won_count = 1 and deals.customer_id is null

    union all

    select
        'quickbooks.account' as system,
        postings.account_id as record_id,
        'no row of ledger_account_map.csv has its number: it counts by its type' as reason,
        cast(sum(abs(postings.amount)) as double) as amount,
        count(*) as record_count,
        min(postings.occurred_on) as first_seen_on,
    from {{ ref('int_ledger__postings') }} as postings
    -- What a document has beyond its lines is tax, and has no account.
    where not postings.is_mapped and postings.account_id is not null
    group by postings.account_id

    union all

    -- Bills, invoices, payments: whatever books itself, and what of it is not understood.
    select
        'quickbooks.' || documents.kind as system,
        documents.document_id as record_id,
        case
            when repeated.journal_entry_id is not null
                then 'a journal of its day books the same amounts: it counts once'
            when not bool_or(documents.side = 'line')
                then 'its lines are not known: deliver quickbooks/' || documents.kind || '_line'
            else 'a line names no account, nor an item that has one: deliver quickbooks/item'
        end as reason,
        cast(sum(abs(documents.amount)) filter (where documents.side = 'counter') as double)
            as amount,
        1 as record_count,
        min(documents.occurred_on) as first_seen_on,
    from {{ ref('int_ledger__document_lines') }} as documents
    left join {{ ref('int_ledger__repeated_documents') }} as repeated
        on documents.journal_entry_id = repeated.journal_entry_id
    group by documents.kind, documents.document_id, repeated.journal_entry_id
    having
        repeated.journal_entry_id is not null
        or not bool_or(documents.side = 'line')
        or bool_or(documents.side = 'line' and documents.account_id is null)

    union all

    select
        'cicd.environment' as system,
        coalesce(deployments.environment, 'unknown') as record_id,
        'no row of environment_map.csv says whether it is production: its deployments count '
        || 'nowhere' as reason,
        null as amount,
        count(*) as record_count,
        min(cast(deployments.finished_at as date)) as first_seen_on,
    from {{ ref('stg_cicd__deployments') }} as deployments
    anti join {{ ref('environment_map') }} as environments
        on deployments.environment = environments.environment
    group by coalesce(deployments.environment, 'unknown')

    union all

    select
        'bamboohr.termination_type' as system,
        coalesce(nullif(statuses.termination_type, ''), 'unknown') as record_id,
        'no row of termination_type_map.csv says whether it is voluntary: it counts as '
        || 'involuntary' as reason,
        null as amount,
        count(*) as record_count,
        min(statuses.changed_on) as first_seen_on,
    from {{ ref('stg_bamboohr__employment_statuses') }} as statuses
    anti join {{ ref('termination_type_map') }} as types
        on statuses.termination_type = types.termination_type
    where statuses.employment_status = 'terminated'
    group by coalesce(nullif(statuses.termination_type, ''), 'unknown')

    union all

    select
        'ads.channel' as system,
        spend.ad_channel as record_id,
        'no row of channel_map.csv says which channel it feeds' as reason,
        cast(sum(spend.spend_local) as double) as amount,
        count(*) as record_count,
        min(spend.spent_on) as first_seen_on,
    from {{ ref('stg_ads__campaign_spend') }} as spend
    anti join {{ ref('channel_map') }} as channels
        on spend.ad_channel = channels.ad_channel
    group by spend.ad_channel

),

unmatched_records as (

    select
        unmatched.system,
        unmatched.record_id,
        unmatched.reason,
        unmatched.amount,
        cast(unmatched.record_count as bigint) as record_count,
        cast(unmatched.first_seen_on as date) as first_seen_on,
    from unmatched

)

select * from unmatched_records
