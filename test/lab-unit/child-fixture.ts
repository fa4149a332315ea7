/** A child that does as it is told, to test how its parent copes. */
import { followParent } from '../../lab/child.ts';

export interface FixtureProtocol {
  readonly argument: { readonly start: 'ready' | 'exit' };
  readonly toChild: { readonly order: 'echo' | 'die' | 'ignore-end' };
  readonly toParent: { readonly echo: string };
}

const parent = followParent<FixtureProtocol>(({ order }) => {
  if (order === 'echo') parent.tell({ echo: parent.argument.start });
  if (order === 'die') process.kill(process.pid, 'SIGKILL');
  if (order === 'ignore-end') {
    process.removeAllListeners('disconnect');
    setInterval(() => {}, 1_000);
    parent.tell({ echo: 'deaf' });
  }
});
if (parent.argument.start === 'exit') process.exit(3);
parent.ready();
