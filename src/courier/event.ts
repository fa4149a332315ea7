/** What a courier is told, checked by it: the controller's request could be anybody's. */
import * as v from 'valibot';
import type { Reading, Target } from '../core/observation.ts';
import type { SideName } from '../core/sides.ts';

export interface CarryRequest {
  readonly fleet: string;
  readonly job: number;
  readonly from: End;
  readonly to: End;
  /** The job whose way is gone back; `null`: none. */
  readonly undoes: number | null;
}

export interface End {
  readonly side: SideName;
  /** Of the old side those that can be read. */
  readonly nodes: readonly Target[];
}

/** Of the vault's last generation, when no member can be read. */
export interface RestoreRequest {
  readonly fleet: string;
  readonly job: number;
  readonly restore: End;
}

/** A generation for the vault. */
export interface KeepRequest {
  readonly fleet: string;
  readonly keep: End;
}

export type CourierRequest = CarryRequest | RestoreRequest | KeepRequest;

/** A cluster of more members would be read through these. */
const NODES_MAX = 100;

const Node = v.strictObject({
  instanceId: v.pipe(v.string(), v.regex(/^i-[0-9A-Za-z]{1,40}$/)),
  address: v.pipe(v.string(), v.ipv4()),
});
const EndShape = v.strictObject({
  side: v.picklist(['blue', 'green']),
  nodes: v.pipe(v.array(Node), v.minLength(1), v.maxLength(NODES_MAX)),
});
const Fleet = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/));
const Job = v.pipe(v.number(), v.integer(), v.minValue(1));

const Carry: v.GenericSchema<unknown, CarryRequest> = v.pipe(
  v.strictObject({
    fleet: Fleet,
    job: Job,
    from: EndShape,
    to: EndShape,
    undoes: v.optional(v.nullable(Job), null),
  }),
  v.check(({ from, to }) => from.side !== to.side, 'both ends are the same side'),
);
const Restore: v.GenericSchema<unknown, RestoreRequest> = v.strictObject({
  fleet: Fleet,
  job: Job,
  restore: EndShape,
});
const Keep: v.GenericSchema<unknown, KeepRequest> = v.strictObject({
  fleet: Fleet,
  keep: EndShape,
});

export const readCourierRequest = (event: unknown): Reading<CourierRequest> => {
  const parsed = v.safeParse(shapeOf(event), event);
  if (parsed.success) return { ok: true, value: parsed.output };
  const [issue] = parsed.issues;
  return { ok: false, error: `${v.getDotPath(issue) ?? 'the request'}: ${issue.message}` };
};

const shapeOf = (event: unknown): v.GenericSchema<unknown, CourierRequest> => {
  const has = (name: string): boolean =>
    typeof event === 'object' && event !== null && name in event;
  if (has('keep')) return Keep;
  return has('restore') ? Restore : Carry;
};
