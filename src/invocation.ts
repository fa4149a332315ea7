/** What a Lambda invocation means for the loop: how long it may watch, and where it runs. */

/** Two minutes: the next invocation takes over after one, a lost one is bridged. */
const WATCH_MS = 120_000;
/** Left for the last tick, which may be acting, before Lambda ends the process. */
const LAST_TICK_MS = 20_000;

/** When to stop although no successor came. */
export const watchUntilMs = (nowMs: number, remainingMs: number): number =>
  nowMs + Math.min(WATCH_MS, remainingMs - LAST_TICK_MS);

export interface Place {
  readonly account: string;
  readonly region: string;
  /** What the deployment's names begin with: `quorate-prod` of `quorate-prod-alarm`. */
  readonly prefix: string;
}

/** @param functionArn `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with or without an alias */
export const placeOf = (functionArn: string): Place => {
  const [, , , region = '', account = '', , name = ''] = functionArn.split(':');
  return { region, account, prefix: name.replace(/-[^-]*$/, '') };
};
