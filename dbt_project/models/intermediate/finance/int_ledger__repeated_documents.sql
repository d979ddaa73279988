-- Grain: one row per document that a journal books as well.
with

booked as (

    select
        true as is_document,
        documents.journal_entry_id,
        documents.occurred_on,
        documents.account_id,
        documents.amount,
    from {{ ref('int_ledger__document_lines') }} as documents

    union all

    select
        false as is_document,
        journals.journal_entry_id,
        journals.occurred_on,
        journals.account_id,
        journals.amount,
    from {{ ref('int_ledger__journal_lines') }} as journals

),

by_account as (

    select
        booked.is_document,
        booked.journal_entry_id,
        booked.occurred_on,
        booked.account_id,
        coalesce(
            accounts.statement in ('revenue', 'cost_of_revenue', 'opex', 'below_the_line'), false
        ) as is_result,
        cast(sum(booked.amount) as decimal(38, 2)) as amount,
    from booked
    left join {{ ref('int_ledger__accounts') }} as accounts
        on booked.account_id = accounts.account_id
    where booked.account_id is not null
    group by all

),

compared as (

    select by_account.*
    from by_account
    where by_account.amount != 0
    qualify
        by_account.is_result
        or not bool_or(by_account.is_result) over (
            partition by by_account.is_document, by_account.journal_entry_id
        )

),

said as (

    select
        compared.is_document,
        compared.journal_entry_id,
        compared.occurred_on,
        string_agg(
            compared.account_id || '=' || cast(compared.amount as varchar), ' '
            order by compared.account_id
        ) as amounts,
    from compared
    group by compared.is_document, compared.journal_entry_id, compared.occurred_on

),

-- Two equal bills of a day are repeated by two journals, not by one.
numbered as (

    select
        said.*,
        row_number() over (
            partition by said.is_document, said.occurred_on, said.amounts
            order by said.journal_entry_id
        ) as place,
    from said

)

select
    documents.journal_entry_id,
    journals.journal_entry_id as repeated_by_journal_entry_id,
from numbered as documents
inner join numbered as journals
    on
        documents.occurred_on = journals.occurred_on
        and documents.amounts = journals.amounts
        and documents.place = journals.place
where documents.is_document and not journals.is_document
