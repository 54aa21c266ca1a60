// SPDX-License-Identifier: Apache-2.0
/// <reference lib="esnext.disposable" />
/** A passkey creation link becomes a private key in this machine's TPM 2.0,
 * registered with the cloud. */

/** What is not given is taken from the environment (PASSKEY_HOME, PASSKEY_TPM,
 * …) or has its default; docs/options.md describes each. The snake_case names
 * found there are taken too. */
export interface Options {
  /** The store's folder. */
  home?: string | null;
  /** "hardware", "swtpm" (for development), "auto", or a TCTI. */
  tpm?: string | null;
  /** Hosts that may be contacted. */
  allowedDomains?: string | readonly string[] | null;
  allowLoopbackHttp?: boolean | string | null;
  caFile?: string | null;
  proxy?: string | null;
  timeoutMs?: number | string | null;
  /** How much onLog is told; "info" with an onLog, unless PASSKEY_LOG says more. */
  log?: 'off' | LogLevel | null;
  /** Is called with each line of the log, which never holds a link or a token;
   * does not keep the process alive. What it throws is an uncaught exception. */
  onLog?: ((level: LogLevel, message: string) => void) | null;
  /** The management API and what is used of it: for jobs only. */
  apiBaseUrl?: string | null;
  tenant?: string | null;
  realm?: string | null;
  authenticatorConfig?: string | null;
  apiToken?: string | null;
}

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

export interface Passkey {
  /** The local id, 64 hex digits. */
  readonly id: string;
  /** The credential's id in the cloud. */
  readonly passkeyId: string;
  /** Times are RFC 3339 in UTC. */
  readonly localCreated: string;
  readonly localUpdated: string;
  readonly created: string;
  readonly updated: string;
  readonly apiBaseUrl: string;
  /** "km:" and 16 hex digits. */
  readonly keyHandle: string;
  readonly keyType: 'tpm';
  /** What the TPM said of itself. */
  readonly protection: 'hardware' | 'swtpm' | 'unknown';
  /** RFC 7638 SHA-256 thumbprint of the public key. */
  readonly thumbprint: string;
  readonly state: 'active' | 'revoked' | 'unknown';
  readonly tenant: { readonly id: string; readonly displayName: string };
  readonly realm: { readonly id: string; readonly displayName: string };
  readonly identity: {
    readonly id: string;
    readonly displayName: string;
    readonly username: string;
    readonly emailAddress: string | null;
  };
  readonly theme: {
    readonly logoUrlLight: string;
    readonly logoUrlDark: string;
    readonly supportUrl: string;
  };
}

/** What became of a passkey creation link. As a string it reads "id of name". */
export class BindResult {
  private constructor();
  readonly passkey: Passkey;
  /** Where the application may send the user next. */
  readonly postBindingRedirectUri: string | null;
  /** The passkey's local id. */
  readonly id: string;
  toString(): string;
}

/** The passkeys of a store, oldest first. */
export interface PasskeyList extends ReadonlyArray<Passkey> {
  /** Records that could not be understood: file names, and why. */
  readonly damaged: readonly string[];
}

/** What a link says, without its token. */
export interface Link {
  readonly kind: 'invokeAuthenticator' | 'bind';
  /** Scheme, host and port that bind would contact first. */
  readonly origin: string;
  readonly tenantId: string | null;
  readonly realmId: string | null;
  readonly identityId: string | null;
  readonly jobId: string | null;
}

/** What the cloud says a link would bind. */
export interface Info {
  readonly apiBaseUrl: string;
  readonly jobId: string;
  readonly tenant: { readonly id: string; readonly displayName: string | null };
  readonly realm: { readonly id: string; readonly displayName: string | null };
  readonly identity: {
    readonly id: string;
    readonly displayName: string | null;
    readonly username: string | null;
    readonly emailAddress: string | null;
  };
  readonly theme: {
    readonly logoUrlLight: string | null;
    readonly logoUrlDark: string | null;
    readonly supportUrl: string | null;
  };
  readonly postBindingRedirectUri: string | null;
}

/** What became of a pending bind. */
export interface Resumed {
  /** "refused": the cloud does not take it, and it was given up; "pending": it
   * still is, and can be resumed again. */
  readonly outcome: 'finished' | 'refused' | 'pending';
  readonly identityId: string;
  readonly jobId: string;
  /** null unless finished. */
  readonly passkey: Passkey | null;
  /** Where the application may send the user next. */
  readonly postBindingRedirectUri: string | null;
  /** Why not; null when finished. */
  readonly error: PasskeyError | null;
}

/** What an examination has found. May name paths of this machine, but holds no
 * link and no token. */
export interface Finding {
  /** The name of the check, such as "tpm_permission"; docs/doctor.md lists them. */
  readonly check: string;
  /** "warning": it may become a trouble, or is for you to judge; "problem": it
   * stops a bind or the use of a passkey. */
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do about it; null where there is nothing to do. */
  readonly remedy: string | null;
}

export type JobState = 'LINK_SENT' | 'LINK_OPENED' | 'REQUEST_DELIVERED' | 'COMPLETE' | 'EXPIRED' |
  'FAILED_TO_SEND' | 'REVOKED';

/** A credential binding job. Times are RFC 3339 in UTC; a field that the cloud
 * left out is null. */
export interface Job {
  readonly id: string;
  /** A newer cloud may say something else. */
  readonly state: JobState | (string & {}) | null;
  /** The passkey creation link, a bearer secret; only of a job just created with
   * "RETURN". console.log does not show it. */
  readonly link: string | null;
  readonly identityId: string | null;
  /** The cloud's id of the credential that was bound. */
  readonly credentialId: string | null;
  readonly deliveryMethod: 'RETURN' | 'EMAIL' | (string & {}) | null;
  readonly postBindingRedirectUri: string | null;
  readonly expireTime: string | null;
  readonly createTime: string | null;
  readonly updateTime: string | null;
}

/** Why a call failed and what to do next; holds no link and no token. As a
 * string it reads "code: message (hint)". */
export class PasskeyError extends Error {
  private constructor();
  /** The kind of failure, such as "link_expired"; see docs/errors.md. */
  readonly code: string;
  /** What to do about it; may be "". */
  readonly hint: string;
  /** The HTTP status of the cloud's answer, if there was one. */
  readonly httpStatus: number | null;
  /** True when the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** The technical cause, such as "CURLE_COULDNT_CONNECT", or the reason of
   * the AbortSignal. */
  readonly cause: unknown;
  /** The x-correlation-id of the cloud's answer, if there was one. */
  readonly correlationId: string | null;
}

/** What begins; of bind the first six, in this order; of examine "machine", "tpm",
 * "store" and "cloud". */
export type Step = 'link' | 'instruction' | 'info' | 'key' | 'register' | 'store' | 'job' |
  'machine' | 'tpm' | 'cloud';

export interface CallOptions {
  /** Aborting it cancels the call, which rejects with the code "canceled". */
  signal?: AbortSignal | null | undefined;
  /** Is called when a step begins, before the promise settles. What it throws is
   * an uncaught exception. */
  onProgress?: ((step: Step) => void) | null | undefined;
}

export interface CreateJobOptions extends CallOptions {
  /** Who is given the link: the caller ("RETURN", the default) or the identity. */
  deliveryMethod?: 'RETURN' | 'EMAIL' | undefined;
  postBindingRedirectUri?: string | null | undefined;
}

export interface WaitJobOptions extends CallOptions {
  /** Rejects with the code "timeout" after so many milliseconds; without, or 0,
   * there is no limit. */
  waitMs?: number | null | undefined;
}

/** The options and the store that calls work with. */
export class Client {
  constructor(options?: Options);
  /** Turns a passkey creation link into a passkey in the TPM, registered with
   * the cloud and stored. */
  bindPasskey(link: string, options?: CallOptions): Promise<BindResult>;
  /** Asks the cloud what bindPasskey would bind, and makes nothing: a dry run. */
  info(link: string, options?: CallOptions): Promise<Info>;
  /** Goes on with the binds that a crash, a lost connection or a full disk ended
   * after their key was made, and says what became of each. */
  resume(options?: CallOptions): Promise<readonly Resumed[]>;
  listPasskeys(options?: CallOptions): Promise<PasskeyList>;
  /** The JavaScript SDK's name for listPasskeys. */
  getPasskeys(options?: CallOptions): Promise<PasskeyList>;
  /** The passkey with this local id; "no_such_passkey" when there is none. */
  getPasskey(id: string, options?: CallOptions): Promise<Passkey>;
  /** Deletes a passkey from this machine, its key with it; the cloud is not
   * told. An id that is not there resolves too. */
  deletePasskey(id: string, options?: CallOptions): Promise<void>;
  /** Creates a job, whose link makes a passkey for this identity. */
  createJob(identityId: string, options?: CreateJobOptions): Promise<Job>;
  /** identityId may be "-", any identity of the realm, here and below. */
  getJob(identityId: string, jobId: string, options?: CallOptions): Promise<Job>;
  /** All jobs of an identity; without one, of the realm. */
  listJobs(identityId?: string, options?: CallOptions): Promise<readonly Job[]>;
  /** Revokes a job: its link can no longer be used. */
  revokeJob(identityId: string, jobId: string, options?: CallOptions): Promise<Job>;
  /** Resolves when a job has reached an end: complete, expired, revoked or failed
   * to send, as its state says. */
  waitJob(identityId: string, jobId: string, options?: WaitJobOptions): Promise<Job>;
  /** Looks whether bindPasskey can work here, and what would stop it: this machine,
   * the TPM, the store, and the cloud if the option apiBaseUrl names one. Changes
   * nothing; what is wrong is a finding, not a rejection. */
  examine(options?: CallOptions): Promise<readonly Finding[]>;
  /** Says what a link is, without contacting anything. Throws what bindPasskey
   * would reject with for a link that it does not take. */
  check(link: string): Link;
  /** Gives the client back. Calls under way go on. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Each call of Client, with a client of its own. */
export function bindPasskey(link: string, options?: Options & CallOptions): Promise<BindResult>;
export function info(link: string, options?: Options & CallOptions): Promise<Info>;
export function resume(options?: Options & CallOptions): Promise<readonly Resumed[]>;
export function listPasskeys(options?: Options & CallOptions): Promise<PasskeyList>;
export function getPasskeys(options?: Options & CallOptions): Promise<PasskeyList>;
export function getPasskey(id: string, options?: Options & CallOptions): Promise<Passkey>;
export function deletePasskey(id: string, options?: Options & CallOptions): Promise<void>;
export function createJob(identityId: string, options?: Options & CreateJobOptions): Promise<Job>;
export function getJob(identityId: string, jobId: string,
  options?: Options & CallOptions): Promise<Job>;
export function listJobs(identityId?: string,
  options?: Options & CallOptions): Promise<readonly Job[]>;
export function revokeJob(identityId: string, jobId: string,
  options?: Options & CallOptions): Promise<Job>;
export function waitJob(identityId: string, jobId: string,
  options?: Options & WaitJobOptions): Promise<Job>;
export function examine(options?: Options & CallOptions): Promise<readonly Finding[]>;
export function check(link: string, options?: Options): Link;

/** Is this text a passkey creation link? Host, scheme and expiry do not matter
 * and nothing is contacted. */
export function isBindPasskeyUrl(url: string): boolean;
/** Is this text an authentication link? */
export function isAuthenticateUrl(url: string): boolean;
/** The version of the native library. */
export const version: string;

/** The official JavaScript SDK's configuration; the options of Client are taken
 * too. */
export interface EmbeddedConfig extends Options {
  /** Is given the log, a line at a time. */
  logger?: { write(message: string): void } | null;
}

/** A passkey as the official SDK answers it. */
export interface OfficialPasskey {
  version: 'v1';
  id: string;
  passkeyId: string;
  created: string;
  state: Passkey['state'];
  keyType: 'tpm';
  tenant: { id: string; displayName: string };
  realm: { id: string; displayName: string };
  identity: { id: string; username: string; displayName: string; emailAddress?: string };
  links: {};
  theme: { logoUrlLight: string; logoUrlDark: string; supportUrl: string };
}

export interface BindPasskeyResponse {
  passkey: OfficialPasskey;
  postBindingRedirectUri?: string;
  /** The passkey's local id. */
  readonly id: string;
  toString(): string;
}

/** The official JavaScript SDK's surface. What libpasskey does not do rejects
 * with the code "unsupported". */
export class Embedded {
  private constructor();
  static initialize: (config?: EmbeddedConfig) => Promise<Embedded>;
  bindPasskey: (url: string) => Promise<BindPasskeyResponse>;
  getPasskeys: () => Promise<OfficialPasskey[]>;
  deletePasskey: (id: string) => Promise<void>;
  isBindPasskeyUrl: (url: string) => boolean;
  isAuthenticateUrl: (url: string) => boolean;
  updatePasskeys: () => Promise<never>;
  getAuthenticationContext: (url: string) => Promise<never>;
  authenticate: (url: string, passkeyId: string) => Promise<never>;
  authenticateFido2: (url: string, locator: unknown) => Promise<never>;
  authenticateOtp: (url: string, email: string) => Promise<never>;
  redeemOtp: (url: string, otp: string) => Promise<never>;
}
