/** What the client gives back, in the order of every_method.py. */
export const RESULTS = {
  instance: 'DEPLOYER',
  stages: ['Development', 'Test', 'Production'],
  described: true,
  'no infra': [],
  'list infras': ['dev', 'prod'],
  'raw infras': [
    ['dev', 'Development', true, true, []],
    ['prod', 'Production', true, true, []],
  ],
  'infra status': [
    {
      id: 'dev',
      type: 'AUTOMATION_NODE',
      stage: 'Development',
      governCheckPolicy: 'NO_CHECK',
    },
    [],
  ],
  'infra settings': {
    id: 'prod',
    type: 'AUTOMATION_NODE',
    stage: 'Production',
    governCheckPolicy: 'WARN',
    permissions: [],
  },
  'infra saved': {
    autoconfigureFromNodesDirectory: {
      nested: [1, null],
    },
    id: 'prod',
    type: 'AUTOMATION_NODE',
    stage: 'Production',
    governCheckPolicy: 'NO_CHECK',
    permissions: [
      {
        group: 'crew',
        read: true,
        write: false,
        deploy: true,
        admin: false,
      },
    ],
  },
  'list projects': ['HELLO', 'MADE_BY_UPLOAD'],
  'raw projects': [
    [
      {
        id: 'HELLO',
        name: 'HELLO',
      },
      true,
    ],
    [
      {
        id: 'MADE_BY_UPLOAD',
        name: 'MADE_BY_UPLOAD',
      },
      true,
    ],
  ],
  bundles: ['slow', 'v1', 'v2', 'v3'],
  bundle: [
    ['designNodeInfo', 'dict'],
    ['id', 'str'],
    ['publishedBy', 'str'],
    ['publishedOn', 'int'],
  ],
  'project status': [[], []],
  'project settings': {
    basicImageInfo: {},
    id: 'HELLO',
    publishedProjectKey: 'HELLO',
    name: 'HELLO',
    permissions: [],
  },
  'project saved': {
    basicImageInfo: {
      hash: '1',
    },
    id: 'HELLO',
    publishedProjectKey: 'HELLO',
    name: 'Says hello',
    permissions: [
      {
        group: 'crew',
        read: true,
        write: true,
        deploy: true,
        admin: false,
      },
    ],
  },
  downloaded: true,
  streamed: 'application/zip',
  standards: null,
  'no deployment': [],
  created: {
    id: 'hello-on-dev',
    type: 'STANDARD',
    infraId: 'dev',
    publishedProjectKey: 'HELLO',
    bundleId: 'v1',
    deployedProjectKey: 'HI',
    projectFolderId: 'folder',
    enabled: true,
  },
  'health at first': ['OUT_OF_SYNC', ['DEPLOYMENT_NEVER_UPDATED']],
  started: true,
  runs: [false, false, true],
  result: ['hello-on-dev', 'v1', 'dev', true],
  severity: ['SUCCESS', ['SUCCESS']],
  again: [true, true, false],
  peeked: ['hasResult'],
  'health when deployed': ['HEALTHY', []],
  light: {
    projectBasicInfo: {
      id: 'HELLO',
      name: 'Says hello',
    },
    infraBasicInfo: {
      id: 'dev',
      type: 'AUTOMATION_NODE',
      stage: 'Development',
      governCheckPolicy: 'NO_CHECK',
    },
    canDeploy: true,
    neverEverDeployed: false,
  },
  basic: {
    id: 'hello-on-dev',
    type: 'STANDARD',
    infraId: 'dev',
    publishedProjectKey: 'HELLO',
    deployedProjectKey: 'HI',
    bundleId: 'v1',
    enabled: true,
    createdByDisplayName: 'maker',
    tags: [],
  },
  packages: [
    ['slow', 'HELLO'],
    ['v1', 'HELLO'],
    ['v2', 'HELLO'],
    ['v3', 'HELLO'],
  ],
  heavy: ['hello-on-dev', 'v1', 'v1'],
  'nothing to do': [true, true, true],
  'bundle id': 'v1',
  saved: {
    localVariables: {
      a: 1,
    },
    id: 'hello-on-dev',
    type: 'STANDARD',
    infraId: 'dev',
    publishedProjectKey: 'HELLO',
    bundleId: 'v2',
    deployedProjectKey: 'HI',
    projectFolderId: 'folder',
    enabled: true,
  },
  'health when saved': ['OUT_OF_SYNC', ['DEPLOYMENT_SETTINGS_CHANGED']],
  'health of v2': ['HEALTHY', []],
  'broken state': [false, false],
  'health when broken': ['ERROR', ['DEPLOYMENT_UPDATE_FAILED']],
  'still deployed': 'v2',
  'listed futures': [true],
  'future objects': [true],
  'aborted state': [false, true],
  'no futures': [],
  governance: [[], []],
  updates: [
    ['UPDATE', 'ABORTED'],
    ['UPDATE', 'ERROR'],
    ['UPDATE', 'SUCCESS'],
    ['NOTHING', 'SUCCESS'],
    ['CREATE', 'SUCCESS'],
  ],
  'last update': ['ABORTED', true, true],
  'first update': ['SUCCESS', 'maker', true],
  'by time': 'ERROR',
  testing: [0, {}],
  where: [
    ['hello-on-dev'],
    ['hello-on-dev'],
    ['hello-on-dev'],
    [],
    ['dev'],
    ['hello-on-dev'],
    ['hello-on-dev'],
  ],
  viewer: [
    [
      [false, false],
      [false, false],
    ],
    ['hello-on-dev'],
  ],
  // What lists groups is there for them alone.
  outsider: [['dev'], ['MADE_BY_UPLOAD'], []],
  'other ways in': [['hello-on-dev'], ['hello-on-dev'], ['hello-on-dev']],
  'health when disabled': ['HEALTHY', ['DEPLOYMENT_DISABLED']],
  'bundles left': ['v1', 'v2', 'v3'],
  left: [[], [], []],
}

const missing = (kind: string, count: number) =>
  Array<RegExp>(count).fill(new RegExp(`^NotFoundException: ${kind} "none" does not exist`))

/** What its user reads when something is refused. */
export const ERRORS = {
  'infra taken': /^ConflictException: infra "dev" exists already/,
  'no such stage':
    /^IllegalArgumentException: stage: there is no stage "Moon"; there are Development, Test, Production/,
  'no such policy': /^IllegalArgumentException: governCheckPolicy must be one of PREVENT, WARN, NO_CHECK/,
  'bad name':
    /^IllegalArgumentException: name: must have 1 to 63 characters, letters, digits, "-", "_" and "\.", and begin with a letter or digit, not "no blanks"/,
  'infra renamed': /^IllegalArgumentException: id cannot be changed: it is prod/,
  'personal key': /^UnsupportedOperationException: nodes have no users of their own here/,
  'no such infra': [...missing('infra', 3)],
  'project taken': /^ConflictException: published project "HELLO" exists already/,
  'bundle taken': /^ConflictException: bundle "HELLO@v1" exists already/,
  'nameless bundle': /^IllegalArgumentException: name: give one, here or in the drover\.yaml of the bundle/,
  'no zip': /^IllegalArgumentException: this is not a readable zip file/,
  'no such bundle to stream': /^NotFoundException: bundle "HELLO@none" does not exist/,
  'no such project': [...missing('published project', 4)],
  'no such bundle': /^NotFoundException: bundle "HELLO@none" does not exist/,
  'deployment taken': /^ConflictException: deployment "hello-on-dev" exists already/,
  'deployment of nothing': [
    /^NotFoundException: published project "NONE" does not exist/,
    /^NotFoundException: infra "none" does not exist/,
    /^NotFoundException: bundle "HELLO@none" does not exist/,
  ],
  'no such deployment': [...missing('deployment', 5)],
  enabled:
    /^IllegalArgumentException: deployment "hello-on-dev" is enabled; disable it and update it, then it can be deleted/,
  'runs already':
    /^ConflictException: update [0-9a-f-]+ of deployment "hello-on-dev" runs; wait for it, or cancel it/,
  'no such bundle to save': /^NotFoundException: bundle "HELLO@none" does not exist/,
  moved: /^IllegalArgumentException: infraId cannot be changed: it is dev/,
  broken: /^DeploymentUpdateException: the update of deployment hello-on-dev failed: every node is back /,
  'broken again':
    /^DeploymentUpdateException: the update of deployment hello-on-dev failed: every node is back /,
  'bundle in use':
    /^IllegalArgumentException: bundle "HELLO@slow" is in use by cluster "hello-on-dev" \(revision 4\), deployment "hello-on-dev"/,
  aborted:
    /^DeploymentUpdateException: the update of deployment hello-on-dev was aborted: cancelled by maker; every node is back on the committed revision/,
  'no such future': [
    /^NotFoundException: deployment update "none" does not exist/,
    /^NotFoundException: deployment update "none" does not exist/,
  ],
  'no such update': /^NotFoundException: deployment hello-on-dev has no update that began at 1/,
  tests:
    /^UnsupportedOperationException: there are no test scenarios here; health checks and hooks in the bundle’s drover\.yaml are asked at each update/,
  'in use': [
    /^IllegalArgumentException: infra "dev" is in use by the deployments "hello-on-dev": delete them first/,
    /^IllegalArgumentException: published project "HELLO" is in use by deployment "hello-on-dev", cluster "hello-on-dev"/,
  ],
  outsider: [
    /^NotFoundException: published project "HELLO" does not exist/,
    /^NotFoundException: infra "prod" does not exist/,
    /^NotFoundException: deployment "hello-on-dev" does not exist/,
  ],
  viewer: [
    /^ForbiddenException: publishedProjects\.create needs the role operator/,
    /^ForbiddenException: deployments\.startUpdate needs the role operator/,
    /^ForbiddenException: bundles\.publish needs the role operator/,
  ],
  stranger: [
    /^UnauthorizedException: the API key is missing or unknown/,
    /^UnauthorizedException: the API key is missing or unknown/,
  ],
  'other project': /^ForbiddenException: stages\.list needs the role viewer/,
  'not updated':
    /^IllegalArgumentException: deployment "hello-on-dev" was not updated since it was disabled; update it, then it can be deleted/,
  deleted: /^NotFoundException: deployment "hello-on-dev" does not exist/,
}

/** What the old one has no methods for. */
export const ONLY_NEWER: readonly string[] = [
  'downloaded',
  'streamed',
  'standards',
  'no such bundle to stream',
  'updates',
  'last update',
  'first update',
  'by time',
  'no such update',
  'testing',
  'tests',
]
