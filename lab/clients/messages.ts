/** What the clients' two processes tell each other. */
import type { Call, Census } from './call.ts';
import type { Endpoint } from './http.ts';
import type { Mix } from './load.ts';

export interface ClientsArgument {
  readonly to: Endpoint;
  readonly users: number;
  readonly perSecond: number;
  readonly mix: Mix;
  readonly timeoutMs: number;
  readonly seed: number;
  readonly backsOff: boolean;
}

export interface ClientsProtocol {
  readonly argument: ClientsArgument;
  readonly toChild:
    | { readonly order: 'logIn'; readonly patienceMs: number }
    | { readonly order: 'begin' }
    | { readonly order: 'finish'; readonly patienceMs: number };
  readonly toParent:
    | { readonly calls: readonly Call[] }
    | { readonly loggedIn: number }
    | { readonly census: Census };
}
