"""Calls every operation, and is refused in every way; tells the counts of answers that kept to the model."""

import json

from kdb import ACCOUNT, KMS_KEY, REGION, VPC, ask, connect, gone, refused, running, until

client, counts = connect()
viewer, viewer_counts = connect('VIEWER')
code = {'s3Bucket': 'bundles', 's3Key': 'v1.zip'}


def environment(name, **more):
    return client.create_kx_environment(name=name, kmsKeyId=KMS_KEY, **more)['environmentId']


def cluster_of(environment_id, name, cluster_type, **more):
    """All that a cluster is made with."""
    return {
        'environmentId': environment_id,
        'clusterName': name,
        'clusterType': cluster_type,
        'releaseLabel': '1.0',
        'azMode': 'SINGLE',
        'availabilityZoneId': 'use1-az1',
        'vpcConfiguration': VPC,
        'capacityConfiguration': {'nodeType': 'kx.s.large', 'nodeCount': 1},
        'code': code,
        'initializationScript': 'server.js',
        **more,
    }


# Environments, in pages and with tokens.
first = client.create_kx_environment(
    name='first', kmsKeyId=KMS_KEY, description='The first', tags={'team': 'quotes'}, clientToken='a'
)
again = client.create_kx_environment(
    name='first', kmsKeyId=KMS_KEY, description='The first', tags={'team': 'quotes'}, clientToken='a'
)
one = first['environmentId']
assert again['environmentId'] == one
refused('ConflictException', client.create_kx_environment, name='other', kmsKeyId=KMS_KEY, clientToken='a')
refused('ConflictException', client.create_kx_environment, name='first', kmsKeyId=KMS_KEY)
refused('ValidationException', client.create_kx_environment, name='a b c', kmsKeyId=KMS_KEY)
refused('ValidationException', client.create_kx_environment, name='wrong-key', kmsKeyId='alias/key')
refused('AccessDeniedException', viewer.create_kx_environment, name='second', kmsKeyId=KMS_KEY)
two = environment('second')
refused('ServiceQuotaExceededException', client.create_kx_environment, name='third', kmsKeyId=KMS_KEY)
found = client.get_kx_environment(environmentId=one)
assert (found['status'], found['kmsKeyId'], found['awsAccountId']) == ('CREATED', KMS_KEY, ACCOUNT)
refused('ResourceNotFoundException', client.get_kx_environment, environmentId='0' * 26)
refused('ValidationException', client.get_kx_environment, environmentId='x' * 27)
pages = client.get_paginator('list_kx_environments').paginate(PaginationConfig={'PageSize': 1})
assert [[each['name'] for each in page['environments']] for page in pages] == [['first'], ['second']]
refused('ValidationException', client.list_kx_environments, nextToken='nonsense')
changed = client.update_kx_environment(environmentId=two, name='later', description='The second', clientToken='b')
assert (changed['name'], changed['description']) == ('later', 'The second')
refused('ConflictException', client.update_kx_environment, environmentId=two, name='first')
refused('ResourceNotFoundException', client.update_kx_environment, environmentId='0' * 26, name='more')

# Clusters of all types.
types = {
    'hdb': cluster_of(
        one,
        'hdb',
        'HDB',
        databases=[{'databaseName': 'trades', 'changesetId': 'c1'}],
        cacheStorageConfigurations=[{'type': 'CACHE_1000', 'size': 1200}],
        autoScalingConfiguration={
            'minNodeCount': 1,
            'maxNodeCount': 3,
            'autoScalingMetric': 'CPU_UTILIZATION_PERCENTAGE',
            'metricTarget': 70.5,
            'scaleInCooldownSeconds': 10,
            'scaleOutCooldownSeconds': 10,
        },
        capacityConfiguration={'nodeType': 'kx.s.large', 'nodeCount': 2},
        clusterDescription='All that was',
        executionRole=f'arn:aws:iam::{ACCOUNT}:role/kdb',
        tags={'team': 'quotes'},
    ),
    'rdb': cluster_of(
        one,
        'rdb',
        'RDB',
        savedownStorageConfiguration={'type': 'SDS01', 'size': 10, 'volumeName': 'volume-1'},
        scalingGroupConfiguration={
            'scalingGroupName': 'group-1',
            'memoryReservation': 6,
            'memoryLimit': 12,
            'nodeCount': 1,
            'cpu': 0.5,
        },
    ),
    'gateway': cluster_of(one, 'gateway', 'GATEWAY'),
    'gp1': cluster_of(one, 'gp1', 'GP', commandLineArguments=[{'key': 's', 'value': '2'}]),
    'plant': cluster_of(
        one, 'plant', 'TICKERPLANT', tickerplantLogConfiguration={'tickerplantLogVolumes': ['volume-2']}
    ),
}
del types['rdb']['capacityConfiguration']
for each in types.values():
    made = client.create_kx_cluster(**each)
    assert made['status'] == 'PENDING', made
hdb = {'environmentId': one, 'clusterName': 'hdb'}
gp = {'environmentId': one, 'clusterName': 'gp1'}
for name, given in types.items():
    shown = running(client, {'environmentId': one, 'clusterName': name})
    for member in set(given) - {'environmentId', 'tags'}:
        assert shown[member] == given[member], (name, member, shown[member], given[member])
listed = client.list_kx_clusters(environmentId=one, maxResults=100)['kxClusterSummaries']
assert sorted(each['clusterType'] for each in listed) == ['GATEWAY', 'GP', 'HDB', 'RDB', 'TICKERPLANT']
names, token = [], None
while True:
    page = client.list_kx_clusters(environmentId=one, maxResults=2, **({'nextToken': token} if token else {}))
    names += [each['clusterName'] for each in page['kxClusterSummaries']]
    token = page.get('nextToken')
    if token is None:
        break
assert names == sorted(types)
assert [
    each['clusterName']
    for each in client.list_kx_clusters(environmentId=one, clusterType='RDB')['kxClusterSummaries']
] == ['rdb']
assert client.list_kx_clusters(environmentId=two)['kxClusterSummaries'] == []

# One more than a project may have.
extra = {'environmentId': two, 'clusterName': 'extra'}
client.create_kx_cluster(**cluster_of(two, 'extra', 'GATEWAY'))
refused('LimitExceededException', client.create_kx_cluster, **cluster_of(two, 'one-more', 'GATEWAY'))
running(client, extra)
client.delete_kx_cluster(**extra)
gone(client, extra)

# What cannot be made.
refused('ConflictException', client.create_kx_cluster, **{**types['gp1'], 'clientToken': 'new'})
for change in (
    {'capacityConfiguration': {'nodeCount': 2}},
    {'azMode': 'MULTI'},
    {'clusterType': 'RDB'},
    {'clusterType': 'TICKERPLANT'},
    {'code': {'s3Bucket': 'bundles'}},
    {'code': {'s3Bucket': 'bundles', 's3Key': 'nothing.zip'}},
    {'code': {**code, 's3ObjectVersion': 'none'}},
    {'initializationScript': 'missing.js'},
    {'commandLineArguments': [{'key': 'awsSecret', 'value': '1'}]},
):
    refused(
        'ValidationException', client.create_kx_cluster, **{**cluster_of(two, 'general', 'GP'), **change}
    )
refused('ResourceNotFoundException', client.create_kx_cluster, **cluster_of('0' * 26, 'general', 'GP'))
refused('AccessDeniedException', viewer.create_kx_cluster, **cluster_of(two, 'general', 'GP'))

# Nodes and the way to them.
nodes = client.list_kx_cluster_nodes(**hdb)['nodes']
assert [each['status'] for each in nodes] == ['RUNNING', 'RUNNING']
assert {each['availabilityZoneId'] for each in nodes} == {'use1-az1'}
page = client.list_kx_cluster_nodes(**hdb, maxResults=1)
assert client.list_kx_cluster_nodes(**hdb, maxResults=1, nextToken=page['nextToken'])['nodes'] == nodes[1:]
user = f'arn:aws:finspace:{REGION}:{ACCOUNT}:kxEnvironment/{one}/kxUser/ada'
string = client.get_kx_connection_string(environmentId=one, userArn=user, clusterName='hdb')
_, host, port, name, _ = string['signedConnectionString'].split(':')
assert (host, name, ask(port)) == ('127.0.0.1', 'ada', 'v1')
refused(
    'ResourceNotFoundException',
    client.get_kx_connection_string,
    environmentId=one,
    userArn=user.replace(one, two),
    clusterName='hdb',
)
client.delete_kx_cluster_node(**hdb, nodeId=nodes[0]['nodeId'])
until(lambda: len(client.list_kx_cluster_nodes(**hdb)['nodes']), 1)
assert running(client, hdb)['capacityConfiguration']['nodeCount'] == 1
refused('ResourceNotFoundException', client.delete_kx_cluster_node, **hdb, nodeId=nodes[0]['nodeId'])
refused('ValidationException', client.delete_kx_cluster_node, **hdb, nodeId=nodes[1]['nodeId'])

# Code and databases.
update = {**gp, 'code': {'s3Bucket': 'bundles', 's3Key': 'v2.zip'}, 'initializationScript': 'server.js'}
client.update_kx_cluster_code_configuration(**update, clientToken='c')
busy = refused('ConflictException', client.update_kx_cluster_code_configuration, **update)
assert busy['reason'] == 'UPDATING', busy
client.update_kx_cluster_code_configuration(**update, clientToken='c')
shown = running(client, gp)
assert (shown['code'], 'commandLineArguments' in shown) == (update['code'], False)
refused(
    'ConflictException', client.update_kx_cluster_code_configuration, **{**update, 'code': code}, clientToken='c'
)
quiet = {'deploymentConfiguration': {'deploymentStrategy': 'NO_RESTART'}}
client.update_kx_cluster_code_configuration(**gp, code=code, **quiet)
assert running(client, gp)['initializationScript'] == 'server.js'
refused('ValidationException', client.update_kx_cluster_code_configuration, **update, **quiet)
refused('ValidationException', client.update_kx_cluster_code_configuration, **hdb, code=code, **quiet)
refused('ValidationException', client.update_kx_cluster_code_configuration, **gp, code={})
refused('AccessDeniedException', viewer.update_kx_cluster_code_configuration, **update)
databases = [{'databaseName': 'trades', 'changesetId': 'c2'}]
client.update_kx_cluster_databases(**hdb, databases=databases, clientToken='d')
client.update_kx_cluster_databases(**hdb, databases=databases, clientToken='d')
assert running(client, hdb)['databases'] == databases
client.update_kx_cluster_databases(**hdb, databases=[{'databaseName': 'trades', 'changesetId': 'c3'}], **quiet)
refused('ValidationException', client.update_kx_cluster_databases, **hdb, databases=[{'databaseName': 'other'}])
refused('ValidationException', client.update_kx_cluster_databases, **gp, databases=databases)

# Tags.
arn = f'arn:aws:finspace:{REGION}:{ACCOUNT}:kxEnvironment/{one}/kxCluster/hdb'
client.tag_resource(resourceArn=arn, tags={'tier': 'one', 'cost': 'low'})
client.untag_resource(resourceArn=arn, tagKeys=['cost', 'none'])
assert client.list_tags_for_resource(resourceArn=arn)['tags'] == {'team': 'quotes', 'tier': 'one'}
assert client.list_tags_for_resource(resourceArn=first['environmentArn'])['tags'] == {'team': 'quotes'}
refused('InvalidRequestException', client.list_tags_for_resource, resourceArn='arn:aws:finspace:nothing-at-all')
refused('InvalidRequestException', client.tag_resource, resourceArn=arn, tags={'aws:mine': 'x'})
refused(
    'InvalidRequestException', client.tag_resource, resourceArn=arn, tags={f't{"x" * n}': 'x' for n in range(1, 50)}
)
refused('ResourceNotFoundException', client.list_tags_for_resource, resourceArn=arn.replace('/hdb', '/none'))
refused('ResourceNotFoundException', client.untag_resource, resourceArn=arn.replace(ACCOUNT, '1' * 12), tagKeys=['a'])

# What goes.
refused('ConflictException', client.delete_kx_environment, environmentId=one)
for name in types:
    each = {'environmentId': one, 'clusterName': name}
    client.delete_kx_cluster(**each, clientToken=f'e-{name}')
    client.delete_kx_cluster(**each, clientToken=f'e-{name}')
for name in types:
    gone(client, {'environmentId': one, 'clusterName': name})
refused('ResourceNotFoundException', client.delete_kx_cluster, **hdb, clientToken='new')
refused('ResourceNotFoundException', client.list_kx_cluster_nodes, **hdb)
for each in (one, two):
    client.delete_kx_environment(environmentId=each, clientToken='f' + each[:20])
    client.delete_kx_environment(environmentId=each, clientToken='f' + each[:20])
    refused('ResourceNotFoundException', client.delete_kx_environment, environmentId=each)

print(json.dumps({name: counts.get(name, 0) + viewer_counts.get(name, 0) for name in {**counts, **viewer_counts}}))
