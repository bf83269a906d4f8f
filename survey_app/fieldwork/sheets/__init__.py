"""Tables that people made, in CSV or in Excel, read cell by cell with the place of each."""
