"""Asks faster than allowed: as a client that does not wait, and as clients do."""

import json
from concurrent.futures import ThreadPoolExecutor

from kdb import connect

hasty, _ = connect(attempts=1)


def ask(_):
    """How a request was answered."""
    try:
        hasty.list_kx_environments()
        return 'answered'
    except Exception as error:  # noqa: BLE001
        return error.response['Error']['Code']


with ThreadPoolExecutor(8) as threads:
    names = sorted(threads.map(ask, range(8)))
patient, _ = connect(attempts=8)
for _ in range(4):
    patient.list_kx_environments()
print(json.dumps(names))
