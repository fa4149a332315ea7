/** Sizes that the cost is reckoned with must be those of the row and the line as they are now. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { packed } from '../../src/adapters/aws/packed-text.ts';
import { createReporter } from '../../src/adapters/aws/reporter.ts';
import { lineBytes, roundMs, rowBytes } from '../../src/cost/measured.ts';
import { QUIET } from '../adapters/reports.ts';
import { useWire } from '../adapters/use-wire.ts';
import { FLEET, SETTINGS } from '../adapters/wire-fleet.ts';
import { json } from '../adapters/wire-server.ts';
import { play, T0, works } from '../core/world.ts';

const { clients } = useWire(() => ({ PutMetricData: json({}) }));

/** As AWS and Hazelcast name things: of one length, and with nothing in common. */
const hexOf = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
const instanceId = (n: number): string => `i-${hexOf(`instance ${n}`, 17)}`;
const uuid = (n: number): string =>
  hexOf(`member ${n}`, 32).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** The state of a fleet that has been well for a while, each of its nodes since a time of its own. */
const stateOf = (nodes: number): string => {
  const all = Array.from({ length: nodes }, (_, index) => index + 1);
  const sights = Object.fromEntries(all.map((n) => [n, works(...all)]));
  const state = play([{ fromMs: T0 - 20_000, scene: { sights } }], T0).at(-1)?.state;
  let times = 0;
  return JSON.stringify(state)
    .replaceAll(/i-(\d+)/g, (_, n) => instanceId(Number(n)))
    .replaceAll(/10\.0\.0\.(\d+)/g, (_, n) => `10.77.${Number(n) % 3}.${(Number(n) * 37) % 250}`)
    .replaceAll(/uuid-(\d+)/g, (_, n) => uuid(Number(n)))
    .replaceAll(/\b1799999\d{6}\b/g, () => {
      times += 1;
      return String(T0 - (Number.parseInt(hexOf(`${times}`, 8), 16) % 86_400_000));
    });
};

/** Names of the row's attributes, its key, lease and successor. */
const BESIDE_BYTES = 200;
/** CloudWatch's own, for each event. */
const BESIDE_LINE_BYTES = 26;
/** What Powertools adds. */
const ENVELOPE = {
  level: 'INFO',
  timestamp: '2026-11-25T23:50:29.635Z',
  service: 'quorate',
  sampling_rate: 0,
};
const SENTENCE = 'Quorate: 3 of 3 seats work together; watching.';

describe('the measured sizes', () => {
  it.each([3, 10, 20])('of the row, with %i nodes', (nodes) => {
    const bytes = (packed(stateOf(nodes)).B?.length ?? 0) + BESIDE_BYTES;
    expect(bytes).toBeLessThanOrEqual(rowBytes(nodes));
    expect(bytes).toBeGreaterThan(rowBytes(nodes) / 2);
  });

  it.each([3, 20])("of a quiet tick's line in the log, with %i nodes", async (nodes) => {
    const lines: string[] = [];
    const note = (message: string, fields: Readonly<Record<string, unknown>>): void => {
      lines.push(JSON.stringify({ ...ENVELOPE, message, ...fields }));
    };
    const log = { info: note, warn: () => {} };
    const clock = { nowMs: () => T0, sleep: async () => {} };
    const all = QUIET.nodes
      .slice(0, 1)
      .flatMap((node) =>
        Array.from({ length: nodes }, (_, n) => ({ ...node, instanceId: instanceId(n) })),
      );
    const reporter = createReporter({
      fleet: FLEET,
      settings: SETTINGS,
      clients: clients(),
      clock,
      log,
    });
    await reporter.report({ ...QUIET, nodes: all, sentence: SENTENCE }, AbortSignal.abort());
    const bytes = Buffer.byteLength(lines[0] ?? '') + BESIDE_LINE_BYTES;
    expect(bytes).toBeLessThanOrEqual(lineBytes(nodes));
    expect(bytes).toBeGreaterThan(lineBytes(nodes) * 0.8);
  });

  it('of a round grow with the nodes, and shrink with the memory that brings a CPU', () => {
    expect(roundMs(3, 512)).toBeGreaterThan(roundMs(3, 1_024));
    expect(roundMs(10, 512)).toBeGreaterThan(roundMs(3, 512));
    // Below the deadline of one probe (policy.ts): a round that the CPU slows down would see silence where there is none.
    expect(roundMs(10, 512)).toBeLessThan(500);
  });
});
