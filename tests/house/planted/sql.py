"""SQL that is assembled, that switches a session, that names a tenant."""

from .plant import fault, right

QUERY = "app/domains/orders/queries.py"
CLUSTER = "app/kit/cluster.py"

FAULTS = [
    fault(
        "nothing_is_set_for_a_whole_session",
        QUERY,
        'STEP = "SET search_path TO queue"\n',
        1,
        "only SET LOCAL",
    ),
    fault("nothing_is_set_for_a_whole_session", QUERY, 'STEP = "set role x; set lock_timeout = 5"\n', 1, "SET LOCAL"),
    fault("nothing_is_set_for_a_whole_session", QUERY, 'S = b"BEGIN; SET work_mem = 5"\n', 1, "only SET LOCAL"),
    fault("nothing_is_set_for_a_whole_session", "migrations/a.sql", "SELECT 1;\nSET ROLE x;\n", 2, "only SET LOCAL"),
    fault(
        "nothing_is_set_for_a_whole_session",
        QUERY,
        "S = \"SELECT set_config('app.x', 'y', false)\"\n",
        1,
        "third argument",
    ),
    fault("roles_are_switched_in_one_place", "app/kit/queue.py", 'S = "SET LOCAL ROLE tenant"\n', 1, "app/kit/db.py"),
    fault("roles_are_switched_in_one_place", QUERY, 'S = f"RESET ROLE; {1}"\n', 1, "app/kit/db.py"),
    fault("columns_are_named", QUERY, 'S = "SELECT o.* FROM orders_orders o"\n', 1, "name the columns"),
    fault(
        "columns_are_named",
        "migrations/tenant/a.sql",
        "INSERT INTO a SELECT\nDISTINCT 1;\nselect * from b\n",
        3,
        "name",
    ),
    fault("columns_are_named", QUERY, 'S = "UPDATE x SET y = 1 RETURNING *"\n', 1, "name the columns"),
    fault(
        "no_sql_names_a_tenant",
        QUERY,
        'S = "SELECT id FROM t_01jabcdefg.orders_orders"\n',
        1,
        "never a part of a text",
    ),
    fault("no_sql_names_a_tenant", QUERY, 'table = Table("a", schema="t_01jabcdefg")\n', 1, "never named"),
    fault(
        "no_sql_is_built_from_input",
        QUERY,
        "def find(scope, name):\n    return scope.db.execute(text(f\"x = '{name}'\"))\n",
        2,
        "bind the values",
    ),
    fault(
        "no_sql_is_built_from_input",
        QUERY,
        "def find(connection, name):\n    statement = \"SELECT id FROM x WHERE y = '%s'\" % name\n    "
        "return connection.execute(statement)\n",
        2,
        "bind the values",
    ),
    fault(
        "no_sql_is_built_from_input",
        QUERY,
        'def find(run, name):\n    return run("SELECT id FROM x WHERE y = {}".format(name))\n',
        2,
        "bind the values",
    ),
    fault(
        "no_sql_is_built_from_input",
        QUERY,
        'def find(db, name):\n    return db.scalar("x" + name)\n',
        2,
        "bind the values",
    ),
    fault(
        "no_sql_is_built_from_input",
        QUERY,
        "def find(db, wishes):\n    return db.execute(text(' AND '.join(wishes)))\n",
        2,
        "bind the values",
    ),
    fault(
        "no_sql_is_built_from_input",
        CLUSTER,
        'def make(connection, name):\n    connection.execute(f"CREATE ROLE {name}")\n',
        2,
        "kit.db.identifier()",
    ),
    fault(
        "no_sql_is_built_from_input",
        "app/domains/provisioning/flows/births.py",
        'def drop(c, name):\n    word = name.lower()\n    c.execute(sql.SQL("DROP ROLE {}").format(sql.SQL(word)))\n',
        3,
        "kit.db.identifier()",
    ),
]

RIGHTS = [
    right("nothing_is_set_for_a_whole_session", QUERY, 'S = "SET LOCAL lock_timeout TO 2"\nT = "Set a price"\n'),
    right("nothing_is_set_for_a_whole_session", QUERY, 'S = "UPDATE x\\nSET role = 1, price = 2 WHERE y = 3"\n'),
    right("roles_are_switched_in_one_place", "app/kit/db.py", 'S = "SET LOCAL ROLE tenant"\n'),
    right("columns_are_named", QUERY, '"""Never SELECT * here."""\nS = "SELECT count(*), a * b FROM c"\n'),
    right("no_sql_names_a_tenant", QUERY, 'S = "SELECT id FROM orders_orders"\nT = "t_01jabcdefg"\n'),
    right(
        "no_sql_is_built_from_input",
        QUERY,
        """
        FIND = text("SELECT id FROM orders_orders WHERE number = :number")
        def find(scope, number, words):
            label = f"Update {number}"
            scope.db.execute(FIND, {"number": number, "label": label, "words": " ".join(words)})
            return scope.db.scalars(select(Order).where(Order.number == f"{number}-1"))
        """,
    ),
    right(
        "no_sql_is_built_from_input",
        CLUSTER,
        """
        EXTENSIONS = ("pg_trgm", "unaccent")
        def make(connection, name, password):
            parts = {"name": sql.Identifier(name), "password": sql.Literal(password)}
            for statement in ("CREATE ROLE {name} PASSWORD {password}", "CREATE SCHEMA {name}"):
                connection.execute(sql.SQL(statement).format(**parts))
            connection.execute(f"GRANT tenant TO {identifier(name)}")
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION {extension}")
            for place, options in (("a", "LOGIN"), ("b", "NOLOGIN")):
                connection.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(place), sql.SQL(options)))
        """,
    ),
]
