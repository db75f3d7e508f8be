/**
 * Branded identifiers. At run time each is a plain string (a UUIDv7 unless noted); the brand stops one
 * kind of id from being handed over where another is wanted.
 */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type ProjectId = Branded<'ProjectId'>
export type EnvironmentId = Branded<'EnvironmentId'>
export type BucketId = Branded<'BucketId'>
export type ObjectVersionId = Branded<'ObjectVersionId'>
export type BundleId = Branded<'BundleId'>
export type ProfileId = Branded<'ProfileId'>
export type ClusterId = Branded<'ClusterId'>
export type PoolId = Branded<'PoolId'>
export type NodeId = Branded<'NodeId'>
export type RevisionId = Branded<'RevisionId'>
export type UpdateId = Branded<'UpdateId'>
export type ActionId = Branded<'ActionId'>
export type PolicyId = Branded<'PolicyId'>
export type PolicyBindingId = Branded<'PolicyBindingId'>
export type EventId = Branded<'EventId'>
export type EngineId = Branded<'EngineId'>
export type ApiKeyId = Branded<'ApiKeyId'>
/** 20 capital letters and digits, the first four of which are `AKIA`. */
export type AccessKeyId = Branded<'AccessKeyId'>
export type UserId = Branded<'UserId'>
export type ApplicationCredentialId = Branded<'ApplicationCredentialId'>
export type TokenId = Branded<'TokenId'>
export type InfraId = Branded<'InfraId'>
export type PublishedProjectId = Branded<'PublishedProjectId'>
export type DeploymentId = Branded<'DeploymentId'>
export type DeploymentUpdateId = Branded<'DeploymentUpdateId'>
export type SignOffId = Branded<'SignOffId'>
export type DelegationId = Branded<'DelegationId'>
export type SigningKeyId = Branded<'SigningKeyId'>
export type BundleSignatureId = Branded<'BundleSignatureId'>
export type ReceiverId = Branded<'ReceiverId'>
export type MessageId = Branded<'MessageId'>
/** Lower-case hexadecimal SHA-256, 64 characters. */
export type Sha256 = Branded<'Sha256'>

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number

/** Anything that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }
