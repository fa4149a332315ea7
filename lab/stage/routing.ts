/** Which side users are sent to, now and before. */
import type { Region } from '../cloud/region.ts';

export interface Routing {
  /** The Auto Scaling group that users are sent to; `null`: none, or more than one. */
  now(): string | null;
  /** The same at a moment since the watch began. */
  at(atMs: number): string | null;
  stop(): void;
}

const LOOK_EVERY_MS = 50;

export const watchRouting = ({
  usersGo,
  scaling,
}: Pick<Region, 'usersGo' | 'scaling'>): Routing => {
  const now = (): string | null => {
    const [arn, ...others] = usersGo();
    if (arn === undefined || others.length > 0) return null;
    const groups = [...scaling.groups.values()].filter((each) => each.targetGroupArns.has(arn));
    return groups.length === 1 ? (groups[0]?.name ?? null) : null;
  };
  const changes: { readonly sinceMs: number; readonly group: string | null }[] = [];
  const look = (): void => {
    const group = now();
    if (changes.length === 0 || changes.at(-1)?.group !== group) {
      changes.push({ sinceMs: Date.now(), group });
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    now,
    at: (atMs) =>
      changes.findLast(({ sinceMs }) => sinceMs <= atMs)?.group ?? changes[0]?.group ?? null,
    stop: () => clearInterval(timer),
  };
};
