"""Every operation, its paginators, waiters and exceptions, with answers held to botocore's own model."""

import json
import uuid

from client import NETWORK, NODES, QUICKLY, ROLE, connect, ended, refused

eks, counts = connect()


def clusters():
    request = {
        'name': 'web',
        'version': '1.33',
        'roleArn': ROLE,
        'resourcesVpcConfig': NETWORK,
        'tags': {'team': 'quotes'},
        'logging': {'clusterLogging': [{'types': ['api', 'audit'], 'enabled': True}]},
        'encryptionConfig': [{'resources': ['secrets'], 'provider': {'keyArn': 'arn:aws:kms:::key/1'}}],
        'accessConfig': {'authenticationMode': 'API', 'bootstrapClusterCreatorAdminPermissions': False},
        'kubernetesNetworkConfig': {'serviceIpv4Cidr': '10.0.0.0/16', 'ipFamily': 'ipv4'},
        'deletionProtection': True,
        'clientRequestToken': str(uuid.uuid4()),
    }
    made = eks.create_cluster(**request)['cluster']
    eks.get_waiter('cluster_active').wait(name='web', WaiterConfig=QUICKLY)
    assert eks.create_cluster(**request)['cluster']['createdAt'] == made['createdAt']
    refused('InvalidParameterException', eks.create_cluster, **{**request, 'version': '1.34'})
    again = {**request, 'clientRequestToken': str(uuid.uuid4())}
    refused('ResourceInUseException', eks.create_cluster, **again)
    refused('InvalidParameterException', eks.create_cluster, **{**again, 'name': 'x', 'version': '2.0'})
    shown = eks.describe_cluster(name='web')['cluster']
    assert shown['status'] == 'ACTIVE' and shown['accessConfig'] == request['accessConfig'], shown
    assert shown['resourcesVpcConfig']['subnetIds'] == NETWORK['subnetIds'], shown
    missing = refused('ResourceNotFoundException', eks.describe_cluster, name='missing')
    assert missing.response['clusterName'] == 'missing', missing.response
    for name in ('one', 'two'):
        eks.create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig=NETWORK)
    pages = eks.get_paginator('list_clusters').paginate(PaginationConfig={'PageSize': 1})
    assert [name for page in pages for name in page['clusters']] == ['one', 'two', 'web']
    versions = eks.get_paginator('describe_cluster_versions').paginate(PaginationConfig={'PageSize': 2})
    known = [each for page in versions for each in page['clusterVersions']]
    assert [each['clusterVersion'] for each in known] == ['1.32', '1.33', '1.34'], known
    assert [each['defaultVersion'] for each in known] == [False, False, True]
    refused('InvalidRequestException', eks.delete_cluster, name='web')


def node_groups():
    eks.create_nodegroup(
        clusterName='web',
        nodegroupName='ng',
        scalingConfig={'minSize': 1, 'maxSize': 4, 'desiredSize': 2},
        updateConfig={'maxUnavailablePercentage': 50, 'updateStrategy': 'MINIMAL'},
        labels={'tier': 'front'},
        taints=[{'key': 'gpu', 'value': 'no', 'effect': 'NO_SCHEDULE'}],
        launchTemplate={'name': 'small', 'version': '1'},
        remoteAccess={'ec2SshKey': 'ops'},
        nodeRepairConfig={'enabled': True},
        tags={'team': 'quotes'},
        **NODES,
    )
    of = {'clusterName': 'web', 'nodegroupName': 'ng'}
    eks.get_waiter('nodegroup_active').wait(WaiterConfig=QUICKLY, **of)
    group = eks.describe_nodegroup(**of)['nodegroup']
    assert group['version'] == '1.33' and group['health']['issues'] == [], group
    assert group['launchTemplate'] == {'name': 'small', 'version': '1'} and 'diskSize' not in group, group
    pages = eks.get_paginator('list_nodegroups').paginate(clusterName='web')
    assert [name for page in pages for name in page['nodegroups']] == ['ng']
    refused('ResourceInUseException', eks.create_nodegroup, **of, **NODES)
    refused('InvalidRequestException', eks.create_nodegroup, clusterName='no', nodegroupName='ng', **NODES)
    wrong = {'clusterName': 'web', 'nodegroupName': 'other', **NODES}
    size = {'minSize': 3, 'maxSize': 2, 'desiredSize': 3}
    refused('InvalidParameterException', eks.create_nodegroup, scalingConfig=size, **wrong)
    refused('ResourceNotFoundException', eks.describe_nodegroup, clusterName='web', nodegroupName='no')
    update = eks.update_nodegroup_config(
        labels={'addOrUpdateLabels': {'tier': 'back'}},
        scalingConfig={'desiredSize': 3},
        updateConfig={'maxUnavailable': 1},
        **of,
    )['update']
    seen = ended(eks, update, name='web', nodegroupName='ng')
    assert seen['status'] == 'Successful' and seen['type'] == 'ConfigUpdate', seen
    refused('InvalidRequestException', eks.update_nodegroup_config, updateConfig={'maxUnavailable': 1}, **of)
    refused('ResourceNotFoundException', eks.delete_nodegroup, clusterName='web', nodegroupName='no')
    eks.get_waiter('nodegroup_active').wait(WaiterConfig=QUICKLY, **of)


def updates():
    change = {'clusterLogging': [{'types': ['scheduler'], 'enabled': True}]}
    logging = ended(eks, eks.update_cluster_config(name='web', logging=change)['update'], name='web')
    assert logging['type'] == 'LoggingUpdate' and logging['status'] == 'Successful', logging
    refused('InvalidRequestException', eks.update_cluster_config, name='web')
    refused('InvalidRequestException', eks.update_cluster_config, name='web', logging=change)
    up = ended(eks, eks.update_cluster_version(name='web', version='1.34')['update'], name='web')
    assert up['type'] == 'VersionUpdate' and up['params'][0] == {'type': 'Version', 'value': '1.34'}, up
    refused('InvalidRequestException', eks.update_cluster_version, name='web', version='1.32')
    refused('InvalidRequestException', eks.cancel_update, name='web', updateId=up['id'])
    refused('InvalidParameterException', eks.cancel_update, name='web', updateId='soon')
    refused('ResourceNotFoundException', eks.cancel_update, name='web', updateId=str(uuid.uuid4()))
    of = {'clusterName': 'web', 'nodegroupName': 'ng'}
    moved = ended(eks, eks.update_nodegroup_version(**of)['update'], name='web', nodegroupName='ng')
    assert moved['status'] == 'Successful', moved
    pages = eks.get_paginator('list_updates').paginate(name='web', PaginationConfig={'PageSize': 1})
    assert [each for page in pages for each in page['updateIds']] == [up['id'], logging['id']]
    rollback = {'name': 'web', 'version': '1.33', 'rollbackConfig': {'timeoutMinutes': 120}}
    down = eks.update_cluster_version(**rollback)['update']
    assert down['type'] == 'VersionRollback', down
    refused('ResourceInUseException', eks.update_cluster_config, name='web', deletionProtection=False)
    cancel = {'name': 'web', 'updateId': down['id'], 'clientRequestToken': str(uuid.uuid4())}
    asked = eks.cancel_update(**cancel)['update']
    assert asked['cancellation']['status'] in ('InProgress', 'Successful'), asked
    assert eks.cancel_update(**cancel)['update']['id'] == down['id']
    seen = ended(eks, asked, name='web')
    assert seen['status'] == 'Cancelled' and seen['cancellation']['status'] == 'Successful', seen
    assert eks.describe_cluster(name='web')['cluster']['version'] == '1.34'
    done = ended(eks, eks.update_cluster_version(name='web', version='1.33')['update'], name='web')
    assert done['status'] == 'Successful' and 'cancellation' not in done, done
    refused('InvalidStateException', eks.cancel_update, name='web', updateId=done['id'])


def behind():
    eks.create_cluster(name='behind', version='1.32', roleArn=ROLE, resourcesVpcConfig=NETWORK)
    of = {'clusterName': 'behind', 'nodegroupName': 'ng'}
    eks.create_nodegroup(**of, **NODES)
    eks.get_waiter('nodegroup_active').wait(WaiterConfig=QUICKLY, **of)
    eks.update_cluster_version(name='behind', version='1.33')
    refused('InvalidStateException', eks.update_cluster_version, name='behind', version='1.34')
    eks.update_cluster_version(name='behind', version='1.34', force=True)


def tags():
    cluster = eks.describe_cluster(name='web')['cluster']['arn']
    group = eks.describe_nodegroup(clusterName='web', nodegroupName='ng')['nodegroup']['nodegroupArn']
    for arn in (cluster, group):
        eks.tag_resource(resourceArn=arn, tags={'cost': 'a b', 'path': 'x/y'})
        eks.untag_resource(resourceArn=arn, tagKeys=['cost'])
        assert eks.list_tags_for_resource(resourceArn=arn)['tags'] == {'team': 'quotes', 'path': 'x/y'}
    refused('NotFoundException', eks.list_tags_for_resource, resourceArn=f'{cluster}x')
    refused('BadRequestException', eks.tag_resource, resourceArn='web', tags={'a': 'b'})


def access():
    viewer, _ = connect('VIEWER')
    viewer.list_clusters()
    refused('AccessDeniedException', viewer.delete_cluster, name='one')
    wrong, _ = connect('WRONG', attempts=1)
    refused('InvalidSignatureException', wrong.list_clusters)


def deletion():
    refused('ResourceInUseException', eks.delete_cluster, name='behind')
    for name in ('web', 'behind'):
        eks.delete_nodegroup(clusterName=name, nodegroupName='ng')
        eks.get_waiter('nodegroup_deleted').wait(clusterName=name, nodegroupName='ng', WaiterConfig=QUICKLY)
    eks.update_cluster_config(name='web', deletionProtection=False)
    for name in ('web', 'behind', 'one', 'two'):
        assert eks.delete_cluster(name=name)['cluster']['status'] == 'DELETING'
        eks.get_waiter('cluster_deleted').wait(name=name, WaiterConfig=QUICKLY)


for part in (clusters, node_groups, updates, behind, tags, access, deletion):
    part()
print(json.dumps(counts))
