/** Packages as a person would, in a folder of its own and, where the kernel allows it, without any network. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A namespace with nothing in it proves that packaging is offline; elsewhere the test still packages. */
const noNetwork = (): readonly string[] =>
  spawnSync('unshare', ['-Urn', 'true']).status === 0 ? ['unshare', '-Urn'] : [];

export interface Ran {
  readonly exit: number | null;
  readonly output: string;
}

/** Runs Node in `folder` without network and without anything that looks like AWS credentials. */
export const runOffline = (folder: string, ...args: readonly string[]): Ran => {
  const [file = '', ...rest] = [...noNetwork(), process.execPath, ...args];
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(file, rest, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH, HOME },
  });
  return { exit: status, output: `${stdout}${stderr}` };
};

/** `npm run package`, into a folder. */
export const packageInto = (out: string, fleets: string, ...more: readonly string[]): Ran =>
  runOffline(process.cwd(), 'tools/package.ts', '--fleets', fleets, '--out', out, ...more);

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export class Template {
  readonly file: string;
  readonly resources: Readonly<Record<string, Resource>>;
  constructor(folder: string) {
    this.file = join(folder, 'cloudformation-template-update-stack.json');
    const text = readFileSync(this.file, 'utf8');
    this.resources = (JSON.parse(text) as { Resources: Record<string, Resource> }).Resources;
  }

  ofType(type: string): readonly Resource[] {
    return Object.values(this.resources).filter((resource) => resource.Type === type);
  }

  propertiesOf(id: string): Readonly<Record<string, unknown>> {
    const found = this.resources[id];
    if (found === undefined) throw new Error(`no ${id} in the template`);
    return found.Properties;
  }

  statementsOf(role: string): readonly Statement[] {
    const policies = this.propertiesOf(role)['Policies'] as {
      PolicyDocument: { Statement: Statement[] };
    }[];
    return policies.flatMap((policy) => policy.PolicyDocument.Statement);
  }

  statement(role: string, sid: string): Statement {
    const found = this.statementsOf(role).find((statement) => statement.Sid === sid);
    if (found === undefined) throw new Error(`no statement ${sid} in ${role}`);
    return found;
  }
}

/** Names in a zip, from its central directory (APPNOTE 4.3.12). */
export const zipEntries = (path: string): readonly string[] => {
  const zip = readFileSync(path);
  const names: string[] = [];
  const signature = Buffer.from('PK\u0001\u0002', 'latin1');
  for (let at = zip.indexOf(signature); at !== -1; at = zip.indexOf(signature, at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names.toSorted();
};
