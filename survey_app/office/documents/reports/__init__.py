"""What reports say: of the province, of each unit, and on one page for leaders."""
