"""What the measurements share: the program, its HTTP interface and the report.

- `site` starts the real program on a folder of its own and watches its process.
- `client` speaks to it as any program would.
- `report` turns measured values into a section of a Markdown file.

Standard library only, so that a bare machine can measure.
"""
