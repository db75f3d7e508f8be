"""Calls every method that openstacksdk documents for clustering, and tells what came of each as JSON."""

import json
import os
import time

import openstack
from openstack import exceptions

extra = {}
if os.environ.get('MICROVERSION'):
    extra['clustering_default_microversion'] = os.environ['MICROVERSION']
cloud = openstack.connect(
    auth_type='password',
    auth_url=os.environ['AUTH_URL'],
    username=os.environ['USER_NAME'],
    password=os.environ['PASSWORD'],
    project_name=os.environ['PROJECT'],
    user_domain_name='Default',
    project_domain_name='Default',
    **extra,
)
api = cloud.clustering
results = {}


def tell(name, work):
    """Keeps what a call gave, or the status of the answer that it refused."""
    try:
        results[name] = work()
    except exceptions.HttpException as error:
        results[name] = error.status_code
    except exceptions.SDKException as error:
        results[name] = [type(error).__name__, None]


def until(condition, seconds=20):
    """Waits for a condition that the server reaches by itself."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def done(answer):
    """Waits for the action in the answer of a call, and tells how it ended."""
    if 'action' not in answer:
        return answer['error']['code']
    action_id = answer['action']
    ended = ('SUCCEEDED', 'FAILED', 'CANCELLED')
    until(lambda: api.get_action(action_id).status in ended)
    return api.get_action(action_id).status


def previewed(answer):
    """The type of the profile that would be made, or the status of the refusal."""
    return answer['node_profile']['type'] if 'node_profile' in answer else answer['error']['code']


server = {'type': 'os.nova.server', 'version': '1.0', 'properties': {'flavor': '1', 'image': 'cirros'}}
other = {'type': 'os.nova.server', 'version': '1.0', 'properties': {'flavor': '2', 'image': 'cirros'}}
scaling = {'type': 'senlin.policy.scaling', 'version': '1.0',
           'properties': {'event': 'CLUSTER_SCALE_OUT', 'adjustment': {'number': 2}}}
gone = '26cb0f3a-4e6c-49f6-8475-7cb472933bff'

# Build info and types.
tell('get_build_info', lambda: api.get_build_info().api is not None)
tell('profile_types', lambda: sorted(t.name for t in api.profile_types())[-1])
tell('get_profile_type', lambda: 'flavor' in api.get_profile_type('os.nova.server-1.0').schema)
tell('get_profile_type, none', lambda: api.get_profile_type('nothing-1.0').name)
tell('policy_types', lambda: len(list(api.policy_types())))
tell('get_policy_type', lambda: 'criteria' in api.get_policy_type('senlin.policy.deletion-1.0').schema)
tell('get_policy_type, none', lambda: api.get_policy_type('nothing-1.0').name)

# Profiles.
profile = api.create_profile(name='small', spec=server, metadata={'k': 'v'})
bigger = api.create_profile(name='bigger', spec=other)
tell('create_profile', lambda: [profile.name, profile.type, profile.spec == server, profile.metadata])
tell('create_profile, bad spec', lambda: api.create_profile(name='x', spec={'type': 'none', 'version': '1.0', 'properties': {}}))
tell('update_profile', lambda: api.update_profile(profile, metadata={'k': 'w'}).metadata)
tell('update_profile, none', lambda: api.update_profile(gone, name='x'))
tell('get_profile', lambda: api.get_profile('small').id == profile.id)
tell('get_profile, none', lambda: api.get_profile(gone))
tell('find_profile', lambda: api.find_profile('small').id == profile.id)
tell('find_profile, none', lambda: api.find_profile('nothing'))
tell('profiles', lambda: [p.name for p in api.profiles(sort='name:asc')])
tell('profiles, paged', lambda: [p.name for p in api.profiles(sort='name:asc', limit=1)])
tell('profiles, bad sort', lambda: list(api.profiles(sort='nothing')))
tell('validate_profile', lambda: api.validate_profile(spec=server).spec == server)

# Policies.
policy = api.create_policy(name='grow', spec=scaling)
tell('create_policy', lambda: [policy.name, policy.type, policy.spec == scaling])
tell('create_policy, unknown type', lambda: api.create_policy(name='x', spec=dict(scaling, type='nothing')))
tell('update_policy', lambda: api.update_policy(policy, name='grows').name)
tell('get_policy', lambda: api.get_policy(policy.id).name)
tell('get_policy, none', lambda: api.get_policy(gone))
tell('find_policy', lambda: api.find_policy('grows').id == policy.id)
tell('policies', lambda: [p.name for p in api.policies()])
tell('validate_policy', lambda: api.validate_policy(spec=scaling).spec == scaling)

# Clusters.
cluster = api.create_cluster(name='web', profile_id='small', min_size=0, max_size=10, desired_capacity=2)
tell('create_cluster', lambda: [cluster.name, cluster.desired_capacity, cluster.max_size])
tell('create_cluster, no profile', lambda: api.create_cluster(name='x', profile_id='nothing'))
tell('wait_for_status', lambda: api.wait_for_status(cluster, 'ACTIVE', interval=0.1).status)
tell('get_cluster', lambda: len(api.get_cluster('web').node_ids))
tell('get_cluster, none', lambda: api.get_cluster(gone))
tell('find_cluster', lambda: api.find_cluster('web').id == cluster.id)
tell('find_cluster, none', lambda: api.find_cluster('nothing'))
tell('clusters', lambda: [c.name for c in api.clusters(name='web', status='ACTIVE')])
tell('clusters, bad status', lambda: list(api.clusters(status='nothing')))
tell('update_cluster', lambda: api.update_cluster(cluster, metadata={'k': 'v'}).name)
tell('update_cluster, profile', lambda: api.update_cluster(cluster, profile_id='bigger') is not None)
tell('updated', lambda: until(lambda: all(n.profile_id == bigger.id and n.status == 'ACTIVE' for n in api.nodes(cluster_id='web'))))
tell('check_cluster', lambda: done(api.check_cluster(cluster.id)))
tell('recover_cluster', lambda: done(api.recover_cluster(cluster.id, operation='REBUILD')))
tell('resize_cluster', lambda: done(api.resize_cluster('web', adjustment_type='EXACT_CAPACITY', number=3)))
tell('resize_cluster, too large', lambda: done(api.resize_cluster('web', adjustment_type='EXACT_CAPACITY', number=11)))
tell('scale_out_cluster', lambda: done(api.scale_out_cluster('web', 2)))
tell('scale_in_cluster', lambda: done(api.scale_in_cluster('web')))
tell('scale_in_cluster, nothing', lambda: done(api.scale_in_cluster('web', 0)))
tell('size', lambda: len(api.get_cluster('web').node_ids))
tell('collect_cluster_attrs', lambda: len({a.attr_value for a in api.collect_cluster_attrs('web', 'name')}))
tell('attach_policy_to_cluster', lambda: done(api.attach_policy_to_cluster('web', 'grows', enabled=True)))
tell('update_cluster_policy', lambda: done(api.update_cluster_policy('web', 'grows', enabled=False)))
tell('get_cluster_policy', lambda: api.get_cluster_policy('grows', 'web').is_enabled)
tell('cluster_policies', lambda: [b.policy_name for b in api.cluster_policies('web', enabled=False)])
tell('detach_policy_from_cluster', lambda: done(api.detach_policy_from_cluster('web', 'grows')))
tell('detach_policy_from_cluster, again', lambda: done(api.detach_policy_from_cluster('web', 'grows')))

# Nodes.
node = api.create_node(name='alone', profile_id='small', role='spare')
tell('create_node', lambda: [node.name, node.role, node.index])
tell('create_node, active', lambda: api.wait_for_status(node, 'ACTIVE', interval=0.1).status)
tell('create_node, no profile', lambda: api.create_node(name='x', profile_id='nothing'))
tell('get_node', lambda: api.get_node('alone').physical_id is not None)
tell('get_node, details', lambda: api.get_node('alone', details=True).details['status'])
tell('get_node, none', lambda: api.get_node(gone))
tell('find_node', lambda: api.find_node('alone').id == node.id)
tell('nodes', lambda: len(list(api.nodes(cluster_id='web', limit=1))))
tell('update_node', lambda: api.update_node(node, name='lonely').id == node.id)
tell('check_node', lambda: done(api.check_node(node.id)))
tell('recover_node', lambda: done(api.recover_node(node.id)))
tell('add_nodes_to_cluster', lambda: done(api.add_nodes_to_cluster('web', [node.id])))
tell('add_nodes_to_cluster, none', lambda: done(api.add_nodes_to_cluster('web', [gone])))
tell('remove_nodes_from_cluster', lambda: done(api.remove_nodes_from_cluster('web', [node.id])))
member = api.get_cluster('web').node_ids[0]
tell('replace_nodes_in_cluster', lambda: done(api.replace_nodes_in_cluster('web', {member: node.id})))
tell('delete_node', lambda: done({'action': api.delete_node(member).id}))
tell('wait_for_delete', lambda: api.wait_for_delete(node.__class__.new(id=gone), interval=0.1) is not None)
tell('perform_operation_on_node', lambda: done(api.perform_operation_on_node(node.id, 'reboot', type='SOFT')))
tell('perform_operation_on_node, unknown', lambda: done(api.perform_operation_on_node(node.id, 'dance')))
tell('perform_operation_on_cluster', lambda: done(api.perform_operation_on_cluster('web', 'reboot')))
tell('adopt_node', lambda: api.adopt_node(identity=os.environ['EXISTING'], type='os.nova.server-1.0', name='found').name)
tell('adopt_node, preview', lambda: previewed(api.adopt_node(preview=True, identity=os.environ['FREE'], type='os.nova.server-1.0')))
tell('adopt_node, none', lambda: api.adopt_node(identity=gone, type='os.nova.server-1.0').name)

# Receivers.
receiver = api.create_receiver(name='alarm', type='webhook', cluster_id='web', action='CLUSTER_SCALE_OUT')
tell('create_receiver', lambda: 'alarm_url' in receiver.channel)
tell('create_receiver, unknown cluster', lambda: api.create_receiver(name='x', type='webhook', cluster_id=gone, action='CLUSTER_CHECK'))
tell('update_receiver', lambda: api.update_receiver(receiver, params={'count': '1'}).params)
tell('get_receiver', lambda: api.get_receiver('alarm').id == receiver.id)
tell('find_receiver', lambda: api.find_receiver('alarm').id == receiver.id)
tell('receivers', lambda: [r.name for r in api.receivers(action='CLUSTER_SCALE_OUT')])
tell('delete_receiver', lambda: api.delete_receiver(receiver))
tell('delete_receiver, none', lambda: api.delete_receiver(gone, ignore_missing=False))

# Actions, events and services.
action = next(iter(api.actions(target=cluster.id, action='CLUSTER_CREATE')))
tell('actions', lambda: action.name == 'cluster_create_' + cluster.id[:8])
tell('get_action', lambda: api.get_action(action.id).status)
tell('get_action, none', lambda: api.get_action(gone))
tell('update_action, ended', lambda: api.update_action(action, status='CANCELLED'))
event = next(iter(api.events(cluster_id=cluster.id, action='CLUSTER_CREATE')))
tell('events', lambda: event.obj_name)
tell('get_event', lambda: api.get_event(event.id).id == event.id)
tell('get_event, none', lambda: api.get_event(gone))
tell('services', lambda: list(api.services()))
tell('nodes, all projects', lambda: list(api.nodes(global_project=True)))

# What was made goes again.
tell('delete_profile, in use', lambda: api.delete_profile('bigger'))
tell('delete_policy', lambda: api.delete_policy('grows'))
tell('delete_cluster', lambda: done({'action': api.delete_cluster('web', force_delete=True).id}))
tell('deleted', lambda: api.find_cluster('web'))
print(json.dumps(results))
