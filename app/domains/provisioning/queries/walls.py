"""The walls between tenants, as questions to the database's own catalogue."""

from __future__ import annotations

from app.domains.provisioning.queries.structure import find_deviants
from app.kit.invariants import Invariant

PLATFORM_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="tenancy.one_schema_one_role",
        sentence="each tenant has exactly one schema and one role of its name, and each of those has its tenant",
        columns=("id", "missing"),
        sql="""
            SELECT coalesce(t.id, n.nspname, r.rolname) AS id,
                   concat_ws(', ', CASE WHEN t.id IS NULL THEN 'tenant' END,
                             CASE WHEN n.nspname IS NULL THEN 'schema' END,
                             CASE WHEN r.rolname IS NULL THEN 'role' END) AS missing
            FROM (SELECT id FROM tenants WHERE status <> 'building') AS t
            FULL JOIN (SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^t_[0-9a-z]{26}$'
                       AND nspname NOT IN (SELECT id FROM tenants WHERE status = 'building')) AS n ON n.nspname = t.id
            FULL JOIN (SELECT d.rolname::text FROM pg_roles AS d WHERE d.rolname ~ '^t_[0-9a-z]{26}$'
                       AND d.rolname NOT IN (SELECT id FROM tenants WHERE status = 'building')
                       AND EXISTS (SELECT 1 FROM pg_namespace AS s WHERE s.nspname = d.rolname)) AS r
                   ON r.rolname = coalesce(t.id, n.nspname)
            WHERE t.id IS NULL OR n.nspname IS NULL OR r.rolname IS NULL
        """,
    ),
    Invariant(
        name="tenancy.no_right_on_another_schema",
        sentence="no role but its own tenant's and the owner's may use a tenant's schema",
        columns=("schema", "grantee", "privilege"),
        sql="""
            SELECT n.nspname AS schema, coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type AS privilege
            FROM pg_namespace AS n
            CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
            LEFT JOIN pg_roles AS r ON r.oid = a.grantee
            WHERE n.nspname ~ '^t_[0-9a-z]{26}$' AND a.grantee <> n.nspowner
              AND NOT (coalesce(r.rolname, 'PUBLIC') = n.nspname AND a.privilege_type = 'USAGE')
        """,
    ),
    Invariant(
        name="tenancy.no_membership_across",
        sentence="a tenant's role is a member of the common group and of nothing else",
        columns=("member", "role"),
        sql="""
            SELECT m.rolname AS member, g.rolname AS role
            FROM pg_auth_members AS x
            JOIN pg_roles AS m ON m.oid = x.member
            JOIN pg_roles AS g ON g.oid = x.roleid
            WHERE m.rolname ~ '^t_[0-9a-z]{26}$' AND g.rolname <> 'tenant'
        """,
    ),
    Invariant(
        name="tenancy.tenants_own_nothing",
        sentence="no table, view or sequence belongs to a tenant's role or to the group",
        columns=("schema", "name", "owner"),
        sql="""
            SELECT n.nspname AS schema, c.relname AS name, r.rolname AS owner
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_roles AS r ON r.oid = c.relowner
            WHERE r.rolname ~ '^t_[0-9a-z]{26}$' OR r.rolname = 'tenant'
        """,
    ),
    Invariant(
        name="tenancy.nothing_in_public",
        sentence="schema public is empty and open to nobody",
        columns=("what",),
        sql="""
            SELECT c.relname AS what FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
            UNION ALL
            SELECT 'granted to PUBLIC: ' || a.privilege_type
            FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
            WHERE n.nspname = 'public' AND a.grantee = 0
        """,
    ),
    Invariant(
        name="tenancy.queue_is_closed",
        sentence="a tenant may defer a job by one definer function and has no right on a table of the queue",
        columns=("what",),
        sql="""
            SELECT 'not a definer: ' || p.proname AS what FROM pg_proc AS p
            JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE n.nspname = 'queue' AND p.proname = 'procrastinate_defer_jobs_v1' AND NOT p.prosecdef
            UNION ALL
            SELECT c.relname || ': ' || a.privilege_type FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL aclexplode(c.relacl) AS a
            LEFT JOIN pg_roles AS r ON r.oid = a.grantee
            WHERE n.nspname = 'queue' AND (a.grantee = 0 OR r.rolname = 'tenant' OR r.rolname ~ '^t_[0-9a-z]{26}$')
        """,
    ),
    Invariant(
        name="tenancy.one_host_one_tenant",
        sentence="an active tenant has a storefront host, and its name stands in normal form",
        columns=("slug",),
        sql="""
            SELECT t.slug FROM tenants AS t WHERE t.status = 'active'
            AND NOT EXISTS (SELECT 1 FROM domains AS d WHERE d.tenant_id = t.id AND d.face = 'storefront')
        """,
    ),
    Invariant(
        name="tenancy.none_stuck",
        sentence="no tenant is being built or provisioned for more than 15 minutes",
        columns=("id", "status"),
        sql="""
            SELECT id, status FROM tenants WHERE status IN ('building', 'provisioning')
            AND updated_at < now() - interval '15 minutes'
        """,
    ),
    Invariant(
        name="tenancy.same_structure",
        sentence="the schemas of one revision have the same structure, wherever they came from",
        columns=("id", "revision", "differs_in"),
        find=find_deviants,
    ),
)
