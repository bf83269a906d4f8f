"""An author's preview: the real form of a questionnaire, read anew whenever its file is saved."""
