"""Training and measuring of the tiny judge, whose weights and judge are `evaluators.tiny`."""
