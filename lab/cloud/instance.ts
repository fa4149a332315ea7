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
  state: InstanceState;
  /** `impaired` while a scenario says so. */
  checks: 'ok' | 'impaired';
  /** Settles when the last change of power is done. */
  power: Promise<void>;
}
