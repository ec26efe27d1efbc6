"""What things cost: time, memory, tokens. Each module is a command."""
