/** An EC2 instance, as the lab knows it beside moto. */
import type { Zone } from '../parts.ts';

export type InstanceState =
  | 'pending'
  | 'running'
  | 'shutting-down'
  | 'terminated'
  | 'stopping'
  | 'stopped';

export interface Instance {
  readonly id: string;
  readonly zone: Zone;
  readonly subnetId: string;
  readonly address: string;
  /** The Auto Scaling group that launched it; `null`: none. */
  readonly group: string | null;
  /** From its launch template, decoded; empty when there is none. */
  readonly userData: string;
  state: InstanceState;
  /** `null` unless it is running. */
  runningSinceMs: number | null;
  /** Since when its host has no power although EC2 calls it running. */
  powerLostAtMs: number | null;
  /** Settles when the last change of power is done. */
  power: Promise<void>;
}

const STATE_CODE: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** As the EC2 API writes it. */
export const stateOf = (state: InstanceState): object => ({ code: STATE_CODE[state], name: state });
