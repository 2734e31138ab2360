"""What peers reached before, in a file of the folder `peers`, so that ours can be measured again without them."""

import datetime
import json

from .peers import PROGRAMS


class Kept:
    """The results of one peer: they hold for one set of versions, and their times for one machine.

    With `anew` nothing that was kept is taken; what is not measured again stays in the file.
    """

    def __init__(self, name, versions, machine, anew=False):
        self.path = PROGRAMS / f"{name}.json"
        self.machine, self.anew = machine, anew
        told = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        # Results of other versions are no longer of use.
        self.results = told["results"] if told.get("versions") == versions else {}
        self.versions = versions

    def get(self, key, is_usable):
        """The result that is kept under this key, if it may be taken."""
        result = self.results.get(key)
        return result if result and not self.anew and is_usable(result) else None

    def keep(self, key, result):
        """Writes it into the file at once; where it was measured and when is told with it."""
        date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
        self.results[key] = result | {"date": date, "machine": self.machine}
        # A line for each, or the file would be as long as it has numbers.
        kept = sorted(self.results.items())
        lines = (f"  {json.dumps(key)}: {json.dumps(of, sort_keys=True)}" for key, of in kept)
        head = f'{{\n "versions": {json.dumps(self.versions)},\n "results": {{\n'
        unfinished = self.path.with_suffix(".tmp")
        unfinished.write_text(head + ",\n".join(lines) + "\n }\n}\n", encoding="utf-8")
        unfinished.replace(self.path)
        return self.results[key]

    def line(self, name, results):
        """Where these results come from."""
        dates = sorted(result["date"][:10] for result in results)
        machines = " and ".join(sorted({result["machine"] for result in results}))
        return f"- {name}: {self.versions}; {' to '.join(sorted({dates[0], dates[-1]}))}; {machines}."
