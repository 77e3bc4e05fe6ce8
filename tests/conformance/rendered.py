"""A rendered pair as a scenario: kakehashi.toml, what `render` makes of it, and edits of that."""

import subprocess
from dataclasses import dataclass

RENDER_SECONDS_MAX = 60  # a bound against hanging, not a measure


@dataclass(frozen=True)
class Rendered:
    """Beside twin.Scenario: the files are rendered, edited, and named as templates."""

    binary: str
    toml: str
    edits: tuple = ()  # twin.Replace and twin.Append
    place: str | None = None
    named: bool = False  # the templates stand in kakehashi.toml, so that the edited files count
    alone: str = ""

    def write(self, directory):
        directory.mkdir(parents=True)
        config = directory / "kakehashi.toml"
        config.write_text(self.toml, encoding="utf-8")
        subprocess.run([self.binary, "render"], cwd=directory, check=True, capture_output=True, timeout=RENDER_SECONDS_MAX)
        if self.named:
            text = self.toml.replace("[operator]\n", '[operator]\ntemplate = "operator.yaml"\n')
            text = text.replace("[[municipality]]\n", '[[municipality]]\ntemplate = "municipality.yaml"\n')
            config.write_text(text, encoding="utf-8")
        for edit in self.edits:
            edit.apply(directory)
