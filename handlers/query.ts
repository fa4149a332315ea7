/** Questions of people and programs. Its role may read, ask the observers, and nothing else. */
import { composeFleets } from '../src/compose.ts';
import { answerQuery, type QueryReply } from '../src/requests/query.ts';

const fleets = composeFleets();

export const handler = async (event: unknown): Promise<QueryReply> =>
  await answerQuery(event, fleets);
