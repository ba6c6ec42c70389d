-- replay on the model of the process: a step that the model does not let follow lacks a token and
-- leaves one behind; a case of n steps makes n + 1 moves, from its start to its end
with edges as (

    select
        process_id,
        from_step_id,
        to_step_id
    from {{ ref('process_model') }}

),

variants as (

    select
        process_id,
        org_unit_id,
        cases,
        regexp_extract(variant, '^[^>]*', 0) as first_step,
        regexp_extract(variant, '[^>]*$', 0) as last_step
    from {{ ref('int_bpr__variants') }}

),

moves as (

    select
        process_id,
        org_unit_id,
        from_step_id,
        to_step_id,
        times
    from {{ ref('int_bpr__flows') }}

    union all

    select
        process_id,
        org_unit_id,
        'start' as from_step_id,
        first_step as to_step_id,
        cases as times
    from variants

    union all

    select
        process_id,
        org_unit_id,
        last_step as from_step_id,
        'end' as to_step_id,
        cases as times
    from variants

),

modelled as (

    select distinct process_id
    from edges

),

final as (

    select
        moves.process_id,
        moves.org_unit_id,
        cast(sum(moves.times) as bigint) as moves,
        cast(
            sum(case when edges.process_id is null then 0 else moves.times end) as bigint
        ) as moves_fitting
    from moves
    inner join modelled on moves.process_id = modelled.process_id
    left join edges
        on
            moves.process_id = edges.process_id
            and moves.from_step_id = edges.from_step_id
            and moves.to_step_id = edges.to_step_id
    group by
        moves.process_id,
        moves.org_unit_id

)

select * from final
