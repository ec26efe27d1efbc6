"""Makes and checks the contrast set: contact sheets, rules, blind answers, trials of questions."""
