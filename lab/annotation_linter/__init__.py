"""The rules of OmitI2V-Open's annotations, as data and as checks.

`python -m lab.annotation_linter annotations` checks the edition's folder;
`python -m lab.annotation_linter.agreement` computes the review numbers from the raw answers.
"""
