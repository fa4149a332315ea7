/** Our SSM documents as the deployment puts them together: scripts in the place of their file names. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';

const CHECKOUT = resolve(import.meta.dirname, '../..');

export const DOCUMENTS = ['kill-member', 'fence-peer', 'stop-member'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

const Document = v.strictObject({
  schemaVersion: v.literal('2.2'),
  description: v.string(),
  parameters: v.record(
    v.string(),
    v.strictObject({
      type: v.literal('String'),
      description: v.string(),
      allowedPattern: v.pipe(v.string(), v.startsWith('^'), v.endsWith('$')),
      interpolationType: v.literal('ENV_VAR'),
    }),
  ),
  mainSteps: v.array(
    v.strictObject({
      action: v.literal('aws:runShellScript'),
      name: v.string(),
      precondition: v.strictObject({ StringEquals: v.tuple([v.string(), v.string()]) }),
      inputs: v.strictObject({ timeoutSeconds: v.string(), runCommand: v.array(v.string()) }),
    }),
  ),
});

export const readDocument = (name: DocumentName): v.InferOutput<typeof Document> => {
  const file = resolve(CHECKOUT, `infra/documents/${name}.yml`);
  const document = v.parse(Document, parse(readFileSync(file, 'utf8')));
  const filled = (line: string): string =>
    line.replace(/^\$\{file\((infra\/documents\/[a-z-]+\.sh)\)\}$/, (_, script: string) =>
      readFileSync(resolve(CHECKOUT, script), 'utf8'),
    );
  return {
    ...document,
    mainSteps: document.mainSteps.map((step) => ({
      ...step,
      inputs: { ...step.inputs, runCommand: step.inputs.runCommand.map(filled) },
    })),
  };
};

/** What the agent runs: it joins the parts as lines. */
export const scriptOf = (name: DocumentName): string =>
  readDocument(name)
    .mainSteps.flatMap(({ inputs }) => inputs.runCommand)
    .join('\n');
