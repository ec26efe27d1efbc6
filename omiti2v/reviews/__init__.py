"""What reviewers answered about the samples: machines in rounds, people one by one."""
