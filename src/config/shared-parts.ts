/** Two fleets on one group, or led by one listener, would act against each other. */
import { field } from './field.ts';
import type { Path } from './yaml-source.ts';

const EXCLUSIVE: readonly { readonly paths: readonly Path[]; readonly what: string }[] = [
  { paths: [['group'], ['standby', 'group']], what: 'a group' },
  {
    paths: [
      ['routing', 'listener'],
      ['routing', 'rule'],
    ],
    what: 'a listener or rule',
  },
  { paths: [['routing', 'classic']], what: 'a load balancer' },
  { paths: [['routing', 'record', 'name']], what: 'a record' },
];

/** @param entries fleets as they stand in the file, checked or not */
export const sharedParts = (
  entries: readonly (readonly [name: string, raw: unknown])[],
): readonly { readonly path: Path; readonly message: string }[] =>
  EXCLUSIVE.flatMap(({ paths, what }) => {
    const owners = new Map<string, string>();
    return entries.flatMap(([name, raw]) =>
      paths.flatMap((path) => {
        const value = path.reduce<unknown>((inner, step) => field(inner, String(step)), raw);
        if (typeof value !== 'string') return [];
        const owner = owners.get(value);
        owners.set(value, owner ?? name);
        if (owner === undefined || owner === name) return [];
        const message = `found "${value}", which fleet ${owner} watches; allowed: ${what} of its own`;
        return [{ path: ['fleets', name, ...path], message }];
      }),
    );
  });
