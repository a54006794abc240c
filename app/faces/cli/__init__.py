"""The command line: `bin/serai …`."""
