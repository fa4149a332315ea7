import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './test/tally-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/contract/**', 'test/versions/**'],
          setupFiles: ['./test/property-seed.ts'],
          globalSetup: ['./test/scratch.ts'],
          // What is imported is read once for many files: most of these have no state, and none may leave any behind.
          isolate: false,
          // Vitest leaves one core free, which of two is half; and most of the time these tests wait for a deadline.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Stories drawn by the hundred, on a machine that may be busy with something else.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Real servers and processes with deadlines of seconds: one file at a time, beside units and members that are busy enough.
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Real members of Hazelcast's lines.
        test: {
          name: 'versions',
          include: ['test/versions/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
