/**
 * An esbuild plugin that lets tree-shaking drop the AWS shapes and errors nobody uses.
 *
 * The SDK keeps every shape of a service in top-level arrays with computed keys, which no bundler may drop
 * (aws/aws-sdk-js-v3#7607): client-ec2 alone adds half a megabyte to each cold start. Wrapped as a call marked pure, an
 * unused array goes away: 560 KB become 12 KB. It also registers a class for every error a service may answer, 100 KiB
 * for our clients; an error without one arrives as the service's base error with the same name, message and status, as
 * all of EC2's errors always do. test/package/pure-schemas.test.ts compares requests and answers with and without.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const SCHEMA_FILE = /[\\/]@aws-sdk[\\/].*[\\/]dist-es[\\/].*schemas[\\/]schemas_\d+\.js$/;
const TOP_LEVEL_ARRAY =
  /^((?:export )?(?:var|const) [\w$]+ = )(\[[^\n]*\]|\[[^\n]*\n(?:[^\n]*\n)*?\]);$/gm;
/** Base errors are registered with `_s_registry`, and stay. */
const ERROR_CLASS = /^n\d+_registry\.registerError\([\w$]+, (\w+)\);$/gm;
/** Errors that src tells by their class. */
const CLASSES_USED = new Set(['ConditionalCheckFailedException']);

export const prune = (source: string): { code: string; wrapped: number } => {
  let wrapped = 0;
  const code = source
    .replaceAll(TOP_LEVEL_ARRAY, (_, head: string, array: string) => {
      wrapped += 1;
      return `${head}/* @__PURE__ */ (() => ${array})();`;
    })
    .replaceAll(ERROR_CLASS, (line: string, name: string) => (CLASSES_USED.has(name) ? line : ''));
  return { code, wrapped };
};

/** Fails the build when an SDK's layout changed so that it would do nothing in silence. */
export const pureSchemas: Plugin = {
  name: 'pure-schemas',
  setup: (bundler) => {
    let prunedFiles = 0;
    bundler.onLoad({ filter: SCHEMA_FILE }, async ({ path }) => {
      const { code, wrapped } = prune(await readFile(path, 'utf8'));
      if (wrapped === 0) return { errors: [{ text: `no array to wrap in ${path}` }] };
      prunedFiles += 1;
      return { contents: code, loader: 'js' };
    });
    bundler.onEnd(({ metafile }) => {
      const inputs = Object.keys(metafile?.inputs ?? {});
      const hasClient = inputs.some((input) => input.includes('node_modules/@aws-sdk/client-'));
      return hasClient && prunedFiles === 0
        ? { errors: [{ text: 'the AWS SDK has no schema files where they used to be' }] }
        : {};
    });
  },
};
