"""Self-assessment and appraisal: points and their history, submissions, questions, evidence."""
