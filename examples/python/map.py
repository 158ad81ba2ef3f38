"""Maps an NDJSON file: `python map.py COMPONENT CONFIG EVENTS` prints a line of JSON per event."""

import json
import sys

from attio_destination import ConfigError, Host


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: python map.py COMPONENT CONFIG EVENTS")
    component, config, events = sys.argv[1:]
    with open(config, encoding="utf-8") as file:
        try:
            mapper = Host(component).mapper(file.read())
        except ConfigError as error:
            sys.exit(f"error: {error}")
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                print(json_line(mapper.plan(line.rstrip("\n"))))


def json_line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
