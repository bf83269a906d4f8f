"""The site as it runs in the field: waitress, in one process or in several on one port."""
