/** What a move needs to see in AWS beyond the two groups: where users are sent, and the courier's word. */
import type { Fleet, Settings } from '../../config/fleet.ts';
import type { Reading } from '../../core/observation.ts';
import type { Routing } from '../../core/sides.ts';
import type { MoveReader } from '../../ports.ts';
import { CallFailed, within } from './call.ts';
import type { AwsClients } from './clients.ts';
import { readCourierWord } from './courier-word.ts';
import { AnswerUnusable } from './group.ts';
import { type Router, routerOf } from './router.ts';
import { readVaultWord } from './vault-row.ts';

/** As long as the inventory has, beside which it is read. */
const ROUTING_DEADLINE_MS = 4_000;
/** One item takes 5-10 ms. */
const COURIER_DEADLINE_MS = 2_000;

interface MoveReaderParts {
  readonly fleet: Fleet;
  readonly settings: Settings;
  readonly clients: Pick<AwsClients, 'once' | 'retried' | 'options'>;
}

/** `null`: the fleet has no routing to change. */
export const createMoveReader = (parts: MoveReaderParts): MoveReader | null => {
  const { fleet, settings, clients } = parts;
  const router = routerOf(parts);
  if (router === null) return null;
  return {
    routing: async (signal) => await routing(router, within(ROUTING_DEADLINE_MS, signal)),
    courier: async (signal) =>
      fleet.sessions === null
        ? { ok: true, value: null }
        : await readCourierWord(
            { table: settings.table, fleet, clients },
            within(COURIER_DEADLINE_MS, signal),
          ),
    vault: async (signal) =>
      await readVaultWord(
        { table: settings.table, fleet: fleet.name, clients },
        within(COURIER_DEADLINE_MS, signal),
      ),
  };
};

const routing = async (router: Router, signal: AbortSignal): Promise<Reading<Routing>> => {
  try {
    return { ok: true, value: await router.read(signal) };
  } catch (error) {
    if (!(error instanceof CallFailed || error instanceof AnswerUnusable)) throw error;
    return { ok: false, error: error.message };
  }
};
