"""The rules of OmitI2V-Open's annotations, as data and as checks.

`python -m omiti2v.annotation_rules annotations` checks the edition's folder;
`python -m omiti2v.annotation_rules.agreement` computes the review numbers from the raw answers.
"""
