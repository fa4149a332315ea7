import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import { type AwsClients, createClients } from '../../src/adapters/aws/clients.ts';
import { awsEnvironment } from './listen.ts';
import { startWireServer, type WireAnswer, type WireServer } from './wire-server.ts';

interface Wired {
  readonly wire: () => WireServer;
  readonly clients: () => AwsClients;
  /** What arrived for one operation, in order. */
  readonly inputsOf: (action: string) => readonly Readonly<Record<string, unknown>>[];
  /** Answers that differ from the good ones in this test. */
  readonly answer: (answers: Readonly<Record<string, WireAnswer | readonly WireAnswer[]>>) => void;
}

/** Real SDK clients against a wire server for the tests of one file; answers are fresh for each test. */
export const useWire = (answers: () => Record<string, WireAnswer>): Wired => {
  let server: WireServer | null = null;
  let clients: AwsClients | null = null;
  const started = <T>(part: T | null): T => {
    if (part === null) throw new Error('only inside a test');
    return part;
  };
  beforeAll(async () => {
    server = await startWireServer();
    for (const [name, value] of Object.entries(awsEnvironment(server.endpoint))) {
      vi.stubEnv(name, value);
    }
    clients = createClients();
  });
  beforeEach(() => {
    const wire = started(server);
    wire.calls.length = 0;
    wire.answers = answers();
  });
  afterAll(() => {
    clients?.destroy();
    server?.close();
    vi.unstubAllEnvs();
  });
  return {
    wire: () => started(server),
    clients: () => started(clients),
    inputsOf: (action) =>
      started(server)
        .calls.filter((call) => call.action === action)
        .map((call) => call.input),
    answer: (given) => {
      Object.assign(started(server).answers, given);
    },
  };
};
