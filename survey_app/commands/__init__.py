"""The `cchc` command: one module a noun."""
