/** `quorate check --cost`: what each fleet of a fleets file costs in a month, line by line. */
import type { Fleet } from '../config/fleet.ts';
import { readFleetsFile } from '../config/read-fleets.ts';
import { type CostLine, fleetCost, isFrugal, sharedCost, sumOf } from '../cost/cost.ts';
import { PRICES, PRICES_AS_OF } from '../cost/prices.ts';
import { readDeployed } from '../cost/template.ts';
import { ConfigInvalid, fileInvalid } from '../errors.ts';
import { WrongUsage } from './options.ts';
import { tellInvalid } from './refusal.ts';
import { EXIT, type Exit, paint, type Terminal } from './terminal.ts';

export interface CostOptions {
  /** As `npm run package` leaves it. */
  readonly template: string;
  readonly region: string;
  /** In each fleet. */
  readonly nodes: string;
  readonly json?: boolean;
}

/** @throws WrongUsage */
export const cost = (file: string, options: CostOptions, terminal: Terminal): Exit => {
  try {
    return reckon(file, options, terminal);
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    // As in any check: the answer is that something is not as it should be.
    tellInvalid(error, options, terminal);
    return EXIT.unhealthy;
  }
};

const reckon = (file: string, options: CostOptions, terminal: Terminal): Exit => {
  const { template, region, json } = options;
  const prices = PRICES[region];
  if (prices === undefined) {
    throw new WrongUsage(
      `there are prices for ${Object.keys(PRICES).join(' and ')}, not for ${region}`,
    );
  }
  if (!/^[1-9][0-9]{0,3}$/.test(options.nodes)) {
    throw new WrongUsage(`--nodes is a number from 1 on, not ${options.nodes}`);
  }
  const nodes = Number(options.nodes);
  const known = readFleetsFile(file);
  const deployed = readDeployed(template);
  const strangers = known.filter(({ name }) => deployed.alarms[name] === undefined);
  if (strangers.length > 0) {
    const names = strangers.map(({ name }) => name).join(', ');
    throw fileInvalid(template, `was packaged without ${names}; run npm run package`);
  }
  const fleets = known.map((fleet) => {
    const lines = fleetCost({ fleet, nodes, deployed, prices });
    return { fleet: fleet.name, kind: kindOf(fleet), lines, usd: sumOf(lines) };
  });
  const shared = sharedCost(deployed, prices);
  const deployment = { lines: shared, usd: sumOf(shared) };
  const usd = deployment.usd + fleets.reduce((sum, fleet) => sum + fleet.usd, 0);
  const answer = { region, pricesAsOf: PRICES_AS_OF, nodes, fleets, deployment, usd };
  if (json === true) terminal.out(JSON.stringify(answer, null, 2));
  else tell(answer, terminal);
  return EXIT.fine;
};

const kindOf = (fleet: Fleet): 'frugal' | 'watchful' => (isFrugal(fleet) ? 'frugal' : 'watchful');

interface Answer {
  readonly region: string;
  readonly pricesAsOf: string;
  readonly nodes: number;
  readonly fleets: readonly {
    readonly fleet: string;
    readonly kind: string;
    readonly lines: readonly CostLine[];
    readonly usd: number;
  }[];
  readonly deployment: { readonly lines: readonly CostLine[]; readonly usd: number };
  /** All fleets and the deployment. */
  readonly usd: number;
}

const tell = (answer: Answer, terminal: Terminal): void => {
  const { region, pricesAsOf, nodes, fleets, deployment } = answer;
  terminal.out(
    `US dollars a month in ${region}, ${nodes} nodes a fleet, list prices of ${pricesAsOf}, no free tier`,
  );
  for (const { fleet, kind, lines, usd } of fleets) {
    terminal.out('');
    terminal.out(`${paint(terminal, 'bold', fleet)}  ${kind}`);
    tellLines(lines, usd, terminal);
  }
  terminal.out('');
  terminal.out(`${paint(terminal, 'bold', 'once')}  whatever the number of fleets`);
  tellLines(deployment.lines, deployment.usd, terminal);
  terminal.out('');
  terminal.out(
    `${paint(terminal, 'bold', 'in all'.padEnd(WHAT_WIDTH + 2))} ${dollars(answer.usd)}`,
  );
};

const tellLines = (lines: readonly CostLine[], usd: number, terminal: Terminal): void => {
  for (const { what, arithmetic, usd: part } of lines) {
    terminal.out(`  ${what.padEnd(WHAT_WIDTH)} ${dollars(part)}  = ${arithmetic}`);
  }
  terminal.out(`  ${'together'.padEnd(WHAT_WIDTH)} ${dollars(usd)}`);
};

const WHAT_WIDTH = 24;

const dollars = (usd: number): string => usd.toFixed(2).padStart(6);
