/** The controller under test: deployed from its package, then only listened to. */
import { followTicks, type TickLine } from './controller-log.ts';
import type { Stage } from './stage.ts';

/** A cold start of three functions and a few ticks take about 5 s. */
const FIRST_SIGHT_WITHIN_MS = 60_000;

/**
 * Deploys, and resolves once the controller has seen a quorate cluster.
 * @returns a function that stops listening, and resolves when all that was said has been told.
 * @throws Error when it saw none in time.
 */
export const startController = async (
  stage: Stage,
  build: string,
  onTick: (tick: TickLine) => void,
): Promise<() => Promise<void>> => {
  const logs = await stage.deploy(build);
  const sight = Promise.withResolvers<void>();
  const hear = (tick: TickLine): void => {
    onTick(tick);
    if (tick.cluster === 'Quorate') sight.resolve();
  };
  const stops = logs.map((log) => followTicks(log, hear));
  const stopListening = async (): Promise<void> => {
    await Promise.all(stops.map(async (stop) => await stop()));
  };
  const late = setTimeout(() => {
    const within = `${FIRST_SIGHT_WITHIN_MS / 1000} s`;
    sight.reject(
      new Error(
        `the controller did not see a quorate cluster within ${within}: see ${logs.join(', ')}`,
      ),
    );
  }, FIRST_SIGHT_WITHIN_MS);
  try {
    await sight.promise;
  } catch (error) {
    await stopListening();
    throw error;
  } finally {
    clearTimeout(late);
  }
  return stopListening;
};
