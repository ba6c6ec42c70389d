{#
    A model kept by month is a view over files, one folder a month, named by a digest of all that the month hangs on:
    the SQL of the model, the version of the engine, and the rows that the model reads for that month. A month whose
    folder is there is not computed again, so that whatever arrives late, is corrected, withdrawn or reorganised
    makes anew the months that it changes and no others. Nothing has to be said of what arrived.

    `reads` of the model names each relation and how its rows belong to months:
        month: a column                 its rows of the month
        first, last: two columns        its rows valid in the month, both days cut to the month
        (neither)                       all its rows, in every month
        columns: what alone is looked at; where: which rows alone
    A relation that is kept by month itself stands there as `kept`: the digest of its month says all of it.
    Every row of the model must be made from rows of its own month, `period_start`.

    Few rows are written faster than files: below QDEEP_BUILD_KEPT_FROM posts held the model is a table like any other.
#}

{% materialization kept_months, default %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% set found = months_on_file(config.get("reads")) if is_worth_keeping() else [] %}
    {% if found -%}
        {% set relation = this.incorporate(type="view") %}
        {% call statement("main") -%}
            create view {{ relation }} as
            select * from read_parquet([{{ found | join(", ") }}], hive_partitioning = false)
        {%- endcall %}
    {% else -%}
        {% set relation = this.incorporate(type="table") %}
        {% set slices = slices_of(config.get("sliced_by")) %}
        {% call statement("main") -%}
            {{ create_table_as(False, relation, sliced(compiled_code, 0, slices)) }}
        {%- endcall %}
        {% do write_further(relation, slices) %}
    {%- endif %}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

{# Whether a builder gave a folder, and there are posts held enough; other engines write tables. #}
{% macro is_worth_keeping() -%}
    {% if target.type != "duckdb" or not env_var("QDEEP_BUILD_KEPT", "") -%}
        {{ return(false) }}
    {%- endif %}
    {% set counted = run_query("select count(*) from " ~ beside("int_hrm__assignments")) -%}
    {{ return(counted.columns[0].values()[0] >= env_var("QDEEP_BUILD_KEPT_FROM") | int) }}
{%- endmacro %}

{# Compute the months that are not on file, and return the files of all months that have rows. #}
{% macro months_on_file(reads) -%}
    {% set folder = env_var("QDEEP_BUILD_KEPT") | replace("'", "''") ~ "/" ~ model.name %}
    {% set keys = beside("kept_months") %}
    {% do run_query(
        "create table if not exists " ~ keys ~ " (model varchar, period_start date, digest varchar)"
    ) %}
    {% do run_query("insert into " ~ keys ~ " " ~ month_digests(reads)) %}
    {% set months = run_query(
        "select period_start, digest, digest in (" ~ digests_on_file(folder) ~ ") as is_there from " ~ keys
        ~ " where model = '" ~ model.name ~ "' order by period_start"
    ).rows %}
    {% set kept = months | selectattr("is_there") | map(attribute="period_start") | list %}
    {% set n_missing = months | length - kept | length %}
    {% set slices = [slices_of(config.get("sliced_by")), n_missing] | min %}
    {% for number in range(slices) %}
        {% call statement("slice") -%}
            copy (
                select made.*, keys.digest
                from ({{ sliced(compiled_code, number, slices, kept) }}) as made
                inner join {{ keys }} as keys
                    on made.period_start = keys.period_start and keys.model = '{{ model.name }}'
            ) to '{{ folder }}' (format parquet, partition_by (digest), append)
        {%- endcall %}
    {% endfor %}
    {% set there = run_query(digests_on_file(folder)).columns[0].values() | list %}
    {% set files = [] %}
    {% for digest in months | map(attribute="digest") if digest in there %}
        {% do files.append("'" ~ folder ~ "/digest=" ~ digest ~ "/*.parquet'") %}
    {% endfor %}
    {{ return(files) }}
{%- endmacro %}

{% macro digests_on_file(folder) -%}
    select distinct parse_path(file)[-2][8:] from glob('{{ folder }}/digest=*/*.parquet')
{%- endmacro %}

{# Model, month and digest of each month of the build. #}
{% macro month_digests(reads) -%}
    {% set parts = ["version()", "'" ~ local_md5(compiled_code) ~ "'"] %}
    {% for name in reads -%}
        {% do parts.append("coalesce(cast(read_" ~ loop.index ~ ".digest as varchar), 'none')") %}
    {% endfor %}
    select
        '{{ model.name }}' as model,
        months.period_start,
        md5(concat_ws(' ', {{ parts | join(", ") }})) as digest
    from {{ beside("int_org__months") }} as months
    {% for name, how in reads.items() -%}
    left join ({{ digests_of_rows(name, how) }}) as read_{{ loop.index }}
        on months.period_start = read_{{ loop.index }}.period_start
    {% endfor %}
{%- endmacro %}

{# Month and digest of the rows that belong to it, in whatever order they stand. #}
{% macro digests_of_rows(name, how) -%}
    {% set wanted = how.get("where", "true") %}
    {% set rows = "(select * from " ~ ref(name) ~ " where " ~ wanted ~ ") as one" %}
    {% set days = [how["first"], how["last"]] if "first" in how else [] %}
    {% set but_days = "*columns(one.* exclude (" ~ days | join(", ") ~ "))" %}
    {% set every = but_days if days else "one" %}
    {% set looked_at = how["columns"] | join(", ") if "columns" in how else every %}
    {% if how.get("kept") -%}
        select period_start, digest
        from {{ beside("kept_months") }}
        where model = '{{ name }}'
    {%- elif days -%}
        select period_start, {{ sum_of_hashes("first_day, last_day, digest, n") }} as digest
        from (
            select
                months.period_start,
                greatest(cut.first_day, months.period_start) as first_day,
                least(cut.last_day, months.period_end) as last_day,
                sum(cut.digest) as digest,
                sum(cut.n) as n
            from (
                select
                    greatest({{ days[0] }}, span.first_day) as first_day,
                    least({{ days[1] }}, span.last_day) as last_day,
                    {{ sum_of_hashes(looked_at) }} as digest,
                    count(*) as n
                from {{ rows }}
                cross join (
                    select min(period_start) as first_day, max(period_end) as last_day
                    from {{ beside("int_org__months") }}
                ) as span
                where {{ days[0] }} <= span.last_day and {{ days[1] }} >= span.first_day
                group by all
            ) as cut
            inner join {{ beside("int_org__months") }} as months
                on cut.first_day <= months.period_end and cut.last_day >= months.period_start
            group by all
        ) as cut_to_months
        group by period_start
    {%- elif "month" in how -%}
        select {{ how["month"] }} as period_start, {{ sum_of_hashes(looked_at) }} as digest
        from {{ rows }}
        group by {{ how["month"] }}
    {%- else -%}
        select months.period_start, whole.digest
        from {{ beside("int_org__months") }} as months
        cross join (select {{ sum_of_hashes(looked_at) }} as digest from {{ rows }}) as whole
    {%- endif %}
{%- endmacro %}

{# Hashed twice, or a sum could not tell rows that swapped a value. #}
{% macro sum_of_hashes(columns) -%}
    sum(cast(hash(hash({{ columns }})) as hugeint))
{%- endmacro %}

{# A relation of the schema of the model that is built, whether or not its SQL names it. #}
{% macro beside(name) -%}
    {{ return(this.incorporate(path={"identifier": name}) | string) }}
{%- endmacro %}
