"""The component in Python: a mapper with its limits, and plans as dictionaries.

A call that takes more than its share, or traps, raises; the mapper then makes itself anew at the next call, since an
instance that trapped cannot be entered again.
"""

from wasmtime import Config, Engine, Store
from wasmtime.component import Component, Linker, ResourceAny

INTERFACE = "attio:destination/mapping@0.1.0"
MEMORY_BYTES = 64 * 1024 * 1024
# Some seconds on any machine; fuel counts instructions, so that the same call always ends at the same place.
FUEL = 10_000_000_000


class ConfigError(Exception):
    """All that is wrong with a configuration."""

    def __init__(self, diagnostics):
        super().__init__("; ".join(f"{d['at']}: {d['message']}" for d in diagnostics))
        self.diagnostics = diagnostics


class Host:
    """The component, compiled once."""

    def __init__(self, path):
        config = Config()
        config.consume_fuel = True
        self.engine = Engine(config)
        self.component = Component.from_file(self.engine, path)
        # The linker stays empty: the component imports nothing.
        self.linker = Linker(self.engine)

    def presets(self):
        """The ready-made configurations, as JSON."""
        return Instance(self).call("presets")

    def mapper(self, config, schema=None):
        """Compiles a configuration; raises ConfigError."""
        return Mapper(self, config, schema)


class Instance:
    def __init__(self, host):
        self.store = Store(host.engine)
        self.store.set_limits(memory_size=MEMORY_BYTES)
        self.store.set_fuel(FUEL)
        self.instance = host.linker.instantiate(self.store, host.component)
        self.mapping = self.instance.get_export_index(self.store, INTERFACE)
        self.functions = {}

    def call(self, name, *arguments):
        function = self.functions.get(name)
        if function is None:
            index = self.instance.get_export_index(self.store, name, self.mapping)
            function = self.functions[name] = self.instance.get_func(self.store, index)
        self.store.set_fuel(FUEL)
        return function(self.store, *arguments)


class Mapper:
    """A configuration, compiled in an instance of its own."""

    def __init__(self, host, config, schema=None):
        self.host, self.config, self.schema = host, config, schema
        self._compile()

    def _compile(self):
        self.instance = Instance(self.host)
        compiled = self.instance.call("[static]mapper.compile", self.config, self.schema)
        if not isinstance(compiled, ResourceAny):
            raise ConfigError([diagnostic(found) for found in compiled])
        self.mapper = compiled

    def _call(self, name, *arguments):
        if self.instance is None:
            self._compile()
        instance, self.instance = self.instance, None
        result = instance.call(f"[method]mapper.{name}", self.mapper, *arguments)
        self.instance = instance
        return result

    def warnings(self):
        """What is doubtful about the configuration."""
        return [diagnostic(found) for found in self._call("warnings")]

    def plan(self, event):
        """Plans one event, which is JSON text."""
        return plan(self._call("plan", event))

    def plan_batch(self, events):
        """Plans several events in one call."""
        return [plan(one) for one in self._call("plan-batch", events)]


def plan(record):
    """A plan as a dictionary; its bodies are texts: what is sent, byte for byte."""
    outcome = record.outcome
    return {
        **present(message_id=getattr(record, "message-id"), event_time=getattr(record, "event-time")),
        "outcome": outcome.tag,
        **present(reason=outcome.payload),
        "writes": [write(one) for one in record.writes],
        "diagnostics": [diagnostic(found) for found in record.diagnostics],
    }


def write(record):
    # A variant whose cases have different types comes as its payload alone: the text of an assert, the number of an append.
    is_assert = isinstance(record.kind, str)
    return {
        "id": record.id,
        "object": record.object,
        "kind": "assert" if is_assert else "append",
        "matching_attribute" if is_assert else "record": record.kind,
        "method": record.method,
        "path": record.path,
        "body": record.body,
        "depends_on": getattr(record, "depends-on"),
    }


def diagnostic(record):
    return {
        "code": record.code,
        "severity": record.severity,
        "at": record.at,
        "message": record.message,
        **present(help=record.help),
    }


def present(**entries):
    return {key: value for key, value in entries.items() if value is not None}
