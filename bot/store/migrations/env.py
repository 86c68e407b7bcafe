from alembic import context

from bot.store.tables import metadata

engine = context.config.attributes["engine"]
LOCK_KEY = 7310

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,  # all steps or none, on SQLite too
    )
    with context.begin_transaction():
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # two processes that start together migrate one after the other
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
        context.run_migrations()
    connection.commit()
