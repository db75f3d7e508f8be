"""Six nodes go from v1 to v2 by ROLLING and to v3 by FORCE, while somebody asks all of them all the time."""

import json
import threading

from kdb import KMS_KEY, VPC, ask, connect, running

client, _ = connect()
NODES = 6
environment = client.create_kx_environment(name='story', kmsKeyId=KMS_KEY)['environmentId']
cluster = {'environmentId': environment, 'clusterName': 'quotes'}


def code(version):
    return {
        'code': {'s3Bucket': 'bundles', 's3Key': f'{version}.zip'},
        'initializationScript': 'server.js',
    }


client.create_kx_cluster(
    **cluster,
    clusterType='HDB',
    releaseLabel='1.0',
    azMode='SINGLE',
    availabilityZoneId='use1-az1',
    vpcConfiguration=VPC,
    capacityConfiguration={'nodeType': 'kx.s.large', 'nodeCount': NODES},
    **code('v1'),
)
running(client, cluster)

# Random nodes are given, until all ports are known: a node keeps its port.
user = f'arn:aws:finspace:us-east-1:000000000000:kxEnvironment/{environment}/kxUser/ada'
ports = set()
while len(ports) < NODES:
    string = client.get_kx_connection_string(environmentId=environment, userArn=user, clusterName='quotes')
    ports.add(string['signedConnectionString'].split(':')[2])


class Watch(threading.Thread):
    """Asks all nodes again and again; keeps the fewest that answered at a time, and what they said."""

    def __init__(self):
        super().__init__()
        self.fewest = NODES
        self.said = set()
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            answers = [ask(port) for port in ports]
            self.said |= {answer for answer in answers if answer is not None}
            self.fewest = min(self.fewest, sum(answer is not None for answer in answers))

    def end(self):
        self.over.set()
        self.join()
        return {
            'fewest': self.fewest,
            'said': sorted(self.said),
            'now': sorted({str(ask(port)) for port in ports}),
        }


story = {}
for version, strategy in (('v2', 'ROLLING'), ('v3', 'FORCE')):
    watch = Watch()
    watch.start()
    client.update_kx_cluster_code_configuration(
        **cluster, **code(version), deploymentConfiguration={'deploymentStrategy': strategy}
    )
    shown = running(client, cluster)
    assert shown['code'] == code(version)['code']
    story[strategy] = watch.end()
print(json.dumps(story))
