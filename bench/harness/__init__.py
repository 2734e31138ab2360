"""What the measurements share: the program, its HTTP interface and the report.

- `site` starts the real program on a folder of its own and watches its process.
- `client` speaks to it as any program would.
- `tables` reads the tables that learning is measured on and holds rows out.
- `generated` draws tables of any size.
- `peers` makes the environment of the libraries to compare with, and runs programs there.
- `kept` keeps what these reached, so that ours alone can be measured again.
- `replays` makes lists of configurations with their losses, which a search can be replayed on.
- `report` turns measured values into a section of a Markdown file.

Standard library only, so that a bare machine can measure; only the programs in `peers/` need more.
"""
