"""How the store is reached: connections, one writer, migrations, and what is well."""
