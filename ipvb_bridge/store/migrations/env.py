"""What Alembic runs: the migrations on the connection, and in the transaction, that ``schema.upgrade`` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    # SQLite can undo a CREATE TABLE like any other statement; Alembic assumes it cannot.
    transactional_ddl=True,
)
context.run_migrations()
