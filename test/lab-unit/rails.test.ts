/** What of the rails can be seen from outside. */
import { describe, expect, it } from 'vitest';
import { type Grounds, railsBroken } from '../../lab/measure/rails.ts';

const act = (atMs: number, kind: string, target: string) => ({
  atMs,
  kind,
  target,
  outcome: 'done',
});
const GROUNDS: Grounds = {
  own: ['i-1', 'i-2'],
  outAtMs: (id) => (id === 'i-1' ? 50 : null),
  isFailover: false,
};

describe('rails that were broken', () => {
  it('are none when one goes after the other, and only of the fleet', () => {
    const acts = [act(10, 'kill', 'i-1'), act(60, 'replace', 'i-1'), act(70, 'kill', 'i-2')];
    expect(railsBroken(acts, GROUNDS)).toEqual([]);
  });

  it('tell of two at once (I1), unless the first was put back or all of it is a failover', () => {
    const acts = [act(10, 'deregister', 'i-1'), act(30, 'kill', 'i-2')];
    expect(railsBroken(acts, GROUNDS)).toEqual(['I1']);
    const back = [act(10, 'deregister', 'i-1'), act(20, 'register', 'i-1'), act(30, 'kill', 'i-2')];
    expect(railsBroken(back, GROUNDS)).toEqual([]);
    expect(railsBroken(acts, { ...GROUNDS, isFailover: true })).toEqual([]);
  });

  it('tell of an instance that is not of the fleet (I11)', () => {
    expect(railsBroken([act(10, 'kill', 'i-9')], GROUNDS)).toEqual(['I11']);
  });

  it('count what AWS took, not what it refused', () => {
    const refused = { ...act(10, 'terminate', 'i-9'), outcome: 'AccessDenied' };
    expect(railsBroken([refused], GROUNDS)).toEqual([]);
  });
});
