"""What changes the small study of tests/builders.py, so that there is more to assess."""

TWO_LEAVES = (
    "        points: 8.5\n        assessed: self\n",
    """        sub_criteria:
          - sub_criterion: 1.1.1
            name:
              vi: Ban hành kế hoạch
              en: Plan issued
            provenance: proposed
            points: 6.5
            assessed: self
          - sub_criterion: 1.1.2
            name:
              vi: Thực hiện kế hoạch
              en: Plan carried out
            provenance: proposed
            points: 2
            assessed: self
""",
)
"""What replaces the one self-assessed criterion of the small study: two sub-criteria."""
