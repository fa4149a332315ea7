/** What is unusual about a small world of two sides. */
export interface Story {
  /** Members at the beginning; default 3. */
  readonly size?: number;
  readonly bootMs?: number;
  /** How many instances AWS has for the other side; more are asked for in vain. */
  readonly capacity?: number;
  /** The other side's members find the old cluster. */
  readonly joinsOld?: boolean;
  /** They never find anybody. */
  readonly cannotForm?: boolean;
  /** They never come up. */
  readonly cannotStart?: boolean;
  /** The first couriers are refused, that many. */
  readonly carriesRefused?: number;
  /** From asking for a courier until it takes its row; default 0. */
  readonly courierColdMs?: number;
  /** What a courier finds that shall restore the vault; default `whole`. */
  readonly vault?: 'whole' | 'absent' | 'unreadable';
  /** Nobody answers a call: through the load balancer, or of the other side's members. */
  readonly isMute?: boolean;
  /** Off one side first, then to the other: users are led to nobody in between. */
  readonly switchesInTwo?: boolean;
  /** Sessions that no courier can read. */
  readonly unreachable?: number;
}
