/** One of several processes that count up one row. Arguments: file, rounds. Prints how many of its saves won. */
import { createFileStore } from '../../src/adapters/system/file-store.ts';
import { stateWith } from './states.ts';

const [path = '', rounds = '0'] = process.argv.slice(2);
const store = createFileStore(path);
let won = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  const { version } = await store.load('f');
  const write = { expectedVersion: version, state: stateWith(round), lease: null };
  if ((await store.save('f', write)) !== 'conflict') won += 1;
}
store.close();
process.stdout.write(`${won}\n`);
