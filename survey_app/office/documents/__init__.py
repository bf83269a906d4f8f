"""A scorecard to keep and to print: the report, the workbook, open data, the chart."""
