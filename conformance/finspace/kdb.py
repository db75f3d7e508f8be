"""What the scripts of this folder share: a client whose answers are held to the model, and ways to wait."""

import os
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'aws'))
import shapes  # noqa: E402

REGION = 'us-east-1'
ACCOUNT = '000000000000'
VPC = {
    'vpcId': 'vpc-0a1b2c3d',
    'securityGroupIds': ['sg-0a1b2c3d'],
    'subnetIds': ['subnet-0a1b2c3d'],
    'ipAddressType': 'IP_V4',
}
KMS_KEY = f'arn:aws:kms:{REGION}:{ACCOUNT}:key/one'


def connect(key='KEY', attempts=3):
    """A client, and the counts of its answers that were checked. key: which credentials of the environment it has."""
    client = boto3.client(
        'finspace',
        region_name=REGION,
        endpoint_url=os.environ['ENDPOINT'],
        aws_access_key_id=os.environ[f'{key}_ID'],
        aws_secret_access_key=os.environ[f'{key}_SECRET'],
        config=Config(retries={'max_attempts': attempts, 'mode': 'standard'}),
    )
    # The model says environment/… of an ARN that the service itself calls kxEnvironment/….
    return client, shapes.watch(client, lenient={'EnvironmentArn'})


def until(tells, *wanted, seconds=60):
    """Waits until what is told is one of those, and gives it."""
    end = time.monotonic() + seconds
    while True:
        told = tells()
        if told in wanted:
            return told
        if time.monotonic() > end:
            raise AssertionError(f'still {told}, not {wanted}')
        time.sleep(0.05)


def running(client, cluster):
    """Waits until a cluster runs, and gives it."""
    found = {}

    def status():
        found.update(client.get_kx_cluster(**cluster))
        if found['status'].endswith('_FAILED'):
            raise AssertionError(f"{found['clusterName']} is {found['status']}: {found.get('statusReason')}")
        return found['status']

    until(status, 'RUNNING')
    return client.get_kx_cluster(**cluster)


def gone(client, cluster):
    """Waits until a cluster is gone."""

    def status():
        try:
            return client.get_kx_cluster(**cluster)['status']
        except client.exceptions.ResourceNotFoundException:
            return 'gone'

    until(status, 'gone')


def ask(port):
    """What the node behind a port says; None if it says nothing."""
    try:
        with urllib.request.urlopen(f'http://127.0.0.1:{port}/', timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None


def refused(error, work, **arguments):
    """Sees to it that a call is refused with that error, and gives the answer."""
    try:
        work(**arguments)
    except Exception as thrown:  # noqa: BLE001
        response = getattr(thrown, 'response', None)
        if response is None:
            raise
        name = response['Error']['Code']
        assert name == error, f'{name}: {response}'
        return response
    raise AssertionError(f'not refused: {work.__name__} {arguments}')
