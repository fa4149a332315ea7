import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
export default class Tally implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    let passed = 0,
      failed = errors.length,
      skipped = 0;
    for (const m of modules) {
      if (!m.ok() && m.errors().length > 0) failed += m.errors().length;
      for (const t of m.children.allTests() as Iterable<TestCase>) {
        const s = t.result().state;
        if (s === 'passed') passed++;
        else if (s === 'failed') failed++;
        else skipped++;
      }
    }
    process.once('exit', () => {
      process.stdout.write(
        `\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`,
      );
    });
  }
}
