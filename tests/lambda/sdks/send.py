"""Sends a user and a group with an official SDK, unmodified, configured only by its host:
`send.py MODULE HOST KEY PREFIX`."""

import importlib
import sys

module, host, write_key, prefix = sys.argv[1:]
analytics = importlib.import_module(module)
failed = []
analytics.write_key = write_key
analytics.host = host
analytics.on_error = lambda error, events: failed.append((error, events))
for n in (1, 2, 3):
    user = f"{prefix}-user-{n}"
    traits = {
        "email": f"{user}@example.com",
        "firstName": "Grace",
        "lastName": f"Hopper {n}",
        "title": "Admiral",
    }
    analytics.identify(user, traits)
    website = f"https://{prefix}.example.com"
    analytics.group(user, f"{prefix}-group", {"name": "Acme", "website": website})
    analytics.track(user, "Order Completed", {"total": 9.5})
analytics.shutdown()
if failed:
    sys.exit(f"{failed}")
