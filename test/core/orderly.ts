/** Ticks of a second in which AWS takes everything that is asked for, and hosts do it. */
import type { ActOutcome } from '../../src/core/acts.ts';
import type { State } from '../../src/core/model.ts';
import type { Policy } from '../../src/core/policy.ts';
import { settle } from '../../src/core/settle.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;

interface Told {
  readonly s: number;
  readonly what: string;
}

/** Plays ticks of a second; AWS takes everything, and hosts report success 3 s later unless `isMute`. */
export const play = (
  scene: (s: number) => w.Scene,
  [fromS, toS]: readonly [number, number],
  more: {
    readonly state?: State;
    readonly policy?: Policy;
    readonly isMute?: boolean;
    /** Acts that AWS refuses. */
    readonly refused?: readonly ActOutcome['kind'][];
    /** Acts whose reply is lost. */
    readonly lost?: readonly ActOutcome['kind'][];
    /** Every last look finds the victim at work again. */
    readonly isWellAtLast?: boolean;
  } = {},
) => {
  const { policy = POLICY, isMute = false, isWellAtLast = false, refused = [], lost = [] } = more;
  const told: Told[] = [];
  const stops: { readonly atS: number; readonly commandId: string }[] = [];
  let state = more.state ?? w.quorate();
  let last = step(policy, state, w.observationAt(T0, w.HEALTHY_THREE));
  for (let s = fromS; s <= toS; s += 1) {
    const commands = stops
      .filter(({ atS }) => !isMute && s >= atS + 3)
      .map(({ commandId }) => w.result(3, commandId, { status: 'succeeded', detail: 'stopped' }));
    const observation = { ...w.observationAt(T0 + s * 1_000, scene(s)), commands };
    last = step(policy, state, observation);
    state = last.state;
    const { plan } = last;
    if (plan.kind !== 'act') continue;
    if (isWellAtLast && plan.lastLook) {
      const stoodDown = { kind: 'stoodDown', reason: 'works again', untouched: true } as const;
      state = settle(policy, state, stoodDown, T0 + s * 1_000);
      continue;
    }
    const outcomes = plan.acts.map((act): ActOutcome => {
      const commandId = act.kind === 'stop' || act.kind === 'kill' ? `c-${s}` : null;
      if (act.kind === 'stop') stops.push({ atS: s, commandId: `c-${s}` });
      const detail =
        act.kind === 'resize'
          ? `${act.desired}`
          : act.kind === 'replace'
            ? `${act.target.instanceId}${act.shrink ? ' shrink' : ''}`
            : '';
      told.push({ s, what: `${act.kind} ${detail}`.trim() });
      return {
        kind: act.kind,
        startedAtMs: 0,
        finishedAtMs: 0,
        outcome: refused.includes(act.kind)
          ? 'failed'
          : lost.includes(act.kind)
            ? 'unknown'
            : 'done',
        detail: '',
        commandId,
        fence: 'fence' in act ? act.fence : null,
        hosts: [],
      };
    });
    const outcome = { kind: 'acted', confirmed: plan.lastLook, outcomes } as const;
    state = settle(policy, state, outcome, T0 + s * 1_000);
  }
  return { told, state, last, words: told.map(({ s, what }) => `${s} ${what}`) };
};
