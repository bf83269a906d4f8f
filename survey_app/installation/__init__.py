"""A site of a province: its folder, what stands around it, and whether it is well."""
