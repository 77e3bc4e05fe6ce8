"""mends.json: what `twin explain` proposes for each row, as it said it when somebody last looked."""

import json
import pathlib

PAGE = pathlib.Path(__file__).with_suffix(".json")
MENDS = json.loads(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
