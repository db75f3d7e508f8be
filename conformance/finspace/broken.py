"""Asks for a change while somebody else keeps the server's database from being written."""

import json
import os
import sqlite3

from kdb import KMS_KEY, connect, refused

client, _ = connect(attempts=1)
database = sqlite3.connect(os.environ['DATABASE'], isolation_level=None)
database.execute('BEGIN IMMEDIATE')
response = refused('InternalServerException', client.create_kx_environment, name='broken', kmsKeyId=KMS_KEY)
database.execute('ROLLBACK')
client.create_kx_environment(name='broken', kmsKeyId=KMS_KEY)
print(json.dumps(response['Error']['Code']))
