"""How people prove who they are: passwords, codes of a phone, browsers. No web, no store."""
