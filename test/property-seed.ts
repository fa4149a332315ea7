/**
 * Property tests draw the same stories in every run, so that a change fails for what it changes.
 * `PROPERTY_SEED=random` (or a number) draws others: for whoever looks for what nobody has thought of.
 */
import fc from 'fast-check';

const asked = process.env['PROPERTY_SEED'] ?? '20261123';

if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) });
