"""The structure of a tenant's schema as the database's own catalogue has it: a list of facts, and their fingerprint.

Two schemas of one version have the same facts, however they came to be: born from the blueprint, or migrated step by
step. So a column's place in its table is no fact (ALTER TABLE adds at the end), and neither is the schema's own name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text

from app.domains.tenancy.models import STATUSES
from app.kit.db import check_tenant_id
from app.kit.scope import SYSTEM_ONLY, Scope, query

WHOLE = tuple(status for status in STATUSES if status != "building")

_FACTS = text("""
    WITH relation AS (
        SELECT c.oid, c.relname, c.relkind, c.relacl, c.relowner, c.relrowsecurity, c.relforcerowsecurity
        FROM pg_class AS c
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema)
    ),
    granted AS (
        SELECT 'schema' AS what, n.nspowner AS owner, n.nspacl AS acl FROM pg_namespace AS n WHERE n.nspname = :schema
        UNION ALL
        SELECT 'relation ' || r.relname, r.relowner, r.relacl FROM relation AS r
        UNION ALL
        SELECT 'column ' || r.relname || '.' || a.attname, r.relowner, a.attacl
        FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid WHERE NOT a.attisdropped
        UNION ALL
        SELECT 'function ' || p.proname, p.proowner, p.proacl FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = :schema
        UNION ALL
        SELECT 'default for ' || d.defaclobjtype::text, d.defaclrole, d.defaclacl FROM pg_default_acl AS d
        JOIN pg_namespace AS n ON n.oid = d.defaclnamespace WHERE n.nspname = :schema
    )
    SELECT concat_ws(' ', 'relation', r.relname, 'kind', r.relkind,
                     CASE WHEN r.relrowsecurity THEN 'row security' END,
                     CASE WHEN r.relforcerowsecurity THEN 'forced' END) AS fact
    FROM relation AS r
    UNION ALL
    SELECT concat_ws(' ', 'column', r.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
                     CASE WHEN a.attnotnull THEN 'not null' END,
                     CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
                     CASE WHEN a.attgenerated <> '' THEN 'generated ' || a.attgenerated::text END,
                     'default ' || pg_get_expr(d.adbin, d.adrelid))
    FROM relation AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p', 'v', 'm')
    UNION ALL
    SELECT concat_ws(' ', 'constraint', r.relname || '.' || k.conname, pg_get_constraintdef(k.oid),
                     CASE WHEN NOT k.convalidated THEN 'not validated' END)
    FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN 'not valid' END)
    FROM relation AS r JOIN pg_index AS i ON i.indexrelid = r.oid
    UNION ALL
    SELECT 'view ' || r.relname || ' ' || pg_get_viewdef(r.oid) FROM relation AS r WHERE r.relkind IN ('v', 'm')
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
    FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'sequence', r.relname, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
                     s.seqcache, s.seqcycle)
    FROM relation AS r JOIN pg_sequence AS s ON s.seqrelid = r.oid
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = :schema AND p.prokind IN ('f', 'p')
    UNION ALL
    SELECT concat_ws(' ', 'type', t.typname, t.typtype, format_type(t.typbasetype, t.typtypmod),
                     (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                      FROM pg_enum AS e WHERE e.enumtypid = t.oid))
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    WHERE n.nspname = :schema AND t.typtype IN ('d', 'e')
    UNION ALL
    SELECT concat_ws(' ', 'grant on', g.what, a.privilege_type, 'to', coalesce(u.rolname, 'PUBLIC'),
                     CASE WHEN a.is_grantable THEN 'grantable' END)
    FROM granted AS g
    CROSS JOIN LATERAL aclexplode(g.acl) AS a
    LEFT JOIN pg_roles AS u ON u.oid = a.grantee
    WHERE a.grantee <> g.owner
""")


@query(SYSTEM_ONLY)
def list_structure(scope: Scope, tenant_id: str) -> list[str]:
    """All facts of a tenant's schema, sorted: relations, columns with types and defaults, constraints, indexes, views,
    triggers, sequences, functions, types, grants. Empty for a schema that is not there."""
    schema = check_tenant_id(tenant_id)
    found = scope.db.execute(_FACTS, {"schema": schema}).scalars()
    return sorted(fact.replace(f"{schema}.", "").replace(schema, "(tenant)") for fact in found)


@query(SYSTEM_ONLY)
def structure_hash(scope: Scope, tenant_id: str) -> str:
    """SHA-256 of `list_structure`: equal for schemas of one version."""
    return hashlib.sha256("\n".join(list_structure(scope, tenant_id)).encode()).hexdigest()


@query(SYSTEM_ONLY)
def find_deviants(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Whole tenants whose structure is not that of most tenants of their revision, each with one fact that differs."""
    whole = text("SELECT id, revision FROM tenants WHERE status = ANY(:whole) ORDER BY revision, id")
    rows = scope.db.execute(whole, {"whole": list(WHOLE)}).all()
    for revision in sorted({row.revision for row in rows}):
        hashes = {row.id: structure_hash(scope, row.id) for row in rows if row.revision == revision}
        usual, _ = Counter(hashes.values()).most_common(1)[0]
        model = next(tenant_id for tenant_id, found in hashes.items() if found == usual)
        for tenant_id, found in hashes.items():
            if found != usual:
                differing = {*list_structure(scope, tenant_id)} ^ {*list_structure(scope, model)}
                yield {"id": tenant_id, "revision": revision, "differs_in": min(differing)[:200]}
