"""Every case through the component, against what the native core gave: `python cases.py COMPONENT CASES`.

CASES is left in the target folder by the tests of the wasmtime host.
"""

import json
import sys

from attio_destination import ConfigError, Host
from map import json_line


def outcome(host, config, schema, event):
    try:
        mapper = host.mapper(config, schema)
    except ConfigError as error:
        return json_line(error.diagnostics)
    if event is None:
        return json_line(mapper.warnings())
    line = json_line(mapper.plan(event))
    for plan in mapper.plan_batch([event, event]):
        assert json_line(plan) == line
    return line


def main():
    component, file = sys.argv[1:]
    with open(file, encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    assert len(cases) > 100, f"{len(cases)} cases"
    host = Host(component)
    for case in cases:
        got = outcome(host, case["config"], case["schema"], case["event"])
        assert got == case["expect"], f"{case['name']}\n  expected {case['expect']}\n  got      {got}"
    print(f"{len(cases)} cases give the same bytes in Python as natively")


if __name__ == "__main__":
    main()
