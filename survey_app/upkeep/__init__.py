"""Running a site for years: backups, restoring, upgrading."""
