const CLIENT = 'ClientRequestException'

/** What each call of every_method.py gives. */
export const EXPECTED: Readonly<Record<string, unknown>> = {
  'create cluster': ['Cluster', 'shop', true],
  'cluster job': 'CreateCluster',
  'name taken': [CLIENT, 409, 'CCE.01409001', 'cluster "shop" exists already', true],
  'list clusters': [['shop', 'Available']],
  'update cluster': ['sells', 'cce.s1.small'],
  protected: [CLIENT, 400, 'CCE.01400034'],
  'create pool': ['web', 2],
  password: '********',
  'list pools': ['DefaultPool', 'web'],
  'scale pool': [3, ''],
  'create node': ['alone', 'Build', 'Success'],
  'show node': ['Active', true, null],
  'update node': 'single',
  'pages of nodes': [3, 1, null],
  'all nodes are listed': 4,
  'reset node': 'Success',
  'update pool': [3, 0],
  synchronise: 'Success',
  'up to date': [true, true, true, true],
  'delete node': ['Deleting', 'Success'],
  'delete pool': ['Deleting', 'Success'],
  'delete cluster': ['Deleting', 'Success'],
  gone: [404, 'CCE.01404001'],
}

/** How each refusal of every_method.py reaches the client. */
export const REFUSED: Readonly<Record<string, unknown>> = {
  'too many': [CLIENT, 400, 'CCE.01400001'],
  'other pool': [CLIENT, 400, 'CCE.01400001'],
  'unknown node': [CLIENT, 400, 'CCE.01400001'],
  'node of no pool': [CLIENT, 400, 'CCE.01400001'],
  'unknown job': [CLIENT, 404, 'CCE.01404001'],
  'wrong secret': [CLIENT, 401, 'CCE.01401001'],
  'other project': [CLIENT, 403, 'CCE.01403001'],
}
