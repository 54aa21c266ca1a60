// SPDX-License-Identifier: Apache-2.0
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
}

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

export interface CallOptions {
  /** Aborting it cancels the bind, which rejects with the code "canceled". */
  signal?: AbortSignal | undefined;
}

/** The options and the store that calls work with. */
export class Client {
  constructor(options?: Options);
  /** Turns a passkey creation link into a passkey in the TPM, registered with
   * the cloud and stored. */
  bindPasskey(link: string, options?: CallOptions): Promise<BindResult>;
  listPasskeys(): Promise<PasskeyList>;
  /** The JavaScript SDK's name for listPasskeys. */
  getPasskeys(): Promise<PasskeyList>;
  /** Says what a link is, without contacting anything. Throws what bindPasskey
   * would reject with for a link that it does not take. */
  check(link: string): Link;
  /** Gives the client back. Binds under way go on. */
  close(): void;
}

/** new Client(options).bindPasskey(link, { signal }) */
export function bindPasskey(link: string, options?: Options & CallOptions): Promise<BindResult>;
/** new Client(options).listPasskeys() */
export function listPasskeys(options?: Options): Promise<PasskeyList>;
export function getPasskeys(options?: Options): Promise<PasskeyList>;
/** Is this text a passkey creation link? Host, scheme and expiry do not matter
 * and nothing is contacted. */
export function isBindPasskeyUrl(url: string): boolean;
/** Is this text an authentication link? */
export function isAuthenticateUrl(url: string): boolean;
/** The version of the native library. */
export const version: string;
