/** `quorate plan`, `explain`, `probe` and `failover --dry-run`: one look, told and not kept. */
import type * as v from 'valibot';
import { ExplainReport } from '../report/explain.ts';
import { FailoverReport } from '../report/failover.ts';
import { PlanReport } from '../report/plan.ts';
import { ProbeReport } from '../report/probe.ts';
import type { Verdict } from '../report/verdict.ts';
import type { Query } from '../requests/query.ts';
import { type BackendOptions, openBackend, reportIn } from './backend.ts';
import { explainLines } from './explain-lines.ts';
import { failoverLines } from './failover-lines.ts';
import { chooseFleetName } from './options.ts';
import { planLines } from './plan-lines.ts';
import { probeLines } from './probe-lines.ts';
import { tellRefusal } from './refusal.ts';
import { type Exit, exitOf, type Terminal } from './terminal.ts';

export const plan = async (options: BackendOptions, terminal: Terminal): Promise<Exit> =>
  await show(options, terminal, { kind: 'plan', fleet: chooseFleetName(options) }, [
    PlanReport,
    planLines,
  ]);

/** @param instanceId absent: all nodes */
export const explain = async (
  options: BackendOptions,
  terminal: Terminal,
  instanceId?: string,
): Promise<Exit> => {
  const query = { kind: 'explain', fleet: chooseFleetName(options), instanceId } as const;
  return await show(options, terminal, query, [ExplainReport, explainLines]);
};

/** @param instanceId absent: all nodes */
export const probe = async (
  options: BackendOptions,
  terminal: Terminal,
  instanceId?: string,
): Promise<Exit> => {
  const query = { kind: 'probe', fleet: chooseFleetName(options), instanceId } as const;
  return await show(options, terminal, query, [ProbeReport, probeLines]);
};

/** What it would come to; nothing is ordered. */
export const failover = async (
  options: BackendOptions,
  terminal: Terminal,
  order: FailoverReport['kind'],
): Promise<Exit> => {
  const query = { kind: 'failover', fleet: chooseFleetName(options), order } as const;
  return await show(options, terminal, query, [FailoverReport, failoverLines]);
};

type Shown<T> = readonly [
  schema: v.GenericSchema<unknown, T>,
  linesOf: (report: T, terminal: Terminal) => readonly string[],
];

const show = async <T extends { readonly verdict: Verdict }>(
  options: BackendOptions,
  terminal: Terminal,
  query: Query,
  [schema, linesOf]: Shown<T>,
): Promise<Exit> => {
  const backend = await openBackend(options, terminal);
  try {
    const reply = reportIn(await backend.ask(query), schema);
    if (!reply.ok) return tellRefusal(reply, options, terminal);
    const { report } = reply;
    if (options.json === true) terminal.out(JSON.stringify(report, null, 2));
    else for (const line of linesOf(report, terminal)) terminal.out(line);
    return exitOf(report.verdict);
  } finally {
    backend.close();
  }
};
