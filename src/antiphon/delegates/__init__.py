"""Others that an agent hands work to, each as a tool that runs for minutes: a team of its own, a program."""
