"""Who is asked, and how it went. Pure: no web, no database, no clock."""
