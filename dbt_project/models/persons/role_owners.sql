-- Grain: one row per role behind which somebody stands.
with

role_owners as (

    select
        named.owner_role,
        named.person,
        named.address,
    from {{ ref('owners') }} as named
    where named.person is not null or named.address is not null

)

select * from role_owners
