/** Wildcards as IAM reads them: `*` any number of characters, `?` exactly one. */

export const matches = (pattern: string, text: string): boolean => {
  const escaped = pattern.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`);
  const expression = escaped.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
};

/** Actions are compared without regard to case. */
export const actionMatches = (pattern: string, action: string): boolean =>
  matches(pattern.toLowerCase(), action.toLowerCase());

const ARN_PARTS = 6;

/** Each of an ARN's six parts on its own: no wildcard reaches over a colon but those in the last one. */
export const arnMatches = (pattern: string, arn: string): boolean => {
  const wanted = partsOf(pattern);
  const found = partsOf(arn);
  if (wanted.length !== ARN_PARTS || found.length !== ARN_PARTS) return pattern === arn;
  return wanted.every((part, index) => matches(part, found[index] ?? ''));
};

/** A statement's `Resource`, where `*` alone stands for everything, calls without a resource included. */
export const resourceMatches = (pattern: string, resource: string): boolean =>
  pattern === '*' || arnMatches(pattern, resource);

const partsOf = (arn: string): readonly string[] => {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
};
