import { hostname, userInfo } from 'node:os';

/** Who asks, for the others: a claim, not a proof. */
export const caller = (): string => `${userInfo().username}@${hostname()}`;
