"""What the scripts of this folder share: a client whose answers are held to the model, and ways to wait."""

import os
import sys
import time

import boto3
from botocore.config import Config

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'aws'))
import shapes  # noqa: E402

NETWORK = {'subnetIds': ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'], 'securityGroupIds': ['sg-0a1b2c3d']}
ROLE = 'arn:aws:iam::000000000000:role/eks'
NODES = {'subnets': ['subnet-0a1b2c3d'], 'nodeRole': 'arn:aws:iam::000000000000:role/node'}
# The waiters' own pace is one look in half a minute.
QUICKLY = {'Delay': 1, 'MaxAttempts': 90}


def connect(key='KEY', attempts=3):
    """A client, and the counts of its answers that were checked. key: which credentials of the environment it has."""
    client = boto3.client(
        'eks',
        region_name='us-east-1',
        endpoint_url=os.environ['ENDPOINT'],
        aws_access_key_id=os.environ[f'{key}_ID'],
        aws_secret_access_key=os.environ[f'{key}_SECRET'],
        config=Config(retries={'max_attempts': attempts, 'mode': 'standard'}),
    )
    # The model wants one tag at least, and the service answers an empty map for none.
    return client, shapes.watch(client, lenient={'TagMap'})


def ended(client, update, seconds=90, **of):
    """Waits until an update has ended, and gives it."""
    end = time.monotonic() + seconds
    while update['status'] == 'InProgress':
        if time.monotonic() > end:
            raise AssertionError(f'still in progress: {update}')
        time.sleep(0.1)
        update = client.describe_update(updateId=update['id'], **of)['update']
    return update


def refused(wanted, call, **request):
    """That a call is refused by the exception of this name; gives it."""
    exceptions = call.__self__.exceptions
    try:
        call(**request)
    except exceptions.ClientError as error:
        code = error.response['Error']['Code']
        assert code == wanted, f'{code} and not {wanted}: {error}'
        if hasattr(exceptions, wanted):
            assert isinstance(error, getattr(exceptions, wanted)), f'{wanted} is {type(error)}'
        return error
    raise AssertionError(f'{wanted} was expected of {call.__name__} with {request}')
