/**
 * The thread that hazelcast-client lives in. Loaded when the first canary is asked.
 *
 * Of a member that answers nonsense the client's reader makes an endless loop, an exception that nobody
 * catches, or as many bytes as are sent (seen with four zero bytes, a short frame and a flood): here
 * that costs the canary, and not the observer's sight of every other node.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CanaryAbsence } from '../../../core/observation.ts';
import { openLine } from './line.ts';
import { createLines } from './lines.ts';
import type { ClientQuestion, FromThread, ThreadData, ToThread } from './messages.ts';

/** Of received bytes that are not read yet; a member list of 1,000 members is 200 KB. */
const EXTERNAL_BYTES_MAX = 128 * 1024 * 1024;
const PULSE_MS = 100;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- from ask.ts, the same program
const { settings, pulse } = workerData as ThreadData;
const lines = createLines(
  async (address) => await openLine(settings, address),
  () => performance.now(),
);

type Telling = FromThread extends infer F ? (F extends unknown ? Omit<F, 'id'> : never) : never;

const answer = async (question: ClientQuestion, tell: (told: Telling) => void): Promise<void> => {
  const { address, isFresh } = question;
  const absent = (why: CanaryAbsence): void => tell({ says: 'absent', why });
  const line = isFresh ? await lines.fresh(address) : await lines.kept(address);
  if (line === null) return absent('notConnected');
  const partition = await line.choose(question);
  if (partition === null) return absent('noPartition');
  tell({ says: 'asked', partition });
  const outcome = await line.read(partition);
  if (isFresh && outcome.outcome !== 'lost') lines.promote(address, line);
  tell({ says: 'ended', outcome });
};

parentPort?.on('message', ({ id, question }: ToThread) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  void answer(question, (told) => parentPort?.postMessage({ id, ...told }));
});

const beat = (): void => {
  Atomics.add(pulse, 0, 1);
  // Of a thread only the thread ends.
  if (process.memoryUsage().external > EXTERNAL_BYTES_MAX) process.exit(1);
};
// The first one before any question: from now on it is watched.
beat();
setInterval(beat, PULSE_MS);
