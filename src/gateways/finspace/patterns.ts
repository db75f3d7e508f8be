/** What texts may look like, as the service's model has it; each is for the whole text. */
export const PATTERN = {
  availabilityZoneId: /^[a-zA-Z0-9-]+$/,
  changesetId: /^[a-zA-Z0-9]+$/,
  clientToken: /.*\S.*/,
  clientTokenString: /^[a-zA-Z0-9-]+$/,
  dbPath: /^(\*)*[/?*]([^/]+\/){0,2}[^/]*$/,
  description: /^[a-zA-Z0-9. ]{1,1000}$/,
  clusterDescription: /^[a-zA-Z0-9_\-.\s]+$/,
  environmentId: /^[a-z0-9]+$/,
  executionRole: /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w\-/.@+=,]{1,1017}$/,
  idType: /^[a-zA-Z0-9]{1,26}$/,
  initializationScript: /^[a-zA-Z0-9_\-./\\]+$/,
  kmsKeyArn: /^arn:aws:kms:.*:\d+:.*$/,
  argumentKey: /^(?![Aa][Ww][Ss])(s|([a-zA-Z][a-zA-Z0-9_]+))|(AWS_ZIP_DEFAULT)/,
  argumentValue: /^[a-zA-Z0-9_:./,; ]+$/,
  /** Of environments, clusters, databases, views of data, volumes and scaling groups. */
  name: /^[a-zA-Z0-9][a-zA-Z0-9-_]*[a-zA-Z0-9]$/,
  nodeType: /^[a-zA-Z0-9._]+$/,
  releaseLabel: /^[a-zA-Z0-9._-]+$/,
  s3Bucket: /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/,
  s3Key: /^[a-zA-Z0-9/!\-_.*'()]+$/,
  securityGroup: /^sg-([a-z0-9]{8}$|[a-z0-9]{17}$)/,
  subnet: /^subnet-([a-z0-9]{8}$|[a-z0-9]{17}$)/,
  tagKey: /^(?!aws:)[a-zA-Z+-=._:/]+$/,
  tagValue: /^[a-zA-Z0-9+-=._:@ ]+$/,
  taggableArn:
    /^arn:aws:finspace:[A-Za-z0-9_/.-]{0,63}:\d+:(environment|kxEnvironment)\/[0-9A-Za-z_-]{1,128}(\/(kxCluster|kxUser|kxVolume|kxScalingGroup)\/[a-zA-Z0-9_-]{1,255}|\/(kxDatabase\/[a-zA-Z0-9_-]{1,255}(\/kxDataview\/[a-zA-Z0-9_-]{1,255})?))?$/,
  userArn:
    /^arn:aws:finspace:[A-Za-z0-9_/.-]{0,63}:\d+:kxEnvironment\/[0-9A-Za-z_-]{1,128}\/kxUser\/[0-9A-Za-z_-]{1,128}$/,
  vpc: /^vpc-([a-z0-9]{8}$|[a-z0-9]{17}$)/,
} as const
