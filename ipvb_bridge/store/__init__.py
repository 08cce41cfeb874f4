"""Floor 3: SQLAlchemy tables, migrations, bulk load, cursors, quarantine, versions."""
